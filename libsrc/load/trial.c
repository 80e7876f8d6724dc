/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "load/batch_text.h"
#include "load/refusal_text.h"
#include "load/trial.h"

void
trial_init(struct trial *t, struct session *s, struct health *h,
    const struct window *w)
{
	*t = (struct trial){ .session = s, .health = h, .window = w };
}

bool
trial_includes(struct trial *t, long status)
{
	const struct load_report *const report = t->session->report;

	if (status != 400)
		return false;
	if (t->stage == TRIAL_NOT_BEGUN) {
		t->stage =
		    report->acked.records == 0 ? TRIAL_RUNNING : TRIAL_OVER;
		t->batches = report->left.batches;
	}
	return t->stage == TRIAL_RUNNING;
}

bool
trial_has_failed(const struct trial *t)
{
	return t->n == TRIAL_RECORDS;
}

bool
trial_has_enough(const struct trial *t)
{
	return t->chosen >= TRIAL_RECORDS;
}

/* --- splitting a batch --------------------------------------------------- */

/* Add a piece of n lines, which follows the previous piece, to the plan. */
static enum rc
add_piece(struct trial *t, struct batch *piece, struct span *lines, uint64_t n,
    struct err *e)
{
	struct session *const s = t->session;

	piece->offset += piece->length;
	piece->length = batch_text_lines(*lines, n).n;
	piece->records = n;
	if (n == 0)
		return RC_OK;
	*lines = span_of(lines->p + piece->length, lines->n - piece->length);
	enum rc rc = session_stretch(s, piece, e);
	if (rc == RC_OK)
		rc = batch_add(s->checkpoint,
		    session_segment_of(s, piece)->sha256, piece, e);
	if (rc != RC_OK)
		return rc;
	if (t->last_whole == 0)
		t->last_whole = piece->id - 1;
	s->report->left.batches++;
	return RC_OK;
}

enum rc
trial_split(struct trial *t, const struct batch *whole, struct span lines,
    struct err *e)
{
	const uint64_t missing = TRIAL_RECORDS - t->chosen;
	struct batch piece = *whole;
	uint64_t done = 0;
	enum rc rc = RC_OK;

	/* Choose n records to be sent alone: together the batches give
	 * TRIAL_RECORDS, and each gives as few as possible. */
	uint64_t n = (TRIAL_RECORDS + t->batches - 1) / t->batches;
	if (n > missing)
		n = missing;
	if (n > whole->records)
		n = whole->records;
	/* The last piece ends where the batch does, since skipped rows after a
	 * batch belong to it. */
	piece.status = BATCH_PLANNED;
	piece.length = 0;
	for (uint64_t k = 0; rc == RC_OK && k < n; k++) {
		/* Spread the chosen records evenly over the batch. */
		const uint64_t i = (2 * k + 1) * whole->records / (2 * n);

		rc = add_piece(t, &piece, &lines, i - done, e);
		if (rc == RC_OK)
			rc = add_piece(t, &piece, &lines, 1, e);
		if (rc == RC_OK)
			t->queue[t->queued++] = piece;
		done = i + 1;
	}
	t->chosen += (unsigned)n;
	t->session->report->left.batches--;
	return rc == RC_OK
		   ? add_piece(t, &piece, &lines, whole->records - done, e)
		   : rc;
}

/* --- the next batch ------------------------------------------------------ */

/* True if the trial or the window has a batch that the plan still lists. */
static bool
is_taken(const struct trial *t, int64_t id)
{
	for (unsigned i = 0; i < t->queued; i++)
		if (t->queue[i].id == id)
			return true;
	for (unsigned i = 0; i < t->n; i++)
		if (t->refused[i].batch.id == id)
			return true;
	return window_has(t->window, id);
}

enum rc
trial_next(struct trial *t, struct batch *out, struct err *e)
{
	enum rc rc = RC_OK;

	if (t->queued > 0) {
		*out = t->queue[--t->queued];
		return RC_OK;
	}
	if (t->stage == TRIAL_RUNNING && trial_has_enough(t)) {
		if (!window_is_empty(t->window) || trial_has_failed(t))
			return RC_SKIP;
		/* A record of the trial is held back because its answer was
		 * lost, so the trial has no result. */
		rc = trial_end(t, e);
	}
	while (rc == RC_OK) {
		struct batch next;
		rc = batch_next(t->session->checkpoint, t->after, &next, e);
		if (rc != RC_OK)
			return rc;
		if (t->stage == TRIAL_RUNNING && t->last_whole != 0 &&
		    next.id > t->last_whole) {
			if (!window_is_empty(t->window))
				return RC_SKIP;
			/* Every whole batch was tried: continue with the
			 * pieces. */
			t->last_whole = INT64_MAX;
		}
		t->after = next.id;
		if (t->stage != TRIAL_NOT_BEGUN && is_taken(t, next.id))
			continue;
		*out = next;
		return RC_OK;
	}
	return rc;
}

/* --- refusals ------------------------------------------------------------ */

enum rc
trial_refuse_for_good(struct trial *t, struct batch *b,
    const struct batch_refusal *why, struct err *e)
{
	struct session *const s = t->session;
	struct load_report *const report = s->report;

	b->status = BATCH_REFUSED;
	b->refused = b->records;
	enum rc rc = batch_update(s->checkpoint, b, e);
	if (rc == RC_OK)
		rc = batch_add_refusal(s->checkpoint, why, e);
	if (rc != RC_OK)
		return rc;
	report->refused += b->refused;
	report->left.records -= b->records;
	report->left.bytes -= b->length;
	report->left.batches--;
	if (session_check_refused(s, &t->health->why) != RC_OK)
		t->health->halted = true;
	return RC_OK;
}

enum rc
trial_end(struct trial *t, struct err *e)
{
	enum rc rc = t->n > 0 ? session_begin(t->session, e) : RC_OK;

	if (t->stage == TRIAL_RUNNING)
		t->stage = TRIAL_OVER;
	for (unsigned i = 0; rc == RC_OK && i < t->n; i++) {
		struct trial_refused *const one = &t->refused[i];
		const struct batch_refusal why = { .segment =
						       one->batch.segment,
			.offset = one->offset,
			.length = one->length,
			.http = one->http,
			.text = one->text,
			.batch = one->batch.id,
			.request_id = one->request_id };
		rc = trial_refuse_for_good(t, &one->batch, &why, e);
	}
	t->n = 0;
	return rc;
}

enum rc
trial_add_refused(struct trial *t, const struct batch *b,
    const struct batch_refusal *why, struct err *e)
{
	const struct trial_refused *const first = &t->refused[0];
	struct trial_refused *const one = &t->refused[t->n];

	/* This request was open when the trial failed. */
	if (trial_has_failed(t))
		return RC_OK;
	one->batch = *b;
	one->offset = why->offset;
	one->length = why->length;
	one->http = why->http;
	(void)snprintf(one->text, sizeof(one->text), "%s", why->text);
	(void)snprintf(
	    one->request_id, sizeof(one->request_id), "%s", why->request_id);
	t->n++;
	if (one->http != first->http ||
	    !refusal_text_equal(one->text, first->text))
		return trial_end(t, e);
	if (!trial_has_failed(t))
		return RC_OK;
	(void)err_set(&t->health->why, RC_FATAL, WHY_DENIED,
	    "%.120s refuses every record: %u single records were refused "
	    "with the same words (status %ld%s%.160s): check the stream's "
	    "columns: evtxload dcr, probe --row",
	    t->session->run->target->endpoint, TRIAL_RECORDS, first->http,
	    first->text[0] != '\0' ? ": " : "", first->text);
	t->health->halted = true;
	return RC_OK;
}
