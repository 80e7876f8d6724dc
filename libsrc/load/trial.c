/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "load/remote.h"
#include "load/trial.h"
#include "load/words.h"

bool
trial_on(struct remote *r, long status)
{
	struct trial *const t = &r->trial;

	const struct load_report *const report = r->load->report;

	if (status != 400)
		return false;
	if (t->stage == TRIAL_IDLE) {
		t->stage = report->acked.records == 0 ? TRIAL_ON : TRIAL_OVER;
		t->batches = report->left.batches;
	}
	return t->stage == TRIAL_ON;
}

bool
trial_failed(const struct remote *r)
{
	return r->trial.n == TRIAL_RECORDS;
}

/* --- cutting -------------------------------------------------------------- */

static size_t
line_length(struct span left)
{
	const uint8_t *const lf = memchr(left.p, '\n', left.n);

	return lf == NULL ? left.n : (size_t)(lf - left.p) + 1;
}

/* Add a piece and begin the next one behind it. */
static enum rc
add_piece(struct remote *r, struct batch *piece, bool alone, struct err *e)
{
	struct trial *const t = &r->trial;

	if (piece->records == 0)
		return RC_OK;
	const enum rc rc = batch_add(
	    r->load->state, load_meta(r->load, piece)->sha256, piece, e);
	if (rc != RC_OK)
		return rc;
	if (t->border == 0)
		t->border = piece->id - 1;
	if (alone)
		t->queue[t->queued++] = *piece;
	r->load->report->left.batches++;
	piece->offset += piece->length;
	piece->length = 0;
	piece->records = 0;
	return RC_OK;
}

/* How many records of this batch go alone, so that all batches together give
 * enough, and as few as possible are of the same one. */
static uint64_t
share(const struct remote *r, const struct batch *whole)
{
	const uint64_t batches = r->trial.batches;
	const uint64_t open = TRIAL_RECORDS - r->trial.cut;
	const uint64_t each = (TRIAL_RECORDS + batches - 1) / batches;
	const uint64_t n = each < open ? each : open;

	return n < whole->records ? n : whole->records;
}

enum rc
trial_split(struct remote *r, const struct batch *whole, struct err *e)
{
	const uint64_t n = share(r, whole);
	struct batch piece = *whole;
	uint64_t done = 0;

	buf_cut(&r->lines, 0);
	enum rc rc = load_read(r->load, whole, &r->lines, e);
	struct span left = buf_span(&r->lines);

	piece.status = BATCH_PLANNED;
	piece.length = 0;
	piece.records = 0;
	for (uint64_t i = 0; rc == RC_OK && i < whole->records; i++) {
		/* They are spread evenly. */
		const bool alone =
		    done < n && i == (2 * done + 1) * whole->records / (2 * n);
		const size_t bytes = line_length(left);

		if (alone)
			rc = add_piece(r, &piece, false, e);
		piece.length += bytes;
		piece.records++;
		left = span_of(left.p + bytes, left.n - bytes);
		if (rc == RC_OK && alone)
			rc = add_piece(r, &piece, true, e);
		done += alone;
	}
	r->trial.cut += (unsigned)n;
	r->load->report->left.batches--;
	return rc == RC_OK ? add_piece(r, &piece, false, e) : rc;
}

/* --- choosing ------------------------------------------------------------- */

static bool
flies(const struct remote *r, int64_t id)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->flights[i].batch.id == id)
			return true;
	return false;
}

/* Planned, and not to be taken from the plan all the same. */
static bool
is_held(const struct remote *r, int64_t id)
{
	const struct trial *const t = &r->trial;

	for (unsigned i = 0; i < t->queued; i++)
		if (t->queue[i].id == id)
			return true;
	for (unsigned i = 0; i < t->n; i++)
		if (t->refused[i].batch.id == id)
			return true;
	return flies(r, id);
}

static bool
any_flies(const struct remote *r)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->flights[i].batch.id != 0)
			return true;
	return false;
}

enum rc
trial_next(struct remote *r, struct batch *out, struct err *e)
{
	struct trial *const t = &r->trial;
	enum rc rc = RC_OK;

	if (t->queued > 0) {
		*out = t->queue[--t->queued];
		return RC_OK;
	}
	if (t->stage == TRIAL_ON && t->cut >= TRIAL_RECORDS) {
		if (any_flies(r) || trial_failed(r))
			return RC_SKIP;
		/* One of them is held, so the trial has no result. */
		rc = trial_end(r, e);
	}
	while (rc == RC_OK) {
		struct batch next;
		rc = batch_next(r->load->state, r->after, &next, e);
		if (rc != RC_OK)
			return rc;
		if (t->stage == TRIAL_ON && t->border != 0 &&
		    next.id > t->border) {
			if (any_flies(r))
				return RC_SKIP;
			/* All others were tried: the rest of them, too. */
			t->border = INT64_MAX;
		}
		r->after = next.id;
		if (t->stage != TRIAL_IDLE && is_held(r, next.id))
			continue;
		*out = next;
		return RC_OK;
	}
	return rc;
}

/* --- the end -------------------------------------------------------------- */

enum rc
trial_bury(struct remote *r, struct batch *b, const struct batch_refusal *why,
    struct err *e)
{
	struct load_report *const report = r->load->report;

	b->status = BATCH_REFUSED;
	b->refused = b->records;
	enum rc rc = batch_update(r->load->state, b, e);
	if (rc == RC_OK)
		rc = batch_add_refusal(r->load->state, why, e);
	if (rc != RC_OK)
		return rc;
	report->refused += b->refused;
	report->left.records -= b->records;
	report->left.bytes -= b->length;
	report->left.batches--;
	if (load_dead(r->load, &r->why) != RC_OK)
		r->halted = true;
	return RC_OK;
}

enum rc
trial_end(struct remote *r, struct err *e)
{
	struct trial *const t = &r->trial;
	enum rc rc = t->n > 0 ? remote_touch(r, e) : RC_OK;

	if (t->stage == TRIAL_ON)
		t->stage = TRIAL_OVER;
	for (unsigned i = 0; rc == RC_OK && i < t->n; i++) {
		struct trial_refused *const one = &t->refused[i];
		const struct batch_refusal why = { .segment =
						       one->batch.segment,
			.offset = one->batch.offset,
			.length = one->batch.length - 1,
			.http = one->http,
			.text = one->words,
			.batch = one->batch.id,
			.request_id = one->id };
		rc = trial_bury(r, &one->batch, &why, e);
	}
	t->n = 0;
	return rc;
}

static void
halt(struct remote *r)
{
	const struct trial_refused *const first = &r->trial.refused[0];

	(void)err_set(&r->why, RC_FATAL, WHY_DENIED,
	    "%.120s refuses every record: %u single records were refused "
	    "with the same words (status %ld%s%.160s): check the stream's "
	    "columns: evtxload dcr, probe --row",
	    r->load->run->target->endpoint, TRIAL_RECORDS, first->http,
	    first->words[0] != '\0' ? ": " : "", first->words);
	r->halted = true;
}

enum rc
trial_refused(struct remote *r, const struct batch *b,
    const struct batch_refusal *why, struct err *e)
{
	struct trial *const t = &r->trial;
	struct trial_refused *const one = &t->refused[t->n];

	/* It was under way when enough were refused. */
	if (trial_failed(r))
		return RC_OK;
	one->batch = *b;
	one->http = why->http;
	(void)snprintf(one->words, sizeof(one->words), "%s", why->text);
	(void)snprintf(one->id, sizeof(one->id), "%s", why->request_id);
	t->n++;
	if (one->http != t->refused[0].http ||
	    !words_same(one->words, t->refused[0].words))
		return trial_end(r, e);
	if (trial_failed(r))
		halt(r);
	return RC_OK;
}
