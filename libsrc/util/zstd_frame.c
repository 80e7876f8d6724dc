/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include <zstd.h>

#include "util/le.h"
#include "util/zstd_frame.h"

/* From this compression level on, libzstd may search with row-based tables.
 * Since version 1.5.5 their hashes depend on how often a context was used. */
#define LEVEL_OF_ROWS 4
#define VERSION_OF_SALT 10505U

/* Fields of the frame header (RFC 8878, section 3.1.1.1). */
#define MAGIC_BYTES 4
#define HEADER_BYTES_MIN (MAGIC_BYTES + 2)
#define DICTIONARY_BITS 0x03U
#define CHECKSUM_BIT 0x04U
#define SINGLE_SEGMENT_BIT 0x20U
#define WINDOW_LOG_MIN 10U

struct zstd_packer {
	ZSTD_CCtx *context;
	int level;
};

struct zstd_unpacker {
	ZSTD_DCtx *context;
};

/* --- compressing ---------------------------------------------------------- */

static enum rc
new_context(struct zstd_packer *p, struct err *e)
{
	(void)ZSTD_freeCCtx(p->context);
	p->context = ZSTD_createCCtx();
	if (p->context == NULL)
		return err_nomem(e);
	const size_t level = ZSTD_CCtx_setParameter(
	    p->context, ZSTD_c_compressionLevel, p->level);
	const size_t checksum =
	    ZSTD_CCtx_setParameter(p->context, ZSTD_c_checksumFlag, 1);
	if (ZSTD_isError(level) || ZSTD_isError(checksum))
		return err_set(e, RC_FATAL, WHY_FOREIGN,
		    "libzstd does not accept compression level %d", p->level);
	return RC_OK;
}

enum rc
zstd_frame_packer(int level, struct zstd_packer **pp, struct err *e)
{
	struct zstd_packer *const p = calloc(1, sizeof(*p));

	*pp = NULL;
	if (p == NULL)
		return err_nomem(e);
	p->level = level;
	if (new_context(p, e) != RC_OK) {
		zstd_frame_packer_destroy(p);
		return e->rc;
	}
	*pp = p;
	return RC_OK;
}

void
zstd_frame_packer_destroy(struct zstd_packer *p)
{
	if (p == NULL)
		return;
	(void)ZSTD_freeCCtx(p->context);
	free(p);
}

enum rc
zstd_frame_pack(
    struct zstd_packer *p, struct span content, struct buf *out, struct err *e)
{
	assert(content.n <= ZSTD_FRAME_CONTENT_MAX);
	if (p->level >= LEVEL_OF_ROWS &&
	    ZSTD_versionNumber() >= VERSION_OF_SALT &&
	    new_context(p, e) != RC_OK)
		return e->rc;
	const size_t bound = zstd_frame_bound(content.n);
	uint8_t *const to = buf_room(out, bound);
	if (to == NULL)
		return buf_fail(out, "a compressed frame", e);
	const size_t n =
	    ZSTD_compress2(p->context, to, bound, content.p, content.n);
	if (ZSTD_isError(n))
		return err_set(e, RC_FATAL, WHY_FOREIGN,
		    "libzstd could not compress %zu bytes: %s", content.n,
		    ZSTD_getErrorName(n));
	out->n += n;
	return RC_OK;
}

size_t
zstd_frame_bound(size_t n)
{
	return ZSTD_compressBound(n);
}

/* --- decompressing -------------------------------------------------------- */

enum rc
zstd_frame_unpacker(struct zstd_unpacker **up, struct err *e)
{
	struct zstd_unpacker *const u = calloc(1, sizeof(*u));

	*up = NULL;
	if (u == NULL)
		return err_nomem(e);
	u->context = ZSTD_createDCtx();
	if (u->context == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(
		u->context, ZSTD_d_windowLogMax, ZSTD_FRAME_WINDOW_LOG_MAX))) {
		zstd_frame_unpacker_destroy(u);
		return err_nomem(e);
	}
	*up = u;
	return RC_OK;
}

void
zstd_frame_unpacker_destroy(struct zstd_unpacker *u)
{
	if (u == NULL)
		return;
	(void)ZSTD_freeDCtx(u->context);
	free(u);
}

/* Describe what is wrong with a frame header; NULL: nothing. This program
 * writes no frames with a dictionary or without a checksum. The size of the
 * window is checked here, because libzstd checks it only when it decompresses
 * piece by piece. */
static const char *
fault_of_header(struct span frame)
{
	if (frame.n < HEADER_BYTES_MIN || le_u32(frame.p) != ZSTD_MAGICNUMBER)
		return "it is not a Zstandard frame";
	const uint8_t descriptor = frame.p[MAGIC_BYTES];
	const unsigned window_log =
	    WINDOW_LOG_MIN + (frame.p[MAGIC_BYTES + 1] >> 3);
	if ((descriptor & DICTIONARY_BITS) != 0)
		return "it needs a dictionary";
	if ((descriptor & CHECKSUM_BIT) == 0)
		return "it has no checksum";
	if ((descriptor & SINGLE_SEGMENT_BIT) == 0 &&
	    window_log > ZSTD_FRAME_WINDOW_LOG_MAX)
		return "its window is larger than 8 MiB";
	return NULL;
}

/* Check the frame before any of its content is decompressed. */
static enum rc
check_frame(struct span frame, size_t n, struct err *e)
{
	const unsigned long long content =
	    ZSTD_getFrameContentSize(frame.p, frame.n);
	const char *const fault = fault_of_header(frame);

	if (fault != NULL)
		return err_set(e, RC_FATAL, WHY_TAMPERED, "%s", fault);
	if (content == ZSTD_CONTENTSIZE_ERROR)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "its header is not valid or cut short");
	if (content == ZSTD_CONTENTSIZE_UNKNOWN)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it does not say the size of its content");
	if (content != n)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it says that it has %llu bytes of content, where %zu are "
		    "expected",
		    content, n);
	const size_t whole = ZSTD_findFrameCompressedSize(frame.p, frame.n);
	if (ZSTD_isError(whole))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it is cut short or damaged: %s", ZSTD_getErrorName(whole));
	if (whole != frame.n)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it ends %zu bytes before the next one", frame.n - whole);
	return RC_OK;
}

enum rc
zstd_frame_unpack(struct zstd_unpacker *u, struct span frame, size_t n,
    struct buf *out, struct err *e)
{
	assert(n <= ZSTD_FRAME_CONTENT_MAX);
	if (check_frame(frame, n, e) != RC_OK)
		return e->rc;
	uint8_t *const to = buf_room(out, n);
	if (to == NULL && n != 0)
		return buf_fail(out, "the content of a frame", e);
	const size_t got =
	    ZSTD_decompressDCtx(u->context, to, n, frame.p, frame.n);
	if (ZSTD_isError(got))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it cannot be decompressed: %s", ZSTD_getErrorName(got));
	if (got != n)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "it has %zu bytes of content, where %zu are expected", got,
		    n);
	out->n += got;
	return RC_OK;
}

const char *
zstd_frame_version(void)
{
	return ZSTD_versionString();
}
