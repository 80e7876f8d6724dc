/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "checkpoint/batch.h"
#include "checkpoint/meta.h"
#include "http/retry.h"
#include "load/remote.h"
#include "load/stamp.h"
#include "sink/response.h"

#define PAUSE_KEPT_MS (INT64_C(3600) * 1000)

/* What an answer led to, for one place that writes it down. */
struct end {
	struct http_answer copy;
	const struct http_answer *answer; /* that */
	struct sink_verdict verdict;
	char words[RESPONSE_MESSAGE_MAX];     /* the server's own */
	char text[RESPONSE_MESSAGE_MAX + 40]; /* "status 503: too busy" */
};

/* --- going out ----------------------------------------------------------- */

void
flight_load(struct remote *r, struct flight *f)
{
	f->tries = 0;
	f->due_ms = 0;
	f->packing = true;
	stamp_batch(
	    &f->batch, r->load->run->target->limits.arrival, load_now(r->load));
	f->job = (struct pack_job){
		.batch = &f->batch, .body = &f->body, .owner = f
	};
	pack_give(r->pack, &f->job);
}

enum rc
flight_choose(struct remote *r, struct flight *f, struct err *e)
{
	enum rc rc = remote_touch(r, e);

	if (rc == RC_OK)
		rc = batch_begin_attempt(r->load->state, &f->batch, e);
	f->chosen = rc == RC_OK;
	return rc;
}

/* For a person who asks the service's support about a batch: the same in all
 * attempts. The service does not use it to tell doubles. */
static void
set_id(const struct batch *b, char out[80])
{
	char hex[DIGEST_HEX];
	char uuid[LOAD_UUID];

	digest_hex(b->key, DIGEST_BYTES, hex);
	load_uuid(hex, uuid);
	(void)snprintf(out, 80, "x-ms-client-request-id: %s", uuid);
}

enum rc
flight_start(struct remote *r, struct flight *f, struct err *e)
{
	char type[80];
	char id[80];
	const char *const headers[] = { (const char *)r->bearer.p, type, id,
		"Content-Encoding: gzip", "Accept: application/json", NULL };
	const struct http_request request = { .url = (const char *)r->url.p,
		.headers = headers,
		.body = buf_span(&f->body),
		.tag = f };

	(void)snprintf(type, sizeof(type), "Content-Type: %s",
	    r->load->sink->remote->content_type);
	set_id(&f->batch, id);
	f->chosen = false;
	f->tries++;
	f->generation = auth_generation(r->auth);
	const enum rc rc = r->transport->start(r->http, &request, e);
	f->flying = rc == RC_OK;
	r->load->report->requests++;
	r->load->report->retries += f->tries > 1;
	r->load->report->bytes_sent += f->body.n;
	return rc;
}

/* --- coming back --------------------------------------------------------- */

static enum rc
write_down(struct remote *r, struct flight *f, const struct end *end,
    const char *outcome, struct err *e)
{
	const struct http_answer *const a = end->answer;
	const struct batch_answer answer = { outcome,
		a->fate == HTTP_ANSWERED ? a->status : 0, end->words, a->id };
	enum rc rc = batch_update(r->load->state, &f->batch, e);

	if (rc == RC_OK)
		rc = batch_end_attempt(r->load->state, &f->batch, &answer, e);
	return rc;
}

static void
went_well(struct remote *r)
{
	r->good_ms = load_ms(r->load);
	r->failing = false;
	r->streak = 0;
}

/* The eye's counts; the checkpoint has the true ones. */
static void
count_done(struct remote *r, struct flight *f)
{
	struct load_report *const report = r->load->report;

	report->left.records -= f->batch.records;
	report->left.bytes -= f->batch.length;
	report->left.batches--;
	report->acked.records += f->batch.records;
	f->batch.id = 0;
	went_well(r);
}

/* The token works, whatever is wrong with the batch. */
static void
accepted(struct remote *r, const struct flight *f)
{
	auth_accepted(r->auth, f->generation);
	r->doubt = false;
}

static enum rc
take_ack(struct remote *r, struct flight *f, struct end *end, struct err *e)
{
	f->batch.status = BATCH_ACKED;
	accepted(r, f);
	const enum rc rc = write_down(r, f, end, "acked", e);
	if (rc != RC_OK)
		return rc;
	count_done(r, f);
	return trial_end(r, e);
}

static void
fail_later(struct remote *r, const struct flight *f, const struct end *end,
    int64_t wait)
{
	r->failing = true;
	if (!r->halted)
		(void)err_set(&r->why, RC_RETRY, WHY_NETWORK, "%s: %s",
		    r->load->run->target->endpoint, end->text);
	remote_note(r, "batch %lld: %s: again in %.1f s",
	    (long long)f->batch.id, end->text, (double)wait / 1000);
}

/* Nothing goes out before this time. If the server asked for it, it is written
 * down, so that the next run waits, too; but no quota lasts longer than
 * PAUSE_KEPT, and what asks for more is broken: then it is for the person who
 * runs it again. */
static enum rc
pause_all(struct remote *r, int64_t wait, bool asked, struct err *e)
{
	const int64_t due = load_ms(r->load) + wait;

	if (due <= r->pause_ms)
		return RC_OK;
	r->pause_ms = due;
	if (!asked || wait > PAUSE_KEPT_MS)
		return RC_OK;
	return meta_set_pause(
	    r->load->state, load_now(r->load) + (wait + 1999) / 1000, e);
}

/* The place is for another; a later run may send this one. */
static void
hold(struct remote *r, struct flight *f)
{
	remote_note(r, "batch %lld is held: it may have arrived",
	    (long long)f->batch.id);
	f->batch.id = 0;
	r->load->report->held.batches++;
}

/* A batch that fails waits the longer the more often it did. What all wait
 * for grows with the failures in a row, of which those that were under way
 * together are one. */
static int64_t
how_long(struct remote *r, const struct flight *f, const struct end *end)
{
	const int64_t now = load_ms(r->load);
	const int64_t left = remote_settled(r) - now;

	if (!end->verdict.pause)
		return remote_wait(r, end->answer, f->tries);
	r->streak += r->streak == 0 || now >= r->pause_ms;
	const int64_t wait = remote_wait(r, end->answer, r->streak);
	/* The last try is at the end of that time, not after it. */
	return end->verdict.settles && wait > left ? left : wait;
}

static enum rc
put_back(struct remote *r, struct flight *f, struct end *end, struct err *e)
{
	const int64_t wait = how_long(r, f, end);
	const bool asked = end->answer->wait_ms > 0;
	const bool lost = end->verdict.ambiguous;

	f->batch.status = BATCH_PLANNED;
	f->batch.ambiguous |= lost;
	f->due_ms = load_ms(r->load) + wait;
	enum rc rc = write_down(r, f, end, lost ? "lost" : "retry", e);
	if (rc == RC_OK && end->verdict.pause)
		rc = pause_all(r, wait, asked, e);
	if (rc == RC_OK)
		fail_later(r, f, end, wait);
	return rc;
}

static enum rc
take_retry(struct remote *r, struct flight *f, struct end *end, struct err *e)
{
	const enum rc rc = put_back(r, f, end, e);

	if (rc == RC_OK && f->batch.ambiguous && r->load->run->target->hold)
		hold(r, f);
	return rc;
}

/* A role that was just given, or a rule that was just made, works only after a
 * while. */
static bool
may_settle(const struct remote *r, const struct end *end)
{
	return end->verdict.settles && !r->halted &&
	       load_ms(r->load) < remote_settled(r);
}

static enum rc
take_halt(struct remote *r, struct flight *f, struct end *end, struct err *e)
{
	const char *const hint = end->verdict.hint;

	if (may_settle(r, end)) {
		end->verdict.pause = true;
		return put_back(r, f, end, e);
	}
	f->batch.status = BATCH_PLANNED;
	f->due_ms = INT64_MAX;
	if (!r->halted)
		(void)err_set(&r->why, RC_FATAL, WHY_DENIED,
		    "%.120s refuses us: %s%s(%s)",
		    r->load->run->target->endpoint, hint != NULL ? hint : "",
		    hint != NULL ? " " : "", end->text);
	r->halted = true;
	return write_down(r, f, end, "halt", e);
}

/* Other requests with this token may still be accepted. */
static bool
others_fly(const struct remote *r, const struct flight *f)
{
	for (unsigned i = 0; i < r->n; i++)
		if (&r->flights[i] != f && r->flights[i].flying &&
		    r->flights[i].generation == f->generation)
			return true;
	return false;
}

static enum rc
take_refresh(struct remote *r, struct flight *f, struct end *end, struct err *e)
{
	if (!auth_refused(r->auth, f->generation)) {
		if (!others_fly(r, f))
			return take_halt(r, f, end, e);
		r->doubt = true;
	}
	f->batch.status = BATCH_PLANNED;
	f->due_ms = 0;
	return write_down(r, f, end, "refresh", e);
}

static enum rc
take_reject(struct remote *r, struct flight *f, struct end *end, struct err *e)
{
	const bool on_trial = trial_on(r, end->answer->status);
	const struct batch_refusal refusal = { .segment = f->batch.segment,
		.offset = f->batch.offset,
		.length = f->batch.length - 1,
		.http = end->answer->status,
		.text = end->words,
		.batch = f->batch.id,
		.request_id = end->answer->id };

	f->batch.status = BATCH_PLANNED;
	accepted(r, f);
	enum rc rc = write_down(r, f, end, "refused", e);
	if (rc == RC_OK)
		rc = on_trial ? trial_refused(r, &f->batch, &refusal, e)
			      : trial_bury(r, &f->batch, &refusal, e);
	f->batch.id = 0;
	went_well(r);
	return rc;
}

/* The length of the first n lines. */
static uint64_t
length_of(struct span lines, uint64_t n)
{
	const uint8_t *p = lines.p;
	size_t left = lines.n;

	for (; n > 0 && left > 0; n--) {
		const uint8_t *const lf = memchr(p, '\n', left);
		const size_t bytes = lf == NULL ? left : (size_t)(lf - p) + 1;
		p += bytes;
		left -= bytes;
	}
	return lines.n - left;
}

static enum rc
add_halves(struct remote *r, const struct batch *whole, struct err *e)
{
	const char *const sha256 = load_meta(r->load, whole)->sha256;
	struct batch half = *whole;

	buf_cut(&r->lines, 0);
	enum rc rc = load_read(r->load, whole, &r->lines, e);
	if (rc != RC_OK)
		return rc;
	/* What may be there twice as a whole may be so in each half. */
	half.status = BATCH_PLANNED;
	half.records = whole->records / 2;
	half.length = length_of(buf_span(&r->lines), half.records);
	rc = batch_add(r->load->state, sha256, &half, e);
	half.offset = whole->offset + half.length;
	half.length = whole->length - half.length;
	half.records = whole->records - half.records;
	r->load->report->left.batches++;
	return rc == RC_OK ? batch_add(r->load->state, sha256, &half, e) : rc;
}

static enum rc
take_split(struct remote *r, struct flight *f, struct end *end, struct err *e)
{
	if (f->batch.records == 1)
		return take_reject(r, f, end, e);
	const bool on_trial = trial_on(r, end->answer->status);
	f->batch.status = BATCH_SPLIT;
	accepted(r, f);
	remote_note(r, "batch %lld: %s: sent again in parts",
	    (long long)f->batch.id, end->text);
	enum rc rc = write_down(r, f, end, "split", e);
	if (rc == RC_OK)
		rc = on_trial && r->trial.cut < TRIAL_RECORDS
			 ? trial_split(r, &f->batch, e)
			 : add_halves(r, &f->batch, e);
	f->batch.id = 0;
	r->exhausted = false;
	went_well(r);
	return rc;
}

static void
say(const struct remote *r, struct end *end)
{
	const struct http_answer *const a = end->answer;

	response_message(a, end->words);
	/* An id that is none of the service's own. */
	if (auth_leaks(r->auth, a->id))
		end->copy.id = "";
	if (auth_leaks(r->auth, end->words))
		(void)snprintf(end->words, sizeof(end->words), AUTH_WITHHELD);
	if (a->fate == HTTP_ANSWERED)
		(void)snprintf(end->text, sizeof(end->text), "status %ld%s%s",
		    a->status, end->words[0] != '\0' ? ": " : "", end->words);
	else
		(void)snprintf(
		    end->text, sizeof(end->text), "no answer: %s", end->words);
}

enum rc
flight_answer(struct remote *r, struct flight *f,
    const struct http_answer *answer, struct err *e)
{
	struct end end = { .copy = *answer,
		.verdict = r->load->sink->remote->judge(answer) };
	enum rc rc = remote_touch(r, e);

	end.answer = &end.copy;

	f->flying = false;
	say(r, &end);
	if (rc != RC_OK)
		return rc;
	switch (end.verdict.act) {
	case SINK_ACK:
		return take_ack(r, f, &end, e);
	case SINK_RETRY:
		return take_retry(r, f, &end, e);
	case SINK_SPLIT:
		return take_split(r, f, &end, e);
	case SINK_REFRESH:
		return take_refresh(r, f, &end, e);
	case SINK_REJECT:
		return take_reject(r, f, &end, e);
	case SINK_HALT:
		break;
	}
	return take_halt(r, f, &end, e);
}
