/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/damage_summary.h"
#include "util/json.h"
#include "util/maxima.h"

/* Sums of the damage lines that have the same kind, reason and `salvaged`. */
struct sum {
	char kind[24];
	struct buf reason; /* reason as JSON, with its quotes */
	char salvaged[80];
	/* Number of damage lines with this reason, written or not. */
	uint64_t lines;
	/* Offset of the first and of the last line that was not written, and
	 * the sum of the lengths of all lines that were not written. */
	uint64_t first;
	uint64_t last;
	uint64_t length;
};

struct damage_summary {
	/* Number of damage lines, over all sources that have ended, that were
	 * summed instead of written. */
	uint64_t summed;
	bool some; /* there is a current source, to which lines are added */
	uint64_t number; /* number of the current source */
	struct buf name; /* name of the current source, ended by a NUL */
	size_t n;
	/* One sum for each reason; the last one is for all further reasons. */
	struct sum sums[DAMAGE_SUMMARY_REASONS + 1];
};

enum rc
damage_summary_create(struct damage_summary **dp, struct err *e)
{
	struct damage_summary *const d = calloc(1, sizeof(*d));

	*dp = d;
	if (d == NULL)
		return err_nomem(e);
	buf_init(&d->name, MAXIMUM_LINE);
	for (size_t i = 0; i <= DAMAGE_SUMMARY_REASONS; i++)
		buf_init(&d->sums[i].reason, MAXIMUM_LINE);
	return RC_OK;
}

void
damage_summary_destroy(struct damage_summary *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i <= DAMAGE_SUMMARY_REASONS; i++)
		buf_reset(&d->sums[i].reason);
	buf_reset(&d->name);
	free(d);
}

/* --- adding --------------------------------------------------------------- */

static void
begin(struct sum *s, const char *kind, struct span reason, const char *salvaged)
{
	(void)snprintf(s->kind, sizeof(s->kind), "%s", kind);
	(void)snprintf(s->salvaged, sizeof(s->salvaged), "%s", salvaged);
	buf_cut(&s->reason, 0);
	buf_put(&s->reason, reason);
	s->lines = 0;
	s->length = 0;
}

/* Find or begin the sum to which a line belongs. */
static struct sum *
find_sum(
    struct damage_summary *d, const struct damage_head *h, struct span reason)
{
	static const char others[] = "\"" DAMAGE_SUMMARY_OTHERS "\"";

	for (size_t i = 0; i < d->n && i < DAMAGE_SUMMARY_REASONS; i++) {
		struct sum *const s = &d->sums[i];
		if (span_eq(buf_span(&s->reason), reason) &&
		    strcmp(s->kind, h->kind) == 0 &&
		    strcmp(s->salvaged, h->salvaged) == 0)
			return s;
	}
	if (d->n < DAMAGE_SUMMARY_REASONS) {
		begin(&d->sums[d->n], h->kind, reason, h->salvaged);
		return &d->sums[d->n++];
	}
	struct sum *const last = &d->sums[DAMAGE_SUMMARY_REASONS];
	if (d->n == DAMAGE_SUMMARY_REASONS) {
		begin(last, "several", span_str(others), "see the accounting");
		d->n++;
	}
	return last;
}

enum rc
damage_summary_add(
    struct damage_summary *d, struct span lines, struct buf *out, struct err *e)
{
	struct damage_head h;

	while (lines.n != 0) {
		memcpy(&h, lines.p, sizeof(h));
		const struct span line = span_of(lines.p + sizeof(h), h.line);
		struct sum *const s =
		    find_sum(d, &h, span_of(line.p + h.reason_at, h.reason_n));
		if (s->reason.full)
			return buf_fail(&s->reason, "a reason of damage", e);
		lines = span_of(line.p + line.n, lines.n - sizeof(h) - line.n);
		s->lines++;
		if (s->lines <= DAMAGE_SUMMARY_LINES) {
			buf_put(out, line);
			continue;
		}
		if (s->lines == DAMAGE_SUMMARY_LINES + 1)
			s->first = h.offset;
		s->last = h.offset;
		s->length += h.length;
	}
	return out->full ? buf_fail(out, "a line of damage.ndjson", e) : RC_OK;
}

/* --- the end of a source -------------------------------------------------- */

static void
put_sum(const struct damage_summary *d, const struct sum *s, struct buf *out)
{
	buf_str(out, "{\"source\":");
	json_put(out, span_str((const char *)d->name.p));
	buf_fmt(out, ",\"kind\":\"%s\",\"chunk\":%llu,\"offset\":%llu", s->kind,
	    (unsigned long long)damage_chunk(s->first),
	    (unsigned long long)s->first);
	buf_fmt(
	    out, ",\"length\":%llu,\"reason\":", (unsigned long long)s->length);
	buf_put(out, buf_span(&s->reason));
	buf_str(out, ",\"salvaged\":");
	json_put(out, span_str(s->salvaged));
	buf_fmt(out,
	    ",\"count\":%llu,\"last_chunk\":%llu,\"last_offset\":%llu}\n",
	    (unsigned long long)(s->lines - DAMAGE_SUMMARY_LINES),
	    (unsigned long long)damage_chunk(s->last),
	    (unsigned long long)s->last);
}

enum rc
damage_summary_end(struct damage_summary *d, struct buf *out, struct err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		if (d->sums[i].lines <= DAMAGE_SUMMARY_LINES)
			continue;
		put_sum(d, &d->sums[i], out);
		d->summed += d->sums[i].lines - DAMAGE_SUMMARY_LINES;
	}
	d->n = 0;
	d->some = false;
	return out->full ? buf_fail(out, "a line of damage.ndjson", e) : RC_OK;
}

enum rc
damage_summary_source(struct damage_summary *d, uint64_t number,
    const char *name, struct buf *out, struct err *e)
{
	if (d->some && d->number == number)
		return RC_OK;
	const enum rc rc = damage_summary_end(d, out, e);
	d->some = true;
	d->number = number;
	buf_cut(&d->name, 0);
	buf_put(&d->name, span_of(name, strlen(name) + 1));
	return rc == RC_OK && d->name.full ? buf_fail(&d->name, "a name", e)
					   : rc;
}

uint64_t
damage_summary_count(const struct damage_summary *d)
{
	return d->summed;
}

/* --- checkpoints ---------------------------------------------------------- */

static const struct state_field fields[] = {
	STATE_FIELD("damage_summed", STATE_U64, damage_summary, summed),
	STATE_FIELD("damage", STATE_BOOL, damage_summary, some),
	STATE_FIELD("damage_of", STATE_U64, damage_summary, number),
	STATE_FIELD("damage_name", STATE_BUF, damage_summary, name),
	STATE_FIELDS_END,
};

static const struct state_field sum_fields[] = {
	STATE_FIELD("kind", STATE_CHARS, sum, kind),
	STATE_FIELD("reason", STATE_BUF, sum, reason),
	STATE_FIELD("salvaged", STATE_CHARS, sum, salvaged),
	STATE_FIELD("lines", STATE_U64, sum, lines),
	STATE_FIELD("first", STATE_U64, sum, first),
	STATE_FIELD("last", STATE_U64, sum, last),
	STATE_FIELD("length", STATE_U64, sum, length),
	STATE_FIELDS_END,
};

void
damage_summary_write_state(
    const struct damage_summary *d, struct state_writer *w)
{
	state_codec_write(w, fields, d);
	state_codec_write_u64(w, "damage_reasons", d->n);
	for (size_t i = 0; i < d->n; i++)
		state_codec_write(w, sum_fields, &d->sums[i]);
}

void
damage_summary_read_state(struct damage_summary *d, struct state_reader *r)
{
	state_codec_read(r, fields, d);
	d->n = state_codec_read_count(
	    r, "damage_reasons", DAMAGE_SUMMARY_REASONS + 1);
	for (size_t i = 0; i < d->n && !state_codec_failed(r); i++)
		state_codec_read(r, sum_fields, &d->sums[i]);
}
