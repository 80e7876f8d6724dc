/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/array.h"
#include "util/io.h"
#include "util/scratch.h"
#include "util/sorter.h"

#define WHAT "a temporary file"
#define RUNS_MAX ((size_t)64) /* maximum number of runs in the file */
#define WINDOW_MIN ((size_t)16 << 10)

/* In memory and in the file, a record is preceded by its length. Both start at
 * a multiple of ALIGN. */
#define ALIGN (alignof(max_align_t))
#define HEAD ALIGN

/* A sorted run: the bytes of the file from offset `at` to offset `end`. */
struct run {
	uint64_t at;
	uint64_t end;
};

struct sorter {
	struct sorter_options o;
	uint8_t *block;
	size_t used;
	void **order; /* addresses of the block's records; they are sorted
			 instead of the records */
	size_t n;
	size_t cap;
	int fd; /* descriptor of the temporary file; -1: not created yet */
	uint64_t end; /* length of the file in bytes */
	struct run runs[RUNS_MAX];
	size_t n_runs;
};

/* The next bytes of a run that is being merged. */
struct window {
	uint64_t at; /* offset of the next byte to read */
	uint64_t end;
	uint8_t *bytes;
	size_t cap;
	size_t from; /* index of the current record in `bytes` */
	size_t n;    /* number of bytes in `bytes` */
};

struct sorter_reader {
	const struct sorter *s;
	size_t next; /* index of the next record in `order`; used if there are
			no runs */
	struct window windows[RUNS_MAX];
	struct window *heap[RUNS_MAX]; /* heap with the smallest record on top
					*/
	size_t n_heap;
	bool started; /* sorter_next() has returned the record on top */
};

static size_t
padded(size_t n)
{
	return HEAD + (n + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t
length_of(const void *record)
{
	size_t n;

	memcpy(&n, (const uint8_t *)record - HEAD, sizeof(n));
	return n;
}

/* --- collecting ----------------------------------------------------------- */

enum rc
sorter_create(struct sorter **sp, const struct sorter_options *o, struct err *e)
{
	struct sorter *const s = calloc(1, sizeof(*s));

	*sp = s;
	if (s == NULL)
		return err_nomem(e);
	s->o = *o;
	if (s->o.block == 0)
		s->o.block = SORTER_BLOCK;
	s->fd = -1;
	return RC_OK;
}

void
sorter_destroy(struct sorter *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		(void)close(s->fd);
	free(s->block);
	free(s->order);
	free(s);
}

static int
compare_addresses(const void *a, const void *b, void *sorter)
{
	const struct sorter *const s = sorter;

	return s->o.compare(*(void *const *)a, *(void *const *)b);
}

static void
sort_block(struct sorter *s)
{
	if (s->n != 0)
		qsort_r(
		    s->order, s->n, sizeof(*s->order), compare_addresses, s);
}

/* A buffer for writing to the end of the file. */
struct output {
	struct sorter *s;
	uint8_t bytes[WINDOW_MIN];
	size_t n;
};

static enum rc
flush(struct output *out, struct err *e)
{
	const struct span bytes = span_of(out->bytes, out->n);

	out->s->end += out->n;
	out->n = 0;
	return io_write(out->s->fd, bytes, WHAT, e);
}

static enum rc
put(struct output *out, const void *record, struct err *e)
{
	struct span left =
	    span_of((const uint8_t *)record - HEAD, padded(length_of(record)));
	enum rc rc = RC_OK;

	while (rc == RC_OK && left.n != 0) {
		const size_t room = sizeof(out->bytes) - out->n;
		const size_t part = left.n < room ? left.n : room;
		memcpy(out->bytes + out->n, left.p, part);
		out->n += part;
		left = span_skip(left, part);
		if (out->n == sizeof(out->bytes))
			rc = flush(out, e);
	}
	return rc;
}

/* Merge all runs into one run at the end of the file. The space of the old runs
 * is not reused. */
static enum rc
merge_runs(struct sorter *s, struct err *e)
{
	struct output out = { .s = s };
	struct sorter_reader *r = NULL;
	struct span record;
	const uint64_t at = s->end;

	enum rc rc = sorter_read(&r, s, e);
	while (rc == RC_OK && (rc = sorter_next(r, &record, e)) == RC_OK)
		rc = put(&out, record.p, e);
	if (rc == RC_END)
		rc = flush(&out, e);
	sorter_reader_destroy(r);
	s->runs[0] = (struct run){ at, s->end };
	s->n_runs = 1;
	return rc;
}

/* Sort the block and append it to the file as a run. */
static enum rc
write_run(struct sorter *s, struct err *e)
{
	struct output out = { .s = s };
	enum rc rc = RC_OK;

	if (s->fd == -1)
		rc = scratch_open(&s->fd, -1, s->o.scratch, e);
	if (rc == RC_OK && s->n_runs == RUNS_MAX)
		rc = merge_runs(s, e);
	const uint64_t at = s->end;
	sort_block(s);
	for (size_t i = 0; rc == RC_OK && i < s->n; i++)
		rc = put(&out, s->order[i], e);
	if (rc == RC_OK)
		rc = flush(&out, e);
	s->runs[s->n_runs++] = (struct run){ at, s->end };
	s->used = 0;
	s->n = 0;
	return rc;
}

enum rc
sorter_add(struct sorter *s, struct span record, struct err *e)
{
	const size_t n = padded(record.n);

	assert(record.n <= SORTER_RECORD_MAX && n <= s->o.block);
	if (s->block == NULL)
		s->block = malloc(s->o.block);
	if (s->block == NULL)
		return err_nomem(e);
	if (n > s->o.block - s->used && write_run(s, e) != RC_OK)
		return e->rc;
	void **const order =
	    array_grow(s->order, s->n, &s->cap, sizeof(*order));
	if (order == NULL)
		return err_nomem(e);
	s->order = order;
	uint8_t *const at = s->block + s->used;
	memset(at, 0, n); /* the padding is written to a file */
	memcpy(at, &record.n, sizeof(record.n));
	memcpy(at + HEAD, record.p, record.n);
	s->order[s->n++] = at + HEAD;
	s->used += n;
	return RC_OK;
}

enum rc
sorter_finish(struct sorter *s, struct err *e)
{
	enum rc rc = RC_OK;

	if (s->n_runs == 0) {
		sort_block(s);
		return RC_OK;
	}
	if (s->n != 0)
		rc = write_run(s, e);
	free(s->block);
	free(s->order);
	s->block = NULL;
	s->order = NULL;
	s->cap = 0;
	return rc;
}

/* --- reading -------------------------------------------------------------- */

static const uint8_t *
record_of(const struct window *w)
{
	return w->bytes + w->from + HEAD;
}

/* Read until the window has at least n bytes from the current record on. */
static enum rc
fill(const struct sorter *s, struct window *w, size_t n, struct err *e)
{
	if (w->n - w->from >= n)
		return RC_OK;
	memmove(w->bytes, w->bytes + w->from, w->n - w->from);
	w->n -= w->from;
	w->from = 0;
	if (n > w->cap) {
		uint8_t *const more = realloc(w->bytes, n);
		if (more == NULL)
			return err_nomem(e);
		w->bytes = more;
		w->cap = n;
	}
	const uint64_t left = w->end - w->at;
	const size_t room = w->cap - w->n;
	const struct io_read in = { s->fd, w->at, w->bytes + w->n,
		left < room ? (size_t)left : room, WHAT };
	size_t got = 0;
	const enum rc rc = io_pread(&in, &got, e);
	w->at += got;
	w->n += got;
	return rc == RC_OK && w->n < n
		   ? err_set(e, RC_FATAL, WHY_SYSTEM,
			 WHAT " was truncated by somebody else")
		   : rc;
}

/* Make sure that the whole current record is in the window. RC_END: the run has
 * no more records. */
static enum rc
load(const struct sorter *s, struct window *w, struct err *e)
{
	if (w->from == w->n && w->at == w->end)
		return RC_END;
	const enum rc rc = fill(s, w, HEAD, e);
	return rc == RC_OK ? fill(s, w, padded(length_of(record_of(w))), e)
			   : rc;
}

static void
sift_window(struct sorter_reader *r, size_t i)
{
	int (*const compare)(const void *, const void *) = r->s->o.compare;
	struct window **const v = r->heap;

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= r->n_heap)
			return;
		if (child + 1 < r->n_heap &&
		    compare(record_of(v[child + 1]), record_of(v[child])) < 0)
			child++;
		if (compare(record_of(v[i]), record_of(v[child])) <= 0)
			return;
		struct window *const swapped = v[i];
		v[i] = v[child];
		v[child] = swapped;
		i = child;
	}
}

enum rc
sorter_read(struct sorter_reader **rp, const struct sorter *s, struct err *e)
{
	struct sorter_reader *const r = calloc(1, sizeof(*r));
	enum rc rc = RC_OK;

	*rp = r;
	if (r == NULL)
		return err_nomem(e);
	r->s = s;
	for (size_t i = 0; rc == RC_OK && i < s->n_runs; i++) {
		struct window *const w = &r->windows[i];
		w->at = s->runs[i].at;
		w->end = s->runs[i].end;
		w->bytes = malloc(WINDOW_MIN);
		w->cap = WINDOW_MIN;
		rc = w->bytes == NULL ? err_nomem(e) : load(s, w, e);
		if (rc == RC_OK)
			r->heap[r->n_heap++] = w;
	}
	for (size_t i = r->n_heap / 2; i-- > 0;)
		sift_window(r, i);
	return rc;
}

void
sorter_reader_destroy(struct sorter_reader *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < RUNS_MAX; i++)
		free(r->windows[i].bytes);
	free(r);
}

enum rc
sorter_next(struct sorter_reader *r, struct span *record, struct err *e)
{
	struct window *const w = r->heap[0];
	const void *at;

	if (r->s->n_runs == 0) {
		if (r->next == r->s->n)
			return RC_END;
		at = r->s->order[r->next++];
		*record = span_of(at, length_of(at));
		return RC_OK;
	}
	/* Remove the record that the last call returned. */
	if (r->started && r->n_heap != 0) {
		w->from += padded(length_of(record_of(w)));
		const enum rc rc = load(r->s, w, e);
		if (rc == RC_END)
			r->heap[0] = r->heap[--r->n_heap];
		else if (rc != RC_OK)
			return rc;
		sift_window(r, 0);
	}
	r->started = true;
	if (r->n_heap == 0)
		return RC_END;
	at = record_of(r->heap[0]);
	*record = span_of(at, length_of(at));
	return RC_OK;
}
