/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/load_report.h"
#include "tools/cli.h"
#include "util/json.h"

static unsigned long long
u(uint64_t v)
{
	return v;
}

void
report_time(char out[32], uint64_t ms)
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
report_begin(struct buf *out, const struct about *about)
{
	buf_str(out, "{\"command\":");
	json_put(out, span_str(about->command));
	put_text(out, "target", about->target);
	buf_fmt(out, ",\"exit\":%d", about->exit);
	if (about->error != NULL)
		put_text(out, "error", about->error);
}

void
report_end(struct buf *out)
{
	buf_str(out, "}\n");
}

void
report_push_json(struct buf *out, const struct load_report *r)
{
	put_count(out, "total", &r->all);
	put_count(out, "acked", &r->acked);
	put_count(out, "left", &r->left);
	put_count(out, "ambiguous", &r->ambiguous);
	put_count(out, "held", &r->held);
	put_number(out, "acked_before", r->before);
	put_number(out, "revived", r->revived);
	put_number(out, "refused", r->refused);
	put_number(out, "already", r->already);
	put_number(out, "same_segments", r->same);
	put_number(out, "attempts", r->attempts);
	put_number(out, "resumed_ambiguous", r->resumed);
	put_number(out, "requests", r->requests);
	put_number(out, "retries", r->retries);
	put_number(out, "bytes_sent", r->bytes_sent);
	put_number(out, "ms", (uint64_t)r->ms);
	if (r->query[0] != '\0')
		put_text(out, "query", r->query);
}

void
report_plan_json(struct buf *out, const struct load_plan *p)
{
	put_count(out, "total", &p->all);
	put_count(out, "too_large", &p->too_large);
	put_number(out, "calls", p->all.batches);
	put_number(out, "largest_batch", p->largest);
	put_number(out, "max_batch", p->max_bytes);
	if (p->limited)
		put_number(out, "least_ms", p->least_ms);
}

void
report_refusal_json(struct buf *out, const struct load_refusal *r)
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

/* --- text ---------------------------------------------------------------- */

static void
line(FILE *to, const char *name, const struct load_count *c)
{
	char n[3][CLI_COUNT_MAX];

	(void)fprintf(to, "  %-10s %s records in %s batches, %s bytes\n", name,
	    cli_count(n[0], c->records), cli_count(n[1], c->batches),
	    cli_count(n[2], c->bytes));
}

static void
this_run(FILE *to, const struct load_report *r)
{
	char time[32];

	report_time(time, (uint64_t)r->ms);
	if (r->resumed > 0)
		(void)fprintf(to,
		    "  %-10s %llu batches had been sent without a recorded "
		    "answer\n",
		    "resumed", u(r->resumed));
	(void)fprintf(to, "  %-10s %s", "this run", time);
	if (r->requests > 0)
		(void)fprintf(to,
		    ", %llu requests (%llu again), %llu bytes compressed",
		    u(r->requests), u(r->retries), u(r->bytes_sent));
	(void)fprintf(to, "\n");
}

void
report_push_text(FILE *to, const struct load_report *r, bool run)
{
	char n[2][CLI_COUNT_MAX];

	line(to, "total", &r->all);
	line(to, "loaded", &r->acked);
	if (run && r->before > 0)
		(void)fprintf(to, "  %-10s %s of them in this run, %s before\n",
		    "", cli_count(n[0], r->acked.records - r->before),
		    cli_count(n[1], r->before));
	if (r->already > 0)
		(void)fprintf(to, "  %-10s %llu of these records were there\n",
		    "already", u(r->already));
	if (r->same > 0)
		(void)fprintf(to,
		    "  %-10s %llu records in segments given twice, taken "
		    "once\n",
		    "same", u(r->same));
	if (r->ambiguous.batches > 0)
		(void)fprintf(to,
		    "  %-10s %llu records in %llu batches may be there twice: "
		    "an answer was lost\n",
		    "ambiguous", u(r->ambiguous.records),
		    u(r->ambiguous.batches));
	if (r->held.batches > 0)
		(void)fprintf(to,
		    "  %-10s %llu records in %llu batches are not sent again, "
		    "as told\n",
		    "held", u(r->held.records), u(r->held.batches));
	if (r->query[0] != '\0')
		(void)fprintf(to,
		    "  %-10s the batches are in ambiguous.ndjson beside the "
		    "checkpoint; doubles.kql finds the doubles\n",
		    "");
	if (r->refused > 0)
		(void)fprintf(to,
		    "  %-10s %llu records, for good: see dead.ndjson or "
		    "evtxload "
		    "status\n",
		    "refused", u(r->refused));
	if (r->left.records > 0)
		line(to, "left", &r->left);
	if (run)
		this_run(to, r);
}

void
report_plan_text(FILE *to, const struct load_plan *p)
{
	char time[32];

	line(to, "total", &p->all);
	(void)fprintf(to,
	    "  %-10s %llu, of at most %llu bytes (the limit is %llu)\n",
	    "calls", u(p->all.batches), u(p->largest), u(p->max_bytes));
	if (p->too_large.records > 0)
		(void)fprintf(to,
		    "  %-10s %llu records are over the limit and would be "
		    "refused\n",
		    "too large", u(p->too_large.records));
	if (!p->limited)
		return;
	report_time(time, p->least_ms);
	(void)fprintf(to, "  %-10s %s, by the service's documented limits\n",
	    "at least", time);
	(void)fprintf(to,
	    "  %-10s the service gives records older than 2 days the time of "
	    "arrival as TimeGenerated;\n  %-10s their own stays in "
	    "TimeCreated_CF\n",
	    "note", "");
}
