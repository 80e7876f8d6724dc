/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A coverage as JSON: lines of logs.ndjson, and what `info` says of a source.
 */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "coverage/coverage_inner.h"
#include "util/filetime.h"
#include "util/json.h"
#include "util/maxima.h"

/* What a note has beside its texts: names of members, times, numbers. */
#define NOTE_BYTES ((size_t)320)

static void
add_time(cJSON *o, const char *name, uint64_t filetime)
{
	char text[FILETIME_MAX + 1];

	if (filetime == 0)
		return;
	*filetime_put((uint8_t *)text, filetime) = '\0';
	json_add_text(o, name, text);
}

static void
add_names(cJSON *o, const char *channel, const char *computer)
{
	json_add_text(o, "channel", channel);
	json_add_text(o, "computer", computer);
}

/* --- gaps ----------------------------------------------------------------- */

static int
larger_first(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

static uint64_t
gap_behind(const struct range *r)
{
	return r[1].first - r[0].last - 1;
}

/* Gaps of this size and above are listed. False without memory. */
static bool
least_listed(const struct ranges *ids, size_t listed, uint64_t *least)
{
	const size_t n = ids->n - 1;

	*least = 0;
	if (listed >= n)
		return true;
	uint64_t *const gaps = malloc(n * sizeof(*gaps));
	if (gaps == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		gaps[i] = gap_behind(&ids->item[i]);
	qsort(gaps, n, sizeof(*gaps), larger_first);
	*least = gaps[listed - 1];
	free(gaps);
	return true;
}

static cJSON *
pair_json(uint64_t first, uint64_t last)
{
	cJSON *const pair = json_array();

	json_push_count(pair, first);
	json_push_count(pair, last);
	return pair;
}

/* The largest gaps, in order, and the ranges between them: in these lie `more`
 * gaps that are not listed. */
static void
add_ranges(cJSON *o, const struct coverage_log *l)
{
	const struct range *const r = l->ids.item;
	const size_t n = l->ids.n;
	uint64_t first = r[0].first;
	size_t left = l->listed;
	uint64_t least = 0;

	cJSON *const there = json_add_array(o, "ids");
	cJSON *const gaps = left == 0 ? NULL : json_array();
	if (left != 0 && !least_listed(&l->ids, left, &least))
		json_push(there, NULL);
	for (size_t i = 0; i + 1 < n && left > 0; i++) {
		if (gap_behind(&r[i]) < least)
			continue;
		left--;
		json_push(there, pair_json(first, r[i].last));
		json_push(gaps, pair_json(r[i].last + 1, r[i + 1].first - 1));
		first = r[i + 1].first;
	}
	json_push(there, pair_json(first, r[n - 1].last));
	json_add_count(o, "more", ranges_gaps(&l->ids) - l->listed);
	if (l->listed != 0)
		json_add(o, "missing_ids", gaps);
}

static void
add_ids(cJSON *o, const struct coverage_log *l)
{
	const struct ranges *const ids = &l->ids;

	if (l->without_id != 0)
		json_add_count(o, "without_id", l->without_id);
	if (ids->n == 0)
		return;
	json_add_count(o, "first_record_id", ids->item[0].first);
	json_add_count(o, "last_record_id", ids->item[ids->n - 1].last);
	json_add_count(o, "gaps", ranges_gaps(ids));
	json_add_count(o, "missing", ranges_missing(ids));
	json_add_count(o, "repeated", ids->again);
	add_ranges(o, l);
}

static cJSON *
log_json(const struct coverage_log *l)
{
	cJSON *const o = json_object();

	add_names(o, l->channel, l->computer);
	json_add_count(o, "records", l->records);
	add_ids(o, l);
	json_add_count(o, "cleared", l->cleared);
	json_add_count(o, "clock_jumps", l->jumps);
	add_time(o, "first_time", l->first_time);
	add_time(o, "last_time", l->last_time);
	return o;
}

/* --- notes ---------------------------------------------------------------- */

static cJSON *
note_json(const struct coverage_note *n, bool in_log)
{
	cJSON *const o = json_object();

	if (n->event_id != 0)
		json_add_count(o, "event_id", n->event_id);
	if (!in_log)
		add_names(o, n->channel, n->computer);
	if (n->record_id != 0)
		json_add_count(o, "record_id", n->record_id);
	add_time(o, "time", n->time);
	add_time(o, "time_before", n->before);
	if (n->kind == COVERAGE_CLEARED) {
		json_add_text(o, "log", n->log);
		json_add_text(o, "by", n->by);
	}
	if (in_log) {
		json_add_text(o, "source", n->name);
		json_add_count(o, "source_number", n->source);
	}
	json_add_count(o, "offset", n->offset);
	return o;
}

/* At most so many bytes of JSON. */
static size_t
written_max(const char *text)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++)
		n += *p < ' '                  ? 6
		     : *p == '"' || *p == '\\' ? 2
		     : *p < 0x80               ? 1
					       : 3;
	return n;
}

/* Take the room of a note from that of its line. False: it has none. */
static bool
has_room(const struct coverage_note *n, size_t *room)
{
	const size_t bytes = NOTE_BYTES + written_max(n->name) +
			     written_max(n->log) + written_max(n->by);

	if (bytes > *room)
		return false;
	*room -= bytes;
	return true;
}

/* The notes of a log, or all of them, by their kinds: of a log, which becomes a
 * line, as many as have room. */
static void
add_notes(const struct coverage *c, const struct coverage_log *l,
    const char *const names[2], cJSON *object)
{
	size_t room = MAXIMUM_LOG_NOTES;

	for (int kind = COVERAGE_CLEARED; kind <= COVERAGE_JUMP; kind++) {
		cJSON *list = NULL;
		for (size_t i = 0; i < c->n_notes; i++) {
			const struct coverage_note *const n = &c->notes[i];
			if ((int)n->kind != kind ||
			    (l != NULL && (n->channel != l->channel ||
					      n->computer != l->computer)))
				continue;
			if (l != NULL && !has_room(n, &room))
				return;
			if (list == NULL)
				list = json_add_array(object, names[kind]);
			json_push(list, note_json(n, l != NULL));
		}
	}
}

/* --- objects -------------------------------------------------------------- */

static const char *const in_log[2] = { "log_cleared", "clock_back" };
static const char *const in_source[2] = { "log_cleared", "clock_jumps" };

cJSON *
coverage_json(const struct coverage *c, size_t i)
{
	if (c->order == NULL || i >= c->n_logs)
		return NULL;
	const struct coverage_log *const l = &c->logs[c->order[i]];
	cJSON *const o = log_json(l);
	if (l->cleared + l->jumps != 0)
		add_notes(c, l, in_log, o);
	return o;
}

void
coverage_json_run(const struct coverage *c, cJSON *object)
{
	if (c->order == NULL) /* a run that failed, which has none yet */
		return;
	cJSON *const list = json_add_array(object, "logs");
	for (size_t i = 0; i < c->n_logs; i++)
		json_push(list, coverage_json(c, i));
}

void
coverage_json_source(const struct coverage *c, cJSON *object)
{
	cJSON *const list = json_add_array(object, "logs");

	for (size_t i = 0; c->order != NULL && i < c->n_logs; i++)
		json_push(list, log_json(&c->logs[c->order[i]]));
	add_notes(c, NULL, in_source, object);
}

/* --- reading -------------------------------------------------------------- */

static enum rc
number(const cJSON *o, const char *name, uint64_t *n, struct err *e)
{
	*n = 0;
	return json_get(o, name) == NULL ? RC_OK : json_need_u64(o, name, n, e);
}

static enum rc
time_of(const cJSON *o, const char *name, uint64_t *filetime, struct err *e)
{
	const char *const text = json_text(o, name);

	*filetime = 0;
	return text == NULL || filetime_parse(span_str(text), filetime)
		   ? RC_OK
		   : err_set(
			 e, RC_FATAL, WHY_CORRUPT, "\"%s\" is no time", name);
}

static enum rc
pair_of(const cJSON *item, struct range *r, struct err *e)
{
	const cJSON *const ends[2] = { cJSON_GetArrayItem(item, 0),
		cJSON_GetArrayItem(item, 1) };
	uint64_t n[2];

	for (int i = 0; i < 2; i++) {
		const double d =
		    cJSON_IsNumber(ends[i]) ? ends[i]->valuedouble : 0.0;
		if (d < 1 || d > (double)COVERAGE_ID_MAX)
			return err_set(e, RC_FATAL, WHY_CORRUPT,
			    "\"missing_ids\" is not a list of first and last");
		n[i] = (uint64_t)d;
	}
	*r = (struct range){ n[0], n[1] };
	return RC_OK;
}

/* The ids that are there, between those that are missing. */
static enum rc
read_missing(
    struct ranges *ids, const cJSON *o, struct range all, struct err *e)
{
	struct range there = { all.first, all.last };
	struct range gap = { 0, 0 };
	enum rc rc = RC_OK;

	for (const cJSON *v = json_first(json_get(o, "missing_ids"));
	     rc == RC_OK && v != NULL; v = json_next(v)) {
		rc = pair_of(v, &gap, e);
		if (rc != RC_OK)
			return rc;
		if (gap.first <= there.first || gap.last < gap.first ||
		    gap.last >= all.last)
			return err_set(e, RC_FATAL, WHY_CORRUPT,
			    "\"missing_ids\" is not in order");
		there.last = gap.first - 1;
		rc = ranges_add(ids, &there, SIZE_MAX, e);
		there.first = gap.last + 1;
	}
	there.last = all.last;
	return rc == RC_OK ? ranges_add(ids, &there, SIZE_MAX, e) : rc;
}

/* What was not listed is known by its number only. */
static void
add_unlisted(struct ranges *ids, uint64_t gaps, uint64_t missing)
{
	if (gaps > ranges_gaps(ids))
		ids->joined = gaps - ranges_gaps(ids);
	if (missing > ranges_missing(ids))
		ids->joined_missing = missing - ranges_missing(ids);
}

static enum rc
read_ids(
    struct coverage *c, struct coverage_log *l, const cJSON *o, struct err *e)
{
	struct range all = { 0, 0 };
	uint64_t gaps = 0;
	uint64_t missing = 0;

	enum rc rc = number(o, "first_record_id", &all.first, e);
	if (rc == RC_OK)
		rc = number(o, "last_record_id", &all.last, e);
	if (rc != RC_OK || all.first == 0)
		return rc;
	if (all.last < all.first || all.last > COVERAGE_ID_MAX)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "\"last_record_id\" is no id behind the first");
	rc = read_missing(&l->ids, o, all, e);
	c->n_ranges += l->ids.n;
	if (rc == RC_OK)
		rc = number(o, "gaps", &gaps, e);
	if (rc == RC_OK)
		rc = number(o, "missing", &missing, e);
	if (rc != RC_OK)
		return rc;
	add_unlisted(&l->ids, gaps, missing);
	return number(o, "repeated", &l->ids.again, e);
}

/* Another note than those that are written is left out. */
static enum rc
read_note(struct coverage *c, size_t log, enum coverage_kind kind,
    const cJSON *o, struct err *e)
{
	struct coverage_note n = { .kind = kind, .log = "", .by = "" };

	enum rc rc = json_need_text(o, "source", &n.name, e);
	if (rc == RC_OK)
		rc = number(o, "source_number", &n.source, e);
	if (rc == RC_OK)
		rc = number(o, "offset", &n.offset, e);
	if (rc == RC_OK)
		rc = number(o, "event_id", &n.event_id, e);
	if (rc == RC_OK)
		rc = number(o, "record_id", &n.record_id, e);
	if (rc == RC_OK)
		rc = time_of(o, "time", &n.time, e);
	if (rc == RC_OK)
		rc = time_of(o, "time_before", &n.before, e);
	if (rc == RC_OK && kind == COVERAGE_CLEARED)
		rc = json_need_text(o, "log", &n.log, e);
	if (rc == RC_OK && kind == COVERAGE_CLEARED)
		rc = json_need_text(o, "by", &n.by, e);
	return rc == RC_OK ? coverage_note_add(c, log, &n, e) : rc;
}

static enum rc
read_notes(struct coverage *c, size_t log, const cJSON *o, struct err *e)
{
	enum rc rc = RC_OK;

	for (int kind = COVERAGE_CLEARED; kind <= COVERAGE_JUMP; kind++) {
		const cJSON *v = json_first(json_get(o, in_log[kind]));
		for (; rc == RC_OK && v != NULL; v = json_next(v))
			rc = read_note(c, log, (enum coverage_kind)kind, v, e);
	}
	return rc;
}

enum rc
coverage_json_read(struct coverage *c, const cJSON *o, struct err *e)
{
	const char *channel;
	const char *computer;
	size_t log;

	enum rc rc = json_need_text(o, "channel", &channel, e);
	if (rc == RC_OK)
		rc = json_need_text(o, "computer", &computer, e);
	if (rc != RC_OK)
		return rc;
	const struct coverage_place at = { .channel = span_str(channel),
		.computer = span_str(computer) };
	rc = coverage_find(c, &at, &log, e);
	if (rc != RC_OK)
		return rc;
	struct coverage_log *const l = &c->logs[log];
	rc = number(o, "records", &l->records, e);
	if (rc == RC_OK)
		rc = number(o, "without_id", &l->without_id, e);
	if (rc == RC_OK)
		rc = number(o, "cleared", &l->cleared, e);
	if (rc == RC_OK)
		rc = number(o, "clock_jumps", &l->jumps, e);
	if (rc == RC_OK)
		rc = time_of(o, "first_time", &l->first_time, e);
	if (rc == RC_OK)
		rc = time_of(o, "last_time", &l->last_time, e);
	if (rc == RC_OK)
		rc = read_ids(c, l, o, e);
	return rc == RC_OK ? read_notes(c, log, o, e) : rc;
}

enum rc
coverage_json_read_line(
    void *coverage, const struct scan_line *line, struct err *e)
{
	cJSON *o = NULL;

	enum rc rc = json_parse(line->text, "logs.ndjson", &o, e);
	if (rc == RC_OK)
		rc = coverage_json_read(coverage, o, e);
	json_free(o);
	return rc;
}
