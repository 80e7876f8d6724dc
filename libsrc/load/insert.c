/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/scope.h"
#include "load/insert.h"

/* Maximum bytes of lines in a transaction. The keys of a transaction are spread
 * over the whole index. The more rows a transaction has, the more keys share a
 * page, and each changed page is written twice (log and database). After a
 * crash an uncommitted transaction is repeated. */
#define TRANSACTION_MAX (128U << 20)

/* A table, and the number of rows that this run added to it. */
struct writer {
	/* Rows of the table; NULL: the writer `first` has them. */
	struct sink_rows *rows;
	size_t first; /* index of the first staging with this table */
	struct sink_size before;
	struct sink_size added;
};

struct insert {
	struct session *session;
	/* Array with the writer of each staging; see writer.first. */
	struct writer *writers;
	struct buf lines;
	struct writer *finished;     /* writer whose keys are being compared */
	const struct batch *batch;   /* batch that is being written */
	struct sink_written written; /* result for the rows of the batch */
	uint64_t pending;   /* bytes of lines in the open transaction */
	uint64_t committed; /* bytes of lines committed by this run */
	bool partial;       /* the transaction ends within the last batch */
	/* Keys of a table are compared after the last batch, in the same
	 * transaction: a load with no batch left has compared its keys. */
	bool bulk;
};

/* All tables are prepared in one transaction: keys are dropped wholly or not at
 * all. */
static enum rc
open_writers(struct insert *w, struct err *e)
{
	struct session *const s = w->session;
	const struct load_staging *const stagings = s->run->stagings;
	const struct sink_local *const local = s->sink->local;

	w->writers = calloc(s->run->n, sizeof(*w->writers));
	enum rc rc = w->writers == NULL ? err_nomem(e) : session_begin(s, e);
	for (size_t i = 0; rc == RC_OK && i < s->run->n; i++) {
		struct writer *const one = &w->writers[i];
		while (stagings[one->first].table != stagings[i].table)
			one->first++;
		if (one->first < i)
			continue;
		rc = local->open(
		    s->checkpoint, stagings[i].table, &one->rows, e);
		if (rc == RC_OK)
			rc = local->count(one->rows, &one->before, e);
		if (rc == RC_OK)
			rc = local->defer_keys(one->rows, e);
		w->bulk |= rc == RC_OK && local->has_deferred_keys(one->rows);
	}
	if (rc == RC_OK)
		rc = session_commit(s, e);
	session_rollback(s);
	if (w->bulk)
		checkpoint_bulk(s->checkpoint, true);
	return rc;
}

/* --- checking the tables ------------------------------------------------- */

/* Check that a table has exactly the rows that it had before and that were
 * added. Adds its rows to *rows. */
static enum rc
check_table(
    struct insert *w, const struct writer *one, uint64_t *rows, struct err *e)
{
	const struct session *const s = w->session;
	struct sink_size now = { 0, 0 };
	const enum rc rc = s->sink->local->count(one->rows, &now, e);

	*rows += now.rows;
	if (rc != RC_OK)
		return rc;
	if (now.rows == one->before.rows + one->added.rows &&
	    now.conflicts == one->before.conflicts + one->added.conflicts)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%.150s: table %.60s had %" PRIu64 " rows and %" PRIu64
	    " conflicts, %" PRIu64 " and %" PRIu64
	    " were added, but it has %" PRIu64 " and %" PRIu64,
	    s->run->target->path, s->run->stagings[one->first].table->name,
	    one->before.rows, one->before.conflicts, one->added.rows,
	    one->added.conflicts, now.rows, now.conflicts);
}

/* Check that the tables also have every row that the checkpoint says was
 * loaded. They may have more, of other stagings. */
static enum rc
check_rows(struct insert *w, struct err *e)
{
	struct session *const s = w->session;
	const struct load_report *const r = s->report;
	uint64_t rows = 0;
	enum rc rc = session_count(s, e);

	assert(w->writers != NULL);
	for (size_t i = 0; rc == RC_OK && i < s->run->n; i++)
		if (w->writers[i].rows != NULL)
			rc = check_table(w, &w->writers[i], &rows, e);
	if (rc != RC_OK || rows >= load_new_records(r))
		return rc;
	return err_set(e, RC_FATAL, WHY_TAMPERED,
	    "%.200s has %" PRIu64 " rows, but %" PRIu64 " of %" PRIu64
	    " records were loaded as new (%" PRIu64 " already, %" PRIu64
	    " repeated, %" PRIu64 " refused): rows were removed; load into a "
	    "new database",
	    s->run->target->path, rows, load_new_records(r), r->all.records,
	    r->already, r->repeated, r->refused);
}

/* --- writing a batch ----------------------------------------------------- */

static enum rc
refuse_line(void *arg, const struct sink_refused_line *line, struct err *e)
{
	struct insert *const w = arg;
	const struct batch_refusal refusal = { .segment = w->batch->segment,
		.offset = line->offset,
		.length = line->length,
		.text = line->why,
		.batch = w->batch->id };

	return batch_add_refusal(w->session->checkpoint, &refusal, e);
}

/* Set *same: true if the segment with this digest is in the staging that is
 * being written. */
static enum rc
is_of_staging(void *arg, const char *segment, bool *same, struct err *e)
{
	const struct insert *const w = arg;
	const struct session *const s = w->session;
	int64_t id = 0;
	const struct session_segment *const own =
	    session_find_segment(s, w->batch->segment);
	const enum rc rc = scope_find_segment(s->checkpoint, segment, &id, e);

	const struct session_segment *const other =
	    rc == RC_OK ? session_find_segment(s, id) : NULL;
	*same = own != NULL && other != NULL && own->staging == other->staging;
	return rc == RC_END ? RC_OK : rc;
}

/* Write rows of the batch that follow each other. */
static enum rc
write_run(struct insert *w, struct writer *one, const struct reader *r,
    const struct reader_range *run, struct err *e)
{
	struct sink_written *const done = &w->written;

	buf_cut(&w->lines, 0);
	const enum rc rc = reader_read(r, run, &w->lines, e);
	if (rc != RC_OK)
		return rc;
	const struct sink_lines lines = { buf_span(&w->lines),
		reader_segment(r, run->segment)->sha256, run->offset };
	return w->session->sink->local->write(one->rows, &lines, done, e);
}

/* Write the rows of w->batch, without skipped rows. */
static enum rc
write_rows(struct insert *w, struct writer *one,
    const struct session_segment *segment, struct err *e)
{
	const struct batch *const b = w->batch;
	const struct reader *const r =
	    w->session->run->stagings[segment->staging].reader;
	const uint64_t end = b->offset + b->length;
	struct reader_range rest = { segment->index, b->offset, b->length };
	struct reader_range run;
	enum rc rc = RC_OK;

	while (rc == RC_OK && rest.offset < end) {
		rc = reader_run(r, &rest, &run, e);
		if (rc == RC_OK && run.length != 0)
			rc = write_run(w, one, r, &run, e);
		rest.offset = run.offset + run.length;
		rest.length = rest.offset < end ? end - rest.offset : 0;
	}
	return rc;
}

static enum rc
write_lines(struct insert *w, struct batch *b, struct err *e)
{
	struct session *const s = w->session;
	const struct session_segment *const segment =
	    session_find_segment(s, b->segment);
	assert(segment != NULL);
	struct writer *const one =
	    &w->writers[w->writers[segment->staging].first];
	struct sink_written *const done = &w->written;

	w->batch = b;
	*done = (struct sink_written){
		.refuse = refuse_line, .is_ours = is_of_staging, .arg = w
	};
	const enum rc rc = write_rows(w, one, segment, e);
	if (rc != RC_OK)
		return rc;
	const uint64_t n = done->added + done->own + done->repeated +
			   done->already + done->refused;
	if (n != b->records)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s: a batch planned with %" PRIu64 " records has %" PRIu64
		    " lines",
		    session_segment_of(s, b)->name, b->records, n);
	b->status = BATCH_ACKED;
	b->already = done->already;
	b->repeated = done->repeated;
	b->refused = done->refused;
	b->conflicts += done->conflicts;
	one->added.rows += done->added;
	one->added.conflicts += done->conflicts;
	return batch_update(s->checkpoint, b, e);
}

static enum rc
write_batch(struct insert *w, struct batch *b, struct err *e)
{
	struct session *const s = w->session;
	struct load_report *const r = s->report;
	const bool last = r->left.batches == 1;

	enum rc rc = session_begin(s, e);
	if (rc != RC_OK)
		return rc;
	w->pending += b->length;
	w->partial = true;
	rc = write_lines(w, b, e);
	if (rc != RC_OK)
		return rc;
	w->partial = false;
	/* Transactions double in size, so that little work is lost if a short
	 * load is killed. */
	if ((w->pending >= w->committed || w->pending >= TRANSACTION_MAX) &&
	    !(w->bulk && last)) {
		rc = session_commit(s, e);
		if (rc != RC_OK)
			return rc;
		w->committed += w->pending;
		w->pending = 0;
	}
	r->acked.batches++;
	r->acked.records += b->records - b->refused;
	r->acked.bytes += b->length;
	r->left.batches--;
	r->left.records -= b->records;
	r->left.bytes -= b->length;
	r->already += b->already;
	r->repeated += b->repeated;
	r->refused += b->refused;
	session_progress(s);
	return RC_OK;
}

/* Write all batches. RC_END: every batch is written; with w->bulk the last
 * transaction is still open. */
static enum rc
write_batches(struct insert *w, struct err *e)
{
	struct session *const s = w->session;
	struct batch b = { .id = 0 };
	struct err later;
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		rc = session_check_stop(s->run, e);
		if (rc != RC_OK)
			break;
		if (session_is_expired(s)) {
			rc = s->report->left.records == 0
				 ? RC_END
				 : session_limit_error(
				       s, "--max-duration reached", e);
			break;
		}
		rc = batch_next(s->checkpoint, b.id, &b, e);
		if (rc == RC_OK)
			rc = write_batch(w, &b, e);
	}
	w->batch = NULL;
	if (rc == RC_END && w->bulk)
		return rc;
	/* Complete batches are kept, whatever ended the loop. A failure of the
	 * loop is reported rather than one of this commit. */
	if (!w->partial) {
		const enum rc done =
		    session_commit(s, rc == RC_END ? e : &later);
		if (rc == RC_END && done != RC_OK)
			rc = done;
	}
	session_rollback(s);
	return rc;
}

/* --- deferred keys ------------------------------------------------------- */

/* Correct the counts of the batch that a removed row came from. */
static enum rc
count_removed(void *arg, const struct sink_removed_row *row, struct err *e)
{
	struct insert *const w = arg;
	struct checkpoint *const checkpoint = w->session->checkpoint;
	struct batch b;
	bool repeated = false;

	w->finished->added.rows--;
	w->finished->added.conflicts += row->conflict;
	/* A line that was written twice, because its batch was repeated, is
	 * still one record. */
	if (strcmp(row->segment, row->kept_segment) == 0 &&
	    row->offset == row->kept_offset)
		return RC_OK;
	enum rc rc = batch_at(checkpoint, row->segment, row->offset, &b, e);
	if (rc == RC_END)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "a row of segment %.64s, byte %" PRIu64
		    " belongs to no batch: restore the database from a copy",
		    row->segment, row->offset);
	w->batch = &b;
	if (rc == RC_OK)
		rc = is_of_staging(w, row->kept_segment, &repeated, e);
	w->batch = NULL;
	b.repeated += repeated;
	b.already += !repeated;
	b.conflicts += row->conflict;
	return rc == RC_OK ? batch_update(checkpoint, &b, e) : rc;
}

static bool
is_stopped(void *arg)
{
	const struct insert *const w = arg;

	return session_is_stopped(w->session->run);
}

/* Compare the keys of tables that were filled without comparing keys, and
 * commit. If the run is killed, the next run compares the keys. */
static enum rc
finish_tables(struct insert *w, struct err *e)
{
	struct session *const s = w->session;
	const struct sink_local *const local = s->sink->local;
	const struct sink_finish calls = { count_removed, is_stopped, w };
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < s->run->n; i++) {
		struct writer *const one = &w->writers[i];
		if (one->rows == NULL || !local->has_deferred_keys(one->rows))
			continue;
		w->finished = one;
		rc = session_begin(s, e);
		if (rc == RC_OK)
			rc = local->finish(one->rows, &calls, e);
	}
	if (rc == RC_OK)
		rc = session_commit(s, e);
	session_rollback(s);
	if (rc == RC_OK || !session_is_stopped(s->run))
		return rc;
	err_clear(e);
	return session_check_stop(s->run, e);
}

enum rc
insert_run(struct session *s, struct err *e)
{
	struct insert w = { .session = s };

	buf_init(&w.lines, s->sink->max_bytes);
	enum rc rc = open_writers(&w, e);
	if (rc == RC_OK)
		rc = write_batches(&w, e);
	if (rc == RC_END)
		rc = finish_tables(&w, e);
	if (rc == RC_OK)
		rc = check_rows(&w, e);
	for (size_t i = 0; w.writers != NULL && i < s->run->n; i++)
		s->sink->local->close(w.writers[i].rows);
	free(w.writers);
	buf_reset(&w.lines);
	checkpoint_bulk(s->checkpoint, false);
	return rc;
}
