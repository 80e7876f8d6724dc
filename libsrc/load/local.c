/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows and checkpoint in one database: each batch is one transaction, so it is
 * there with its acknowledgement or not at all.
 */
#include <stdlib.h>

#include "load/inner.h"

/* A writer for each table that the sources have. */
struct writers {
	struct load *load;
	struct sink_rows **rows; /* by source; equal tables share one */
	struct buf lines;
	const struct state_batch *now;
};

static enum rc
open_writers(struct writers *w, struct err *e)
{
	const struct load_run *const run = w->load->run;
	const struct sink_local *const local = w->load->sink->local;

	for (size_t i = 0; i < run->n; i++) {
		size_t first = 0;
		while (run->sources[first].table != run->sources[i].table)
			first++;
		if (first < i) {
			w->rows[i] = w->rows[first];
			continue;
		}
		const enum rc rc = local->open(
		    w->load->state, run->sources[i].table, &w->rows[i], e);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static void
close_writers(struct writers *w)
{
	for (size_t i = 0; i < w->load->run->n; i++) {
		bool shared = false;
		for (size_t j = 0; j < i; j++)
			shared |= w->rows[j] == w->rows[i];
		if (!shared)
			w->load->sink->local->close(w->rows[i]);
	}
	free(w->rows);
	buf_reset(&w->lines);
}

static enum rc
refuse_line(void *arg, const struct sink_refused *line, struct err *e)
{
	struct writers *const w = arg;
	const struct state_refusal refusal = { .segment = w->now->segment,
		.offset = line->offset,
		.length = line->length,
		.text = line->why,
		.batch = w->now->id };

	return state_refuse(w->load->state, &refusal, e);
}

static enum rc
write_lines(struct writers *w, struct state_batch *b, struct err *e)
{
	const struct load_segment *const s = load_find(w->load, b->segment);
	const struct sink_lines lines = { buf_span(&w->lines),
		load_meta(w->load, b)->sha256, b->offset };
	struct sink_written done = { .refuse = refuse_line, .arg = w };

	w->now = b;
	enum rc rc =
	    w->load->sink->local->write(w->rows[s->source], &lines, &done, e);
	if (rc != RC_OK)
		return rc;
	const uint64_t lines_seen = done.added + done.already + done.refused;
	if (lines_seen != b->records)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s: a batch of %llu records has %llu lines",
		    load_meta(w->load, b)->name, (unsigned long long)b->records,
		    (unsigned long long)lines_seen);
	b->status = STATE_ACKED;
	b->already = done.already;
	w->load->report->conflicts += done.conflicts;
	b->refused = done.refused;
	return state_put(w->load->state, b, e);
}

static void
count(struct load_report *r, const struct state_batch *b)
{
	r->acked.batches++;
	r->acked.records += b->records - b->refused;
	r->acked.bytes += b->length;
	r->left.batches--;
	r->left.records -= b->records;
	r->left.bytes -= b->length;
	r->already += b->already;
	r->refused += b->refused;
}

static enum rc
write_batch(struct writers *w, struct state_batch *b, struct err *e)
{
	buf_cut(&w->lines, 0);
	enum rc rc = load_read(w->load, b, &w->lines, e);
	if (rc == RC_OK)
		rc = state_begin(w->load->state, e);
	if (rc != RC_OK)
		return rc;
	rc = write_lines(w, b, e);
	if (rc == RC_OK)
		rc = state_commit(w->load->state, e);
	if (rc != RC_OK) {
		state_rollback(w->load->state);
		return rc;
	}
	count(w->load->report, b);
	load_progress(w->load);
	return RC_OK;
}

enum rc
load_local(struct load *load, struct err *e)
{
	struct writers w = { .load = load };
	struct state_batch b = { .id = 0 };

	w.rows = calloc(load->run->n, sizeof(*w.rows));
	buf_init(&w.lines, load->sink->max_bytes);
	enum rc rc = w.rows == NULL ? err_nomem(e) : open_writers(&w, e);
	while (rc == RC_OK) {
		if (load_stopping(load)) {
			rc = err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
			break;
		}
		if (load_expired(load)) {
			rc =
			    load->report->left.records == 0
				? RC_END
				: load_ended(load, "--max-duration is over", e);
			break;
		}
		rc = state_next(load->state, b.id, &b, e);
		if (rc == RC_OK)
			rc = write_batch(&w, &b, e);
	}
	if (w.rows != NULL)
		close_writers(&w);
	return rc == RC_END ? RC_OK : rc;
}
