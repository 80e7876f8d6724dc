/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and checkpoint in one database: each batch is in one transaction with
 * its acknowledgement, so both are there or neither is.
 */
#include <assert.h>
#include <stdlib.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/scope.h"
#include "load/inner.h"

/* Of lines. A key is anywhere in its index: the more rows a transaction has,
 * the more of them share a page, which is written twice, into the log and from
 * there into the file. What is not committed is done again after a crash. */
#define TRANSACTION_MAX (128U << 20)

/* One table, and what this run did to it. */
struct writer {
	struct sink_rows *rows; /* NULL: `first` has them */
	size_t first;           /* the first source with this table */
	struct sink_size before;
	struct sink_size put;
};

/* A writer for each source; sources of one table share the first. */
struct writers {
	struct load *load;
	struct writer *by_source;
	struct buf lines;
	const struct batch *now;
	uint64_t open;      /* bytes of lines in the transaction; 0: none is */
	uint64_t committed; /* in this run */
	bool half;          /* a batch is written in part */
};

static enum rc
open_writer(struct writers *w, size_t i, struct err *e)
{
	const struct load_source *const sources = w->load->run->sources;
	const struct sink_local *const local = w->load->sink->local;
	struct writer *const one = &w->by_source[i];

	while (sources[one->first].table != sources[i].table)
		one->first++;
	if (one->first < i)
		return RC_OK;
	enum rc rc =
	    local->open(w->load->state, sources[i].table, &one->rows, e);
	if (rc == RC_OK)
		rc = local->count(one->rows, &one->before, e);
	return rc;
}

static enum rc
open_writers(struct writers *w, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < w->load->run->n; i++)
		rc = open_writer(w, i, e);
	return rc;
}

static void
close_writers(struct writers *w)
{
	for (size_t i = 0; i < w->load->run->n; i++)
		w->load->sink->local->close(w->by_source[i].rows);
	free(w->by_source);
}

/* --- the account --------------------------------------------------------- */

static unsigned long long
u(uint64_t v)
{
	return v;
}

static enum rc
check_table(
    struct writers *w, const struct writer *one, uint64_t *rows, struct err *e)
{
	const struct load *const load = w->load;
	struct sink_size now = { 0, 0 };
	const enum rc rc = load->sink->local->count(one->rows, &now, e);

	*rows += now.rows;
	if (rc != RC_OK)
		return rc;
	if (now.rows == one->before.rows + one->put.rows &&
	    now.conflicts == one->before.conflicts + one->put.conflicts)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%.150s: table %.60s had %llu rows and %llu conflicts, %llu and "
	    "%llu were added, but it has %llu and %llu",
	    load->run->target->path, load->run->sources[one->first].table->name,
	    u(one->before.rows), u(one->before.conflicts), u(one->put.rows),
	    u(one->put.conflicts), u(now.rows), u(now.conflicts));
}

/* Every row that was put in is there, and so is every row that the checkpoint
 * has as loaded. Rows of other stagings may be there, too. */
static enum rc
check_account(struct writers *w, struct err *e)
{
	const struct load_report *const r = w->load->report;
	uint64_t rows = 0;
	enum rc rc = load_count(w->load, e);

	assert(w->by_source != NULL || w->load->run->n == 0);
	for (size_t i = 0; rc == RC_OK && i < w->load->run->n; i++)
		if (w->by_source[i].rows != NULL)
			rc = check_table(w, &w->by_source[i], &rows, e);
	if (rc != RC_OK || rows >= load_new(r))
		return rc;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%.200s has %llu rows, but %llu of %llu records were loaded as new "
	    "(%llu already, %llu repeated, %llu refused): rows were removed; "
	    "load into a new database",
	    w->load->run->target->path, u(rows), u(load_new(r)),
	    u(r->all.records), u(r->already), u(r->repeated), u(r->refused));
}

/* --- batches ------------------------------------------------------------- */

static enum rc
refuse_line(void *arg, const struct sink_refused_line *line, struct err *e)
{
	struct writers *const w = arg;
	const struct batch_refusal refusal = { .segment = w->now->segment,
		.offset = line->offset,
		.length = line->length,
		.text = line->why,
		.batch = w->now->id };

	return batch_add_refusal(w->load->state, &refusal, e);
}

static enum rc
is_ours(void *arg, const char *segment, bool *ours, struct err *e)
{
	const struct writers *const w = arg;
	int64_t id = 0;
	const enum rc rc = scope_find_segment(w->load->state, segment, &id, e);

	*ours = rc == RC_OK && load_find(w->load, id)->source ==
				   load_find(w->load, w->now->segment)->source;
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
write_lines(struct writers *w, struct batch *b, struct err *e)
{
	const struct load_segment *const s = load_find(w->load, b->segment);
	struct writer *const one = &w->by_source[w->by_source[s->source].first];
	const struct sink_lines lines = { buf_span(&w->lines),
		load_meta(w->load, b)->sha256, b->offset };
	struct sink_written done = {
		.refuse = refuse_line, .is_ours = is_ours, .arg = w
	};

	w->now = b;
	enum rc rc = w->load->sink->local->write(one->rows, &lines, &done, e);
	if (rc != RC_OK)
		return rc;
	const uint64_t lines_seen =
	    done.added + done.own + done.repeated + done.already + done.refused;
	if (lines_seen != b->records)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s: a batch of %llu records has %llu lines",
		    load_meta(w->load, b)->name, (unsigned long long)b->records,
		    (unsigned long long)lines_seen);
	b->status = BATCH_ACKED;
	b->already = done.already;
	b->repeated = done.repeated;
	b->refused = done.refused;
	b->conflicts += done.conflicts;
	one->put.rows += done.added;
	one->put.conflicts += done.conflicts;
	return batch_update(w->load->state, b, e);
}

static void
count(struct load_report *r, const struct batch *b)
{
	r->acked.batches++;
	r->acked.records += b->records - b->refused;
	r->acked.bytes += b->length;
	r->left.batches--;
	r->left.records -= b->records;
	r->left.bytes -= b->length;
	r->already += b->already;
	r->repeated += b->repeated;
	r->refused += b->refused;
}

/* --- transactions -------------------------------------------------------- */

/* Commit the batches that are written, if any are. */
static enum rc
commit(struct writers *w, struct err *e)
{
	const enum rc rc =
	    w->open == 0 ? RC_OK : checkpoint_commit(w->load->state, e);

	if (rc != RC_OK)
		return rc;
	w->committed += w->open;
	w->open = 0;
	return RC_OK;
}

/* As large as all before it together: a short load loses little. */
static bool
is_large(const struct writers *w)
{
	return w->open >= w->committed || w->open >= TRANSACTION_MAX;
}

static enum rc
write_batch(struct writers *w, struct batch *b, struct err *e)
{
	buf_cut(&w->lines, 0);
	enum rc rc = load_read(w->load, b, &w->lines, e);
	if (rc == RC_OK && w->open == 0)
		rc = checkpoint_begin(w->load->state, e);
	if (rc != RC_OK)
		return rc;
	w->open += b->length;
	w->half = true;
	rc = write_lines(w, b, e);
	if (rc != RC_OK)
		return rc;
	w->half = false;
	if (is_large(w))
		rc = commit(w, e);
	if (rc != RC_OK)
		return rc;
	count(w->load->report, b);
	load_progress(w->load);
	return RC_OK;
}

/* RC_END: every batch is written. */
static enum rc
write_next(struct writers *w, struct batch *b, struct err *e)
{
	struct load *const load = w->load;

	if (load_stopping(load))
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	if (load_expired(load))
		return load->report->left.records == 0
			   ? RC_END
			   : load_ended(load, "--max-duration is over", e);
	const enum rc rc = batch_next(load->state, b->id, b, e);
	return rc == RC_OK ? write_batch(w, b, e) : rc;
}

static enum rc
write_all(struct writers *w, struct err *e)
{
	struct batch b = { .id = 0 };
	struct err later;
	enum rc rc = RC_OK;

	while (rc == RC_OK)
		rc = write_next(w, &b, e);
	/* Batches that are written whole are kept, whatever ended this. A
	 * failure before this one is told first. */
	if (!w->half) {
		const enum rc done = commit(w, rc == RC_END ? e : &later);
		rc = rc == RC_END && done != RC_OK ? done : rc;
	}
	if (w->open > 0)
		checkpoint_rollback(w->load->state);
	return rc;
}

enum rc
load_local(struct load *load, struct err *e)
{
	struct writers w = { .load = load };

	w.by_source = calloc(load->run->n, sizeof(*w.by_source));
	buf_init(&w.lines, load->sink->max_bytes);
	enum rc rc = w.by_source == NULL ? err_nomem(e) : open_writers(&w, e);
	if (rc == RC_OK)
		rc = write_all(&w, e);
	if (rc == RC_END)
		rc = check_account(&w, e);
	if (w.by_source != NULL)
		close_writers(&w);
	buf_reset(&w.lines);
	return rc;
}
