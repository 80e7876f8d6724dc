/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "http/transport.h"
#include "load/arrival_time.h"
#include "load/attempt.h"
#include "load/batch_text.h"
#include "sink/response.h"

/* The answer to a request, and the text that is recorded for it. */
struct outcome {
	struct http_answer answer;
	struct sink_verdict verdict;
	char words[RESPONSE_MESSAGE_MAX]; /* error text of the service */
	/* Text such as "status 503: too busy". */
	char text[RESPONSE_MESSAGE_MAX + 40];
};

/* --- sending ------------------------------------------------------------- */

void
attempt_prepare(struct attempts *a, struct window_slot *slot)
{
	slot->tries = 0;
	slot->due_ms = 0;
	slot->compressing = true;
	arrival_time_set(&slot->batch, a->session->run->target->limits.arrival,
	    session_now(a->session));
	slot->job = (struct compress_job){
		.batch = &slot->batch, .body = &slot->body, .owner = slot
	};
	compress_submit(a->compress, &slot->job);
}

enum rc
attempt_record_start(
    struct attempts *a, struct window_slot *slot, struct err *e)
{
	enum rc rc = session_begin(a->session, e);

	if (rc == RC_OK)
		rc = batch_begin_attempt(
		    a->session->checkpoint, &slot->batch, e);
	slot->recorded = rc == RC_OK;
	return rc;
}

enum rc
attempt_send(struct attempts *a, struct window_slot *slot, struct err *e)
{
	struct load_report *const report = a->session->report;
	char key[DIGEST_HEX];
	char uuid[BATCH_TEXT_ID];
	char type[80];
	char id[80];
	const char *const headers[] = { (const char *)a->bearer.p, type, id,
		"Content-Encoding: gzip", "Accept: application/json", NULL };
	const struct http_request request = { .url = (const char *)a->url.p,
		.headers = headers,
		.body = buf_span(&slot->body),
		.tag = slot };

	(void)snprintf(type, sizeof(type), "Content-Type: %s",
	    a->session->sink->remote->content_type);
	digest_hex(slot->batch.key, DIGEST_BYTES, key);
	batch_text_id(key, uuid);
	(void)snprintf(id, sizeof(id), "x-ms-client-request-id: %s", uuid);
	slot->recorded = false;
	slot->tries++;
	slot->generation = auth_generation(a->auth);
	const enum rc rc = a->transport->start(a->http, &request, e);
	slot->in_flight = rc == RC_OK;
	report->requests++;
	report->retries += slot->tries > 1;
	report->bytes_sent += slot->body.n;
	return rc;
}

/* --- recording an answer ------------------------------------------------- */

static enum rc
record(struct attempts *a, const struct window_slot *slot,
    const struct outcome *o, const char *name, struct err *e)
{
	const struct http_answer *const http = &o->answer;
	const struct batch_answer answer = { name,
		http->fate == HTTP_ANSWERED ? http->status : 0, o->words,
		http->id };
	enum rc rc = batch_update(a->session->checkpoint, &slot->batch, e);

	if (rc == RC_OK)
		rc = batch_end_attempt(
		    a->session->checkpoint, &slot->batch, &answer, e);
	return rc;
}

/* If the service answers about the batch at all, it has accepted the token. */
static void
token_works(struct attempts *a, const struct window_slot *slot)
{
	auth_token_accepted(a->auth, slot->generation);
	a->token_in_doubt = false;
}

static enum rc
acknowledge(struct attempts *a, struct window_slot *slot,
    const struct outcome *o, struct err *e)
{
	struct load_report *const report = a->session->report;
	const struct batch *const b = &slot->batch;

	slot->batch.status = BATCH_ACKED;
	token_works(a, slot);
	const enum rc rc = record(a, slot, o, "acked", e);
	if (rc != RC_OK)
		return rc;
	/* These counts are for the display only; session_count() reads the true
	 * ones. */
	report->left.records -= b->records;
	report->left.bytes -= b->length;
	report->left.batches--;
	report->acked.records += b->records;
	slot->batch.id = 0;
	health_succeeded(&a->health);
	return trial_end(&a->trial, e);
}

/* Plan the batch again after a wait. If ambiguous batches are held, its slot is
 * freed; a later run may send it. */
static enum rc
retry(struct attempts *a, struct window_slot *slot, const struct outcome *o,
    struct err *e)
{
	struct session *const s = a->session;
	struct health *const h = &a->health;
	const bool lost = o->verdict.ambiguous;
	const int64_t until_settled = health_settle_ms(h) - session_ms(s);
	int64_t wait = o->verdict.pause
			   ? health_pause_ms(h, &o->answer)
			   : health_retry_ms(h, &o->answer, slot->tries);

	/* Make the last attempt when the settling time ends, not after it. */
	if (o->verdict.pause && o->verdict.settles && wait > until_settled)
		wait = until_settled;
	slot->batch.status = BATCH_PLANNED;
	slot->batch.ambiguous |= lost;
	slot->due_ms = session_ms(s) + wait;
	enum rc rc = record(a, slot, o, lost ? "lost" : "retry", e);
	if (rc == RC_OK && o->verdict.pause)
		rc = health_pause(h, wait, o->answer.wait_ms > 0, e);
	if (rc != RC_OK)
		return rc;
	h->failing = true;
	if (!h->halted)
		(void)err_set(&h->why, RC_RETRY, WHY_NETWORK, "%s: %s",
		    s->run->target->endpoint, o->text);
	session_note(s->run, "batch %lld: %s: retrying in %.1f s",
	    (long long)slot->batch.id, o->text, (double)wait / 1000);
	if (slot->batch.ambiguous && s->run->target->hold) {
		session_note(s->run, "batch %lld is held: it may have arrived",
		    (long long)slot->batch.id);
		slot->batch.id = 0;
		s->report->held.batches++;
	}
	return RC_OK;
}

static enum rc
halt(struct attempts *a, struct window_slot *slot, struct outcome *o,
    struct err *e)
{
	struct health *const h = &a->health;
	const char *const hint = o->verdict.hint;

	if (o->verdict.settles && !h->halted &&
	    session_ms(a->session) < health_settle_ms(h)) {
		o->verdict.pause = true;
		return retry(a, slot, o, e);
	}
	slot->batch.status = BATCH_PLANNED;
	slot->due_ms = INT64_MAX;
	if (!h->halted)
		(void)err_set(&h->why, RC_FATAL, WHY_DENIED,
		    "%.120s refuses the upload: %s%s(%s)",
		    a->session->run->target->endpoint, hint != NULL ? hint : "",
		    hint != NULL ? " " : "", o->text);
	h->halted = true;
	return record(a, slot, o, "halt", e);
}

/* Send again with a new token. A new token that is refused as well halts the
 * run, unless an open request with it may still be accepted. */
static enum rc
refresh_token(struct attempts *a, struct window_slot *slot, struct outcome *o,
    struct err *e)
{
	if (!auth_token_refused(a->auth, slot->generation)) {
		bool others = false;
		for (unsigned i = 0; i < a->window.n; i++) {
			const struct window_slot *const s = &a->window.slots[i];
			others |= s != slot && s->in_flight &&
				  s->generation == slot->generation;
		}
		if (!others)
			return halt(a, slot, o, e);
		a->token_in_doubt = true;
	}
	slot->batch.status = BATCH_PLANNED;
	slot->due_ms = 0;
	return record(a, slot, o, "refresh", e);
}

/* Refuse the batch, which has one record or is refused as a whole. */
static enum rc
reject(struct attempts *a, struct window_slot *slot, const struct outcome *o,
    struct err *e)
{
	struct trial *const t = &a->trial;
	const bool on_trial = trial_includes(t, o->answer.status);
	struct reader_range row;
	enum rc rc = session_first_row(a->session, &slot->batch, &row, e);
	if (rc != RC_OK)
		return rc;
	const struct batch_refusal refusal = { .segment = slot->batch.segment,
		.offset = row.offset,
		.length = row.length - 1,
		.http = o->answer.status,
		.text = o->words,
		.batch = slot->batch.id,
		.request_id = o->answer.id };

	slot->batch.status = BATCH_PLANNED;
	token_works(a, slot);
	rc = record(a, slot, o, "refused", e);
	if (rc == RC_OK)
		rc = on_trial
			 ? trial_add_refused(t, &slot->batch, &refusal, e)
			 : trial_refuse_for_good(t, &slot->batch, &refusal, e);
	slot->batch.id = 0;
	health_succeeded(&a->health);
	return rc;
}

static enum rc
add_halves(struct attempts *a, const struct batch *whole, struct err *e)
{
	struct session *const s = a->session;
	const char *const sha256 = session_segment_of(s, whole)->sha256;
	struct batch half = *whole;

	/* The halves of an ambiguous batch are ambiguous, too. */
	half.status = BATCH_PLANNED;
	half.records = whole->records / 2;
	half.length = batch_text_lines(buf_span(&a->lines), half.records).n;
	enum rc rc = session_stretch(s, &half, e);
	if (rc == RC_OK)
		rc = batch_add(s->checkpoint, sha256, &half, e);
	half.offset = whole->offset + half.length;
	half.length = whole->offset + whole->length - half.offset;
	half.records = whole->records - half.records;
	s->report->left.batches++;
	return rc == RC_OK ? batch_add(s->checkpoint, sha256, &half, e) : rc;
}

static enum rc
split(struct attempts *a, struct window_slot *slot, const struct outcome *o,
    struct err *e)
{
	struct session *const s = a->session;
	struct trial *const t = &a->trial;

	if (slot->batch.records == 1)
		return reject(a, slot, o, e);
	const bool on_trial = trial_includes(t, o->answer.status);
	slot->batch.status = BATCH_SPLIT;
	token_works(a, slot);
	session_note(s->run, "batch %lld: %s: sent again in parts",
	    (long long)slot->batch.id, o->text);
	enum rc rc = record(a, slot, o, "split", e);
	buf_cut(&a->lines, 0);
	if (rc == RC_OK)
		rc = session_read_batch(s, &slot->batch, &a->lines, e);
	if (rc == RC_OK)
		rc = on_trial && !trial_has_enough(t)
			 ? trial_split(t, &slot->batch, buf_span(&a->lines), e)
			 : add_halves(a, &slot->batch, e);
	slot->batch.id = 0;
	a->exhausted = false;
	health_succeeded(&a->health);
	return rc;
}

/* --- acting on an answer ------------------------------------------------- */

enum rc
attempt_record_outcome(struct attempts *a, struct window_slot *slot,
    const struct http_answer *answer, struct err *e)
{
	struct outcome o = { .answer = *answer,
		.verdict = a->session->sink->remote->judge(answer) };
	const bool answered = answer->fate == HTTP_ANSWERED;
	const enum rc rc = session_begin(a->session, e);

	slot->in_flight = false;
	if (rc != RC_OK)
		return rc;
	response_message(answer, o.words);
	/* Secrets that a server repeats must not be recorded. */
	if (auth_leaks(a->auth, answer->id))
		o.answer.id = "";
	if (auth_leaks(a->auth, o.words))
		(void)snprintf(o.words, sizeof(o.words), AUTH_WITHHELD);
	if (answered)
		(void)snprintf(o.text, sizeof(o.text), "status %ld%s%s",
		    answer->status, o.words[0] != '\0' ? ": " : "", o.words);
	else
		(void)snprintf(
		    o.text, sizeof(o.text), "no answer: %s", o.words);
	switch (o.verdict.act) {
	case SINK_ACK:
		return acknowledge(a, slot, &o, e);
	case SINK_RETRY:
		return retry(a, slot, &o, e);
	case SINK_SPLIT:
		return split(a, slot, &o, e);
	case SINK_REFRESH:
		return refresh_token(a, slot, &o, e);
	case SINK_REJECT:
		return reject(a, slot, &o, e);
	case SINK_HALT:
		break;
	}
	return halt(a, slot, &o, e);
}
