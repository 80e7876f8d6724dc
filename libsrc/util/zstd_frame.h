/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zstandard frames (RFC 8878), each compressed and decompressed as a whole and
 * independent of all others. A frame states the size of its content and has its
 * checksum. The only file that includes the library's headers.
 */
#ifndef UTIL_ZSTD_FRAME_H
#define UTIL_ZSTD_FRAME_H

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

/* Rows of logs get no smaller with levels 2 to 4, and by a tenth with 6. */
#define ZSTD_FRAME_LEVEL_MIN 1
#define ZSTD_FRAME_LEVEL_MAX 19
#define ZSTD_FRAME_LEVEL_DEFAULT 1

/* The largest content of a frame, in bytes: frames are read into memory. */
#define ZSTD_FRAME_CONTENT_MAX ((size_t)4 << 20)
/* The largest window that a frame may ask for: 2 to this power. */
#define ZSTD_FRAME_WINDOW_LOG_MAX 23

struct zstd_packer;
struct zstd_unpacker;

/* Destroy takes NULL. */
enum rc zstd_frame_packer(int level, struct zstd_packer **pp, struct err *e);
void zstd_frame_packer_destroy(struct zstd_packer *p);

/* Append `content` as one frame. Equal contents give equal frames, whatever was
 * compressed before; another version of the library may compress differently.
 */
enum rc zstd_frame_pack(
    struct zstd_packer *p, struct span content, struct buf *out, struct err *e);

/* The most bytes that a frame with n bytes of content has. */
size_t zstd_frame_bound(size_t n);

enum rc zstd_frame_unpacker(struct zstd_unpacker **up, struct err *e);
void zstd_frame_unpacker_destroy(struct zstd_unpacker *u);

/* Append the content of `frame`, which must be one whole frame whose content
 * has n bytes, at most ZSTD_FRAME_CONTENT_MAX. WHY_TAMPERED: it is not; e says
 * in what. No more than n bytes are written. */
enum rc zstd_frame_unpack(struct zstd_unpacker *u, struct span frame, size_t n,
    struct buf *out, struct err *e);

/* The version of the library. */
const char *zstd_frame_version(void);

#endif
