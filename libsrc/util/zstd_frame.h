/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zstandard frames (RFC 8878), each compressed and decompressed as a whole and
 * independent of all others. A frame contains the size and the checksum of its
 * content. Only zstd_frame.c includes libzstd's headers.
 */
#ifndef UTIL_ZSTD_FRAME_H
#define UTIL_ZSTD_FRAME_H

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

/* Compression levels. For rows of logs, the levels 2 to 4 are not better than
 * 1; the result of level 6 is a tenth smaller. */
#define ZSTD_FRAME_LEVEL_MIN 1
#define ZSTD_FRAME_LEVEL_MAX 19
#define ZSTD_FRAME_LEVEL_DEFAULT 1

/* Maximum content of a frame in bytes. Frames are read into memory. */
#define ZSTD_FRAME_CONTENT_MAX ((size_t)4 << 20)
/* Maximum window size of a frame, as a power of 2. */
#define ZSTD_FRAME_WINDOW_LOG_MAX 23

struct zstd_packer;
struct zstd_unpacker;

/* Create a compressor. zstd_frame_packer_destroy() takes NULL. */
enum rc zstd_frame_packer(int level, struct zstd_packer **pp, struct err *e);
void zstd_frame_packer_destroy(struct zstd_packer *p);

/* Append `content` as one frame. Frames of equal contents are equal, except
 * that another version of libzstd may compress differently. */
enum rc zstd_frame_pack(
    struct zstd_packer *p, struct span content, struct buf *out, struct err *e);

/* Maximum size of a frame with n bytes of content. */
size_t zstd_frame_bound(size_t n);

enum rc zstd_frame_unpacker(struct zstd_unpacker **up, struct err *e);
void zstd_frame_unpacker_destroy(struct zstd_unpacker *u);

/* Append the content of `frame`, which must be one whole frame with a content
 * of n bytes; n must not exceed ZSTD_FRAME_CONTENT_MAX. WHY_TAMPERED: it is not
 * such a frame; `e` describes the difference. No more than n bytes are written.
 */
enum rc zstd_frame_unpack(struct zstd_unpacker *u, struct span frame, size_t n,
    struct buf *out, struct err *e);

/* The version of libzstd. */
const char *zstd_frame_version(void);

#endif
