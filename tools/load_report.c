/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/load_report.h"
#include "tools/cli.h"
#include "util/filetime.h"
#include "util/json.h"

static unsigned long long
u(uint64_t v)
{
	return v;
}

void
load_report_time(char out[32], uint64_t ms)
{
	const uint64_t s = ms / 1000;

	if (s < 60)
		(void)snprintf(
		    out, 32, "%llu.%llu s", u(s), u(ms % 1000 / 100));
	else if (s < 3600)
		(void)snprintf(
		    out, 32, "%llu min %llu s", u(s / 60), u(s % 60));
	else
		(void)snprintf(
		    out, 32, "%llu h %llu min", u(s / 3600), u(s % 3600 / 60));
}

/* --- JSON ---------------------------------------------------------------- */

static void
put_text(struct buf *out, const char *name, const char *value)
{
	buf_fmt(out, ",\"%s\":", name);
	json_put(out, span_str(value));
}

static void
put_count(struct buf *out, const char *name, const struct load_count *c)
{
	buf_fmt(out,
	    ",\"%s\":{\"batches\":%llu,\"records\":%llu,\"bytes\":%llu}", name,
	    u(c->batches), u(c->records), u(c->bytes));
}

static void
put_number(struct buf *out, const char *name, uint64_t v)
{
	buf_fmt(out, ",\"%s\":%llu", name, u(v));
}

void
load_report_begin(struct buf *out, const struct about *about)
{
	buf_str(out, "{\"command\":");
	json_put(out, span_str(about->command));
	put_text(out, "target", about->target);
	buf_fmt(out, ",\"exit\":%d", about->exit);
	if (about->error != NULL)
		put_text(out, "error", about->error);
}

void
load_report_end(struct buf *out)
{
	buf_str(out, "}\n");
}

static void
put_time(struct buf *out, const char *name, uint64_t filetime)
{
	char text[FILETIME_MAX + 1];

	if (filetime == 0)
		return;
	*filetime_put((uint8_t *)text, filetime) = '\0';
	put_text(out, name, text);
}

static void
put_look(struct buf *out, const struct load_preflight *look)
{
	put_number(out, "restamped", look->restamped);
	put_number(out, "restamped_without_time_created", look->times_lost);
	put_number(out, "stamped", look->stamped);
	put_number(out, "older_than_48h", look->old);
	put_number(out, "from_1h_to_48h", look->recent);
	put_number(out, "younger_than_1h", look->young);
	put_number(out, "over_24h_ahead", look->ahead);
	put_number(out, "truncated", look->truncated);
	put_number(out, "truncated_fields", look->truncated_fields);
	put_time(out, "first_time", look->first_time);
	put_time(out, "last_time", look->last_time);
}

void
load_report_push_json(struct buf *out, const struct load_report *r)
{
	put_count(out, "total", &r->all);
	put_count(out, "acked", &r->acked);
	put_count(out, "left", &r->left);
	put_count(out, "ambiguous", &r->ambiguous);
	put_count(out, "held", &r->held);
	put_number(out, "acked_before", r->before);
	put_number(out, "revived", r->revived);
	put_number(out, "new", load_new_records(r));
	put_number(out, "already", r->already);
	put_number(out, "repeated", r->repeated);
	put_number(out, "refused", r->refused);
	put_number(out, "skipped", r->skipped);
	put_number(out, "conflicts", r->conflicts);
	put_number(out, "same_segments", r->same);
	put_number(out, "attempts", r->attempts);
	put_number(out, "resumed_ambiguous", r->resumed);
	put_number(out, "requests", r->requests);
	put_number(out, "retries", r->retries);
	put_number(out, "bytes_sent", r->bytes_sent);
	put_number(out, "ms", (uint64_t)r->ms);
	put_look(out, &r->preflight);
	if (r->query[0] != '\0')
		put_text(out, "query", r->query);
}

void
load_report_staged_json(struct buf *out, const struct staged *s)
{
	put_number(out, "staged_duplicate", s->duplicate);
	put_number(out, "staged_conflicts", s->conflicts);
}

void
load_report_plan_json(struct buf *out, const struct load_plan *p)
{
	put_count(out, "total", &p->all);
	put_count(out, "left", &p->left);
	put_count(out, "too_large", &p->too_large);
	put_number(out, "skipped", p->skipped);
	put_number(out, "calls", p->left.batches);
	put_number(out, "largest_batch", p->largest);
	put_number(out, "max_batch", p->max_bytes);
	if (!p->limited)
		return;
	put_number(out, "least_ms", p->least_ms);
	put_look(out, &p->preflight);
}

void
load_report_batch_json(struct buf *out, const struct load_batch *b)
{
	buf_str(out, "{\"key\":");
	json_put(out, span_str(b->key));
	put_text(out, "segment", b->segment);
	put_number(out, "offset", b->offset);
	put_number(out, "length", b->length);
	put_number(out, "records", b->records);
	if (b->ambiguous)
		buf_str(out, ",\"ambiguous\":true");
	buf_byte(out, '}');
}

void
load_report_probe_json(struct buf *out, const struct load_probe *p)
{
	buf_str(out, ",\"steps\":[");
	for (unsigned i = 0; i < p->n; i++) {
		if (i > 0)
			buf_byte(out, ',');
		const struct load_step *const s = &p->step[i];
		buf_str(out, "{\"step\":");
		json_put(out, span_str(s->name));
		buf_fmt(out, ",\"good\":%s", s->good ? "true" : "false");
		if (s->http != 0)
			buf_fmt(out, ",\"http\":%ld", s->http);
		put_number(out, "ms", (uint64_t)s->ms);
		if (s->words[0] != '\0')
			put_text(out, "words", s->words);
		if (s->hint != NULL)
			put_text(out, "hint", s->hint);
		buf_byte(out, '}');
	}
	buf_byte(out, ']');
	if (p->key[0] != '\0')
		put_text(out, "row_key", p->key);
}

void
load_report_refusal_json(struct buf *out, const struct load_refusal *r)
{
	buf_str(out, "{\"segment\":");
	json_put(out, span_str(r->sha256));
	put_number(out, "offset", r->offset);
	put_number(out, "length", r->length);
	if (r->http != 0)
		buf_fmt(out, ",\"http\":%ld", r->http);
	put_text(out, "reason", r->text);
	buf_byte(out, '}');
}

void
load_report_checkpoint_json(
    struct buf *out, const char *target, const char *file, const char *letters)
{
	put_text(out, "checkpoint_target", target);
	put_text(out, "checkpoint", file);
	put_text(out, "dead", letters);
}

void
load_report_target_json(struct buf *out, const struct load_listed *one)
{
	if (out->n > 0)
		buf_byte(out, ',');
	buf_fmt(out, "{\"present\":%s", one->present ? "true" : "false");
	put_text(out, "target", one->target);
	put_text(out, "checkpoint", one->checkpoint);
	buf_byte(out, '}');
}

void
load_report_reason_json(struct buf *out, const struct load_reason *r)
{
	buf_fmt(out, "{\"http\":%ld", r->http);
	put_text(out, "reason", r->text);
	put_number(out, "records", r->records);
	buf_byte(out, '}');
}

/* --- text ---------------------------------------------------------------- */

/* A number with its noun: "1 batch", "2 000 batches". */
struct words {
	char text[CLI_COUNT_MAX + 16];
};

static struct words
many(uint64_t n, const char *one, const char *more)
{
	char count[CLI_COUNT_MAX];
	struct words w;

	(void)snprintf(w.text, sizeof(w.text), "%s %s", cli_count(count, n),
	    n == 1 ? one : more);
	return w;
}

static struct words
records(uint64_t n)
{
	return many(n, "record", "records");
}

static struct words
batches(uint64_t n)
{
	return many(n, "batch", "batches");
}

static struct words
bytes(uint64_t n)
{
	return many(n, "byte", "bytes");
}

void
load_report_staged_text(FILE *to, const struct staged *s)
{
	if (s->duplicate > 0)
		(void)fprintf(to, "  %-10s %s removed by evtxstage\n", "staged",
		    many(s->duplicate, "duplicate event was",
			"duplicate events were")
			.text);
	if (s->conflicts > 0)
		(void)fprintf(to, "  %-10s %s the key of a different row\n",
		    "staged", many(s->conflicts, "row has", "rows have").text);
}

static void
line(FILE *to, const char *name, const struct load_count *c)
{
	(void)fprintf(to, "  %-10s %s in %s, %s\n", name,
	    records(c->records).text, batches(c->batches).text,
	    bytes(c->bytes).text);
}

/* Print what the service will change silently. */
static void
show_look(FILE *to, const struct load_preflight *l)
{
	/* Scheduled rules depend on the ages of records. */
	const uint64_t aged = l->old + l->recent + l->young + l->ahead;
	char old[CLI_COUNT_MAX];
	char recent[CLI_COUNT_MAX];
	char young[CLI_COUNT_MAX];

	if (aged > 0)
		(void)fprintf(to,
		    "  %-10s %s over 48 h old, %s from 1 to 48 h, %s younger",
		    "times", cli_count(old, l->old),
		    cli_count(recent, l->recent), cli_count(young, l->young));
	if (l->ahead > 0)
		(void)fprintf(
		    to, ", %s over 24 h ahead", cli_count(old, l->ahead));
	if (aged > 0)
		(void)fprintf(to, "\n");
	if (l->stamped > 0)
		(void)fprintf(to,
		    "  %-10s %s: TimeGenerated becomes the time of sending, "
		    "TimeCreated_CF keeps the true time\n",
		    "arrival", records(l->stamped).text);
	if (l->restamped > 0)
		(void)fprintf(to,
		    "  %-10s %s: older than 2 days (or over a day ahead), so "
		    "the service\n  %-10s puts the time of arrival into "
		    "TimeGenerated; %s in TimeCreated_CF\n",
		    "restamped", records(l->restamped).text, "",
		    l->times_lost == 0
			? "the true time stays"
			: "where it has one, the true time stays");
	if (l->times_lost > 0)
		(void)fprintf(to,
		    "  %-10s %s without TimeCreated_CF: the time of the "
		    "event is lost\n",
		    "warning", records(l->times_lost).text);
	if (l->truncated > 0)
		(void)fprintf(to,
		    "  %-10s %s in %s over 64 KB: the service cuts the rest "
		    "off\n",
		    "truncated",
		    many(l->truncated_fields, "value", "values").text,
		    records(l->truncated).text);
}

static void
part(FILE *to, const char *name, uint64_t n, const char *note)
{
	if (n > 0)
		(void)fprintf(
		    to, "  %-10s %s%s\n", name, records(n).text, note);
}

static void
show_doubts(FILE *to, const struct load_report *r)
{
	if (r->conflicts > 0)
		(void)fprintf(to,
		    "  %-10s %s with the key of another row: see the tables "
		    "..._conflicts\n",
		    "conflicts", records(r->conflicts).text);
	if (r->same > 0)
		(void)fprintf(to,
		    "  %-10s %s in segments that were given twice, sent "
		    "once\n",
		    "same", records(r->same).text);
	if (r->ambiguous.batches > 0)
		(void)fprintf(to,
		    "  %-10s %s in %s may be stored twice: an answer was "
		    "lost\n",
		    "ambiguous", records(r->ambiguous.records).text,
		    batches(r->ambiguous.batches).text);
	if (r->held.batches > 0)
		(void)fprintf(to,
		    "  %-10s %s in %s not sent again (--on-ambiguous hold)\n",
		    "held", records(r->held.records).text,
		    batches(r->held.batches).text);
	if (r->query[0] != '\0')
		(void)fprintf(to,
		    "  %-10s the batches are in ambiguous.ndjson beside the "
		    "checkpoint; doubles.kql finds the doubles\n",
		    "");
}

void
load_report_push_text(FILE *to, const struct load_report *r, bool run)
{
	char n[2][CLI_COUNT_MAX];
	char time[32];

	/* Print six counts whose sum is the total. */
	line(to, "total", &r->all);
	part(to, "new", load_new_records(r), "");
	part(to, "already", r->already, ", were in the database before");
	part(to, "repeated", r->repeated,
	    r->ambiguous.batches > 0
		? ", sent again or with the key of another row"
		: ", with the key of another row");
	part(to, "refused", r->refused,
	    ", permanently: see dead.ndjson or evtxload status");
	part(to, "left", r->left.records, ", not acknowledged yet");
	part(to, "skipped", r->skipped, ", duplicates of the collection");
	if (run && r->before > 0)
		(void)fprintf(to,
		    "  %-10s %s acknowledged in this run, %s before\n", "runs",
		    cli_count(n[0], r->acked.records - r->before),
		    cli_count(n[1], r->before));
	if (run && r->revived > 0)
		(void)fprintf(to, "  %-10s %s refused before, tried again\n",
		    "revived", records(r->revived).text);
	show_doubts(to, r);
	if (!run)
		return;
	show_look(to, &r->preflight);
	load_report_time(time, (uint64_t)r->ms);
	if (r->resumed > 0)
		(void)fprintf(to,
		    "  %-10s %s had been sent without a recorded answer\n",
		    "resumed", batches(r->resumed).text);
	(void)fprintf(to, "  %-10s %s", "this run", time);
	if (r->requests > 0)
		(void)fprintf(to, ", %s (%llu again), %s compressed",
		    many(r->requests, "request", "requests").text,
		    u(r->retries), bytes(r->bytes_sent).text);
	(void)fprintf(to, "\n");
}

void
load_report_reason_text(FILE *to, const struct load_reason *r)
{
	char shown[4 * sizeof(r->text) + 8];

	(void)fprintf(to, "  %-10s %s: ", "refused", records(r->records).text);
	if (r->http != 0)
		(void)fprintf(to, "status %ld: ", r->http);
	(void)fprintf(to, "%s\n", cli_tame(shown, sizeof(shown), r->text));
}

void
load_report_plan_text(FILE *to, const struct load_plan *p)
{
	char calls[CLI_COUNT_MAX];
	char limit[CLI_COUNT_MAX];
	char time[32];

	line(to, "total", &p->all);
	if (p->left.batches != p->all.batches)
		line(to, "left", &p->left);
	part(to, "skipped", p->skipped, ", duplicates of the collection");
	(void)fprintf(to, "  %-10s %s, of at most %s (the limit is %s)\n",
	    "calls", cli_count(calls, p->left.batches), bytes(p->largest).text,
	    cli_count(limit, p->max_bytes));
	if (p->too_large.records > 0)
		(void)fprintf(to,
		    "  %-10s %s over the limit, which will be refused\n",
		    "too large", records(p->too_large.records).text);
	if (!p->limited)
		return;
	load_report_time(time, p->least_ms);
	(void)fprintf(to, "  %-10s %s, by the service's documented limits\n",
	    "at least", time);
	show_look(to, &p->preflight);
}

void
load_report_probe_text(FILE *to, const struct load_probe *p)
{
	static const struct {
		const char *name;
		const char *text;
	} steps[] = {
		{ "token", "a token" },
		{ "empty", "an empty array" },
		{ "row", "one marked row" },
	};

	for (unsigned i = 0; i < p->n; i++) {
		const struct load_step *const s = &p->step[i];
		(void)fprintf(to, "  %-10s %s: %s", s->good ? "ok" : "failed",
		    steps[i].text, s->http == 0 ? "no answer" : "status");
		if (s->http != 0)
			(void)fprintf(to, " %ld", s->http);
		(void)fprintf(to, ", %lld ms\n", (long long)s->ms);
	}
	if (p->key[0] != '\0')
		(void)fprintf(to,
		    "  %-10s search \"%s\" finds the row, in up to 15 "
		    "minutes\n",
		    "query", p->key);
}
