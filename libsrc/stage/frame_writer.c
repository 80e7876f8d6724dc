/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "stage/frame_table.h"
#include "stage/frame_writer.h"
#include "util/pool.h"
#include "util/zstd_frame.h"

/* Maximum number of threads. The one thread that collects the lines could not
 * keep more threads busy. */
#define THREADS_MAX 16U
#define SLOTS_MAX (THREADS_MAX + 1)

_Static_assert(FRAME_WRITER_BYTES <= ZSTD_FRAME_CONTENT_MAX,
    "frames that are written can be read");

struct job {
	struct buf lines;
	struct buf frame;
	struct err err;
};

struct frame_writer {
	struct frame_writer_options o;
	struct pool *pool;
	void *packers[THREADS_MAX]; /* a struct zstd_packer for each thread */
	struct job jobs[SLOTS_MAX];
	size_t slots;
	size_t now; /* number of the job that is filled now; only grows */
	/* Table of the frames that were passed to o.put(). */
	struct frame_table table;
};

static void
compress(void *packer, void *arg)
{
	struct job *const j = arg;

	err_clear(&j->err);
	buf_cut(&j->frame, 0);
	(void)zstd_frame_pack(packer, buf_span(&j->lines), &j->frame, &j->err);
}

enum rc
frame_writer_create(struct frame_writer **wp,
    const struct frame_writer_options *o, struct err *e)
{
	struct frame_writer *const w = calloc(1, sizeof(*w));
	enum rc rc = RC_OK;

	*wp = NULL;
	if (w == NULL)
		return err_nomem(e);
	w->o = *o;
	if (w->o.threads > THREADS_MAX)
		w->o.threads = THREADS_MAX;
	w->slots = w->o.threads + 1;
	frame_table_init(&w->table);
	for (size_t i = 0; i < w->slots; i++) {
		buf_init(&w->jobs[i].lines, FRAME_WRITER_BYTES);
		buf_init(
		    &w->jobs[i].frame, zstd_frame_bound(FRAME_WRITER_BYTES));
	}
	for (unsigned i = 0; rc == RC_OK && i < w->o.threads; i++) {
		struct zstd_packer *packer;
		rc = zstd_frame_packer(o->level, &packer, e);
		w->packers[i] = packer;
	}
	const struct pool_options po = { .threads = w->o.threads,
		.slots = w->slots,
		.workers = w->packers,
		.work = compress };
	if (rc == RC_OK)
		rc = pool_create(&w->pool, &po, e);
	if (rc != RC_OK) {
		frame_writer_destroy(w);
		return rc;
	}
	*wp = w;
	return RC_OK;
}

void
frame_writer_destroy(struct frame_writer *w)
{
	if (w == NULL)
		return;
	pool_destroy(w->pool);
	for (unsigned i = 0; i < w->o.threads; i++)
		zstd_frame_packer_destroy(w->packers[i]);
	for (size_t i = 0; i < w->slots; i++) {
		buf_reset(&w->jobs[i].lines);
		buf_reset(&w->jobs[i].frame);
	}
	frame_table_reset(&w->table);
	free(w);
}

static struct buf *
open_lines(struct frame_writer *w)
{
	return &w->jobs[w->now % w->slots].lines;
}

/* Wait for the oldest frame, pass it to o.put() and add it to the table. */
static enum rc
put_oldest(struct frame_writer *w, struct err *e)
{
	const struct job *const j = pool_take(w->pool);

	if (j->err.rc != RC_OK) {
		*e = j->err;
		return e->rc;
	}
	const enum rc rc = w->o.put(w->o.arg, buf_span(&j->frame), e);
	return rc == RC_OK
		   ? frame_table_add(&w->table, j->frame.n, j->lines.n, e)
		   : rc;
}

static enum rc
put_all(struct frame_writer *w, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && pool_out(w->pool) != 0)
		rc = put_oldest(w, e);
	return rc;
}

/* Submit the current frame to the threads and start the next one. Frames that
 * are done are passed to o.put(). */
static enum rc
end_frame(struct frame_writer *w, struct err *e)
{
	enum rc rc = RC_OK;

	pool_submit(w->pool, &w->jobs[w->now++ % w->slots]);
	while (rc == RC_OK && pool_out(w->pool) != 0 &&
	       (pool_out(w->pool) == w->slots || pool_ready(w->pool)))
		rc = put_oldest(w, e);
	buf_cut(open_lines(w), 0);
	return rc;
}

/* The number of bytes up to the end of the last whole line. If no line ends in
 * s, all bytes. */
static size_t
whole_lines(struct span s)
{
	size_t n = s.n;

	while (n > 0 && s.p[n - 1] != '\n')
		n--;
	return n == 0 ? s.n : n;
}

/* End a full frame after its last whole line. The beginning of the next line is
 * moved to the next frame. */
static enum rc
end_full_frame(struct frame_writer *w, struct err *e)
{
	struct buf *const full = open_lines(w);
	const size_t whole = whole_lines(buf_span(full));
	const struct span rest = span_skip(buf_span(full), whole);

	full->n = whole;
	const enum rc rc = end_frame(w, e);
	struct buf *const next = open_lines(w);
	buf_put(next, rest);
	return rc == RC_OK && next->full
		   ? buf_fail(next, "the lines of a frame", e)
		   : rc;
}

enum rc
frame_writer_add(struct frame_writer *w, struct span lines, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && lines.n != 0) {
		struct buf *const to = open_lines(w);
		const size_t room = FRAME_WRITER_BYTES - to->n;
		const size_t n = lines.n < room ? lines.n : room;
		buf_put(to, span_of(lines.p, n));
		if (to->full)
			return buf_fail(to, "the lines of a frame", e);
		lines = span_skip(lines, n);
		if (n == room)
			rc = end_full_frame(w, e);
	}
	return rc;
}

enum rc
frame_writer_end(struct frame_writer *w, struct err *e)
{
	struct buf table;
	enum rc rc = open_lines(w)->n != 0 ? end_frame(w, e) : RC_OK;

	if (rc == RC_OK)
		rc = put_all(w, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&table, w->table.entries.n + FRAME_TABLE_AROUND);
	rc = frame_table_write(&w->table, &table, e);
	if (rc == RC_OK)
		rc = w->o.put(w->o.arg, buf_span(&table), e);
	buf_reset(&table);
	buf_cut(&w->table.entries, 0);
	return rc;
}

/* --- checkpoints ---------------------------------------------------------- */

static const struct state_field lines_field[] = {
	{ "frame_lines", STATE_BUF, 0, sizeof(struct buf) },
	STATE_FIELDS_END,
};

static const struct state_field table_field[] = {
	{ "frames", STATE_BUF, offsetof(struct frame_table, entries),
	    sizeof(struct buf) },
	STATE_FIELDS_END,
};

enum rc
frame_writer_write_state(
    struct frame_writer *w, struct state_writer *s, struct err *e)
{
	const enum rc rc = put_all(w, e);

	if (rc != RC_OK)
		return rc;
	state_codec_write(s, lines_field, open_lines(w));
	state_codec_write(s, table_field, &w->table);
	return RC_OK;
}

void
frame_writer_read_state(struct frame_writer *w, struct state_reader *s)
{
	state_codec_read(s, lines_field, open_lines(w));
	state_codec_read(s, table_field, &w->table);
}
