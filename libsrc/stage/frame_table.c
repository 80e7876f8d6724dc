/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/frame_table.h"
#include "util/io.h"
#include "util/le.h"
#include "util/zstd_frame.h"

#define SKIPPABLE_MAGIC 0x184D2A5EU
#define SEEKABLE_MAGIC 0x8F92EAB1U
#define HEAD_BYTES 8U
#define FOOT_BYTES 9U

static uint64_t
table_bytes(size_t n)
{
	return HEAD_BYTES + (uint64_t)n * FRAME_TABLE_ENTRY + FOOT_BYTES;
}

void
frame_table_init(struct frame_table *t)
{
	buf_init(&t->entries, FRAME_TABLE_MAX * FRAME_TABLE_ENTRY);
}

void
frame_table_reset(struct frame_table *t)
{
	buf_reset(&t->entries);
}

size_t
frame_table_count(const struct frame_table *t)
{
	return t->entries.n / FRAME_TABLE_ENTRY;
}

enum rc
frame_table_add(
    struct frame_table *t, size_t bytes, size_t lines_bytes, struct err *e)
{
	uint8_t *const p = buf_room(&t->entries, FRAME_TABLE_ENTRY);

	if (p == NULL)
		return buf_fail(&t->entries, "the table of frames", e);
	le_put(p, bytes, 4);
	le_put(p + 4, lines_bytes, 4);
	t->entries.n += FRAME_TABLE_ENTRY;
	return RC_OK;
}

enum rc
frame_table_write(const struct frame_table *t, struct buf *out, struct err *e)
{
	uint8_t head[HEAD_BYTES];
	uint8_t foot[FOOT_BYTES] = { 0 };

	le_put(head, SKIPPABLE_MAGIC, 4);
	le_put(head + 4, t->entries.n + FOOT_BYTES, 4);
	le_put(foot, frame_table_count(t), 4);
	le_put(foot + 5, SEEKABLE_MAGIC, 4);
	buf_put(out, span_of(head, sizeof(head)));
	buf_put(out, buf_span(&t->entries));
	buf_put(out, span_of(foot, sizeof(foot)));
	return out->full ? buf_fail(out, "the table of frames", e) : RC_OK;
}

/* --- reading -------------------------------------------------------------- */

static enum rc
is_wrong(const struct frame_table_file *f, const char *why, struct err *e)
{
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%s: the table of frames at its end is not valid: %s", f->name,
	    why);
}

/* Read n bytes at an offset. The caller has checked that the size of the file
 * allows it. */
static enum rc
read_at(const struct frame_table_file *f, uint64_t at, uint8_t *p, size_t n,
    struct err *e)
{
	const struct io_read in = { f->fd, at, p, n, f->name };
	size_t got = 0;
	const enum rc rc = io_pread(&in, &got, e);

	if (rc != RC_OK || got == n)
		return rc;
	return is_wrong(f, "the file is shorter than the manifest says", e);
}

/* Check the sizes in the entries. Their sums must be the size of the file
 * without the table, and the size of all lines in the manifest. So every byte
 * of the file belongs to exactly one frame. */
static enum rc
check_entries(const struct frame_table *t, const struct frame_table_file *f,
    struct err *e)
{
	const size_t most = zstd_frame_bound(ZSTD_FRAME_CONTENT_MAX);
	struct frame_place last = { .at = 0 };

	while (frame_table_next(t, &last)) {
		if (last.lines_bytes == 0 ||
		    last.lines_bytes > ZSTD_FRAME_CONTENT_MAX ||
		    last.bytes == 0 || last.bytes > most)
			return err_set(e, RC_FATAL, WHY_TAMPERED,
			    "%s: frame %zu at byte %llu: the sizes in the "
			    "table of frames are not valid: %zu bytes, "
			    "decompressed %zu",
			    f->name, last.number, (unsigned long long)last.at,
			    last.bytes, last.lines_bytes);
	}
	if (last.at + last.bytes !=
	    f->bytes - table_bytes(frame_table_count(t)))
		return is_wrong(f, "the frames do not cover the whole file", e);
	if (last.lines_at + last.lines_bytes != f->lines_bytes)
		return is_wrong(
		    f, "the frames do not have the size of all lines", e);
	return RC_OK;
}

enum rc
frame_table_read(
    struct frame_table *t, const struct frame_table_file *f, struct err *e)
{
	uint8_t head[HEAD_BYTES];
	uint8_t foot[FOOT_BYTES];

	buf_cut(&t->entries, 0);
	if (f->bytes < table_bytes(0))
		return is_wrong(f, "the file is too short", e);
	if (read_at(f, f->bytes - FOOT_BYTES, foot, FOOT_BYTES, e) != RC_OK)
		return e->rc;
	if (le_u32(foot + 5) != SEEKABLE_MAGIC)
		return is_wrong(f, "it is missing", e);
	const size_t n = le_u32(foot);
	if (foot[4] != 0 || n > FRAME_TABLE_MAX)
		return is_wrong(f, "it has checksums or too many frames", e);
	if (table_bytes(n) > f->bytes)
		return is_wrong(f, "it is larger than the file", e);
	const uint64_t at = f->bytes - table_bytes(n);
	if (read_at(f, at, head, HEAD_BYTES, e) != RC_OK)
		return e->rc;
	if (le_u32(head) != SKIPPABLE_MAGIC ||
	    le_u32(head + 4) != table_bytes(n) - HEAD_BYTES)
		return is_wrong(f, "the header of its frame is not valid", e);
	uint8_t *const p = buf_room(&t->entries, n * FRAME_TABLE_ENTRY);
	if (p == NULL && n != 0)
		return buf_fail(&t->entries, "the table of frames", e);
	if (read_at(f, at + HEAD_BYTES, p, n * FRAME_TABLE_ENTRY, e) != RC_OK)
		return e->rc;
	t->entries.n = n * FRAME_TABLE_ENTRY;
	return check_entries(t, f, e);
}

bool
frame_table_next(const struct frame_table *t, struct frame_place *place)
{
	if (place->number == frame_table_count(t))
		return false;
	const uint8_t *const p =
	    t->entries.p + place->number * FRAME_TABLE_ENTRY;
	place->number++;
	place->at += place->bytes;
	place->lines_at += place->lines_bytes;
	place->bytes = le_u32(p);
	place->lines_bytes = le_u32(p + 4);
	return true;
}
