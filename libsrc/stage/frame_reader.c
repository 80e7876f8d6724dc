/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "stage/frame_reader.h"
#include "util/io.h"
#include "util/zstd_frame.h"

struct frame_reader {
	struct frame_table_file file;
	struct frame_table table;
	struct frame_place place; /* place of the current frame */
	size_t held;              /* number of the frame that is in `bytes` and
				     `lines`; 0: no frame */
	struct zstd_unpacker *unpacker;
	struct buf bytes; /* bytes of the frame in the file, or of the table */
	struct buf lines; /* decompressed content of the frame */
};

enum rc
frame_reader_open(struct frame_reader **rp, const struct frame_table_file *file,
    struct err *e)
{
	struct frame_reader *const r = calloc(1, sizeof(*r));

	*rp = NULL;
	if (r == NULL)
		return err_nomem(e);
	r->file = *file;
	frame_table_init(&r->table);
	buf_init(&r->bytes, zstd_frame_bound(ZSTD_FRAME_CONTENT_MAX));
	buf_init(&r->lines, ZSTD_FRAME_CONTENT_MAX);
	enum rc rc = zstd_frame_unpacker(&r->unpacker, e);
	if (rc == RC_OK)
		rc = frame_table_read(&r->table, file, e);
	if (rc != RC_OK) {
		frame_reader_close(r);
		return rc;
	}
	*rp = r;
	return RC_OK;
}

void
frame_reader_close(struct frame_reader *r)
{
	if (r == NULL)
		return;
	frame_table_reset(&r->table);
	zstd_frame_unpacker_destroy(r->unpacker);
	buf_reset(&r->bytes);
	buf_reset(&r->lines);
	free(r);
}

/* Add the file, the number and the offset of the frame to the message. */
static enum rc
fail_at(const struct frame_reader *r, struct err *e)
{
	char why[ERR_TEXT_MAX];

	memcpy(why, e->text, sizeof(why));
	return err_set(e, e->rc, e->why,
	    "%.300s: frame %zu at byte %llu: %.140s", r->file.name,
	    r->place.number, (unsigned long long)r->place.at, why);
}

/* Read the frame at r->place into r->bytes and r->lines, unless it is there. */
static enum rc
read_frame(struct frame_reader *r, struct err *e)
{
	const struct frame_place *const place = &r->place;
	size_t got = 0;

	if (r->held == place->number)
		return RC_OK;
	r->held = 0;
	buf_cut(&r->bytes, 0);
	buf_cut(&r->lines, 0);
	uint8_t *const p = buf_room(&r->bytes, place->bytes);
	if (p == NULL)
		return buf_fail(&r->bytes, "a compressed frame", e);
	const struct io_read in = { r->file.fd, place->at, p, place->bytes,
		r->file.name };
	if (io_pread(&in, &got, e) != RC_OK)
		return e->rc;
	r->bytes.n = got;
	const enum rc rc = zstd_frame_unpack(
	    r->unpacker, buf_span(&r->bytes), place->lines_bytes, &r->lines, e);
	if (rc != RC_OK)
		return e->why == WHY_TAMPERED ? fail_at(r, e) : rc;
	r->held = place->number;
	return RC_OK;
}

enum rc
frame_reader_next(struct frame_reader *r, struct frame *frame, struct err *e)
{
	enum rc rc = RC_END;

	if (frame_table_next(&r->table, &r->place)) {
		rc = read_frame(r, e);
	} else {
		r->held = 0;
		buf_cut(&r->bytes, 0);
		buf_cut(&r->lines, 0);
		if (frame_table_write(&r->table, &r->bytes, e) != RC_OK)
			return e->rc;
	}
	frame->bytes = buf_span(&r->bytes);
	frame->lines = buf_span(&r->lines);
	return rc;
}

enum rc
frame_reader_range(struct frame_reader *r, uint64_t offset, uint64_t length,
    struct buf *out, struct err *e)
{
	struct frame_place *const place = &r->place;

	*place = (struct frame_place){ .number = 0 };
	while (length != 0 && frame_table_next(&r->table, place)) {
		if (offset >= place->lines_at + place->lines_bytes)
			continue;
		if (read_frame(r, e) != RC_OK)
			return e->rc;
		const size_t from = (size_t)(offset - place->lines_at);
		const size_t left = place->lines_bytes - from;
		const size_t n = length < left ? (size_t)length : left;
		buf_put(out, span_of(r->lines.p + from, n));
		offset += n;
		length -= n;
	}
	if (out->full)
		return buf_fail(out, "lines of a segment", e);
	if (length != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s ends before byte %llu of its lines", r->file.name,
		    (unsigned long long)offset);
	return RC_OK;
}
