/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "coverage/coverage_json.h"
#include "util/filetime.h"
#include "util/json.h"
#include "util/maxima.h"

/* Maximum length in bytes of a note as JSON, without its strings. */
#define NOTE_BYTES ((size_t)320)

/* Names of the JSON arrays of notes; the index is the kind of the notes. */
static const char *const in_log[2] = { "log_cleared", "clock_back" };
static const char *const in_source[2] = { "log_cleared", "clock_jumps" };

static void
add_time(cJSON *o, const char *name, uint64_t filetime)
{
	char text[FILETIME_MAX + 1];

	if (filetime == 0)
		return;
	*filetime_put((uint8_t *)text, filetime) = '\0';
	json_add_text(o, name, text);
}

/* --- logs ----------------------------------------------------------------- */

static int
compare_descending(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a;
	const uint64_t y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

/* Set *least to the size of the smallest gap that is listed. False if memory is
 * exhausted. */
static bool
find_least_gap(const struct ranges *ids, size_t listed, uint64_t *least)
{
	const size_t n = ids->n - 1;

	*least = 0;
	if (listed >= n)
		return true;
	uint64_t *const gaps = malloc(n * sizeof(*gaps));
	if (gaps == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		gaps[i] = ranges_gap_after(&ids->item[i]);
	qsort(gaps, n, sizeof(*gaps), compare_descending);
	*least = gaps[listed - 1];
	free(gaps);
	return true;
}

static void
push_pair(cJSON *list, uint64_t first, uint64_t last)
{
	cJSON *const pair = json_array();

	json_push_count(pair, first);
	json_push_count(pair, last);
	json_push(list, pair);
}

/* Add `missing_ids` (the largest gaps, in the order of ids), `ids` (the ranges
 * between them) and `more` (the number of gaps that are not listed). */
static void
add_ranges(cJSON *o, const struct coverage_log *l)
{
	const struct range *const r = l->ids.item;
	const size_t n = l->ids.n;
	uint64_t first = r[0].first;
	size_t left = l->listed;
	uint64_t least = 0;

	cJSON *const ids = json_add_array(o, "ids");
	cJSON *const gaps = left == 0 ? NULL : json_array();
	if (left != 0 && !find_least_gap(&l->ids, left, &least))
		json_push(ids, NULL);
	for (size_t i = 0; i + 1 < n && left > 0; i++) {
		if (ranges_gap_after(&r[i]) < least)
			continue;
		left--;
		push_pair(ids, first, r[i].last);
		push_pair(gaps, r[i].last + 1, r[i + 1].first - 1);
		first = r[i + 1].first;
	}
	push_pair(ids, first, r[n - 1].last);
	json_add_count(o, "more", ranges_gaps(&l->ids) - l->listed);
	if (l->listed != 0)
		json_add(o, "missing_ids", gaps);
}

static cJSON *
log_json(const struct coverage_log *l)
{
	cJSON *const o = json_object();
	const struct ranges *const ids = &l->ids;

	json_add_text(o, "channel", l->channel);
	json_add_text(o, "computer", l->computer);
	json_add_count(o, "records", l->records);
	if (l->without_id != 0)
		json_add_count(o, "without_id", l->without_id);
	if (ids->n != 0) {
		json_add_count(o, "first_record_id", ids->item[0].first);
		json_add_count(o, "last_record_id", ids->item[ids->n - 1].last);
		json_add_count(o, "gaps", ranges_gaps(ids));
		json_add_count(o, "missing", ranges_missing(ids));
		json_add_count(o, "repeated", ids->again);
		add_ranges(o, l);
	}
	json_add_count(o, "cleared", l->cleared);
	json_add_count(o, "clock_jumps", l->jumps);
	add_time(o, "first_time", l->first_time);
	add_time(o, "last_time", l->last_time);
	return o;
}

/* --- notes ---------------------------------------------------------------- */

static cJSON *
note_json(const struct coverage_note *n, bool of_log)
{
	cJSON *const o = json_object();

	if (n->event_id != 0)
		json_add_count(o, "event_id", n->event_id);
	if (!of_log) {
		json_add_text(o, "channel", n->channel);
		json_add_text(o, "computer", n->computer);
	}
	if (n->record_id != 0)
		json_add_count(o, "record_id", n->record_id);
	add_time(o, "time", n->time);
	add_time(o, "time_before", n->before);
	if (n->kind == COVERAGE_CLEARED) {
		json_add_text(o, "log", n->log);
		json_add_text(o, "by", n->by);
	}
	if (of_log) {
		json_add_text(o, "source", n->name);
		json_add_count(o, "source_number", n->source);
	}
	json_add_count(o, "offset", n->offset);
	return o;
}

/* The maximum length in bytes of a text as JSON. */
static size_t
json_bytes(const char *text)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++)
		n += *p < ' '                  ? 6
		     : *p == '"' || *p == '\\' ? 2
		     : *p < 0x80               ? 1
					       : 3;
	return n;
}

/* Add the notes of a log, as many as a line has room for; or all notes, if the
 * log is NULL. */
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
			const size_t bytes = NOTE_BYTES + json_bytes(n->name) +
					     json_bytes(n->log) +
					     json_bytes(n->by);
			if (l != NULL && bytes > room)
				return;
			room -= l != NULL ? bytes : 0;
			if (list == NULL)
				list = json_add_array(object, names[kind]);
			json_push(list, note_json(n, l != NULL));
		}
	}
}

/* --- objects -------------------------------------------------------------- */

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
	if (c->order == NULL) /* the run failed before coverage_end() */
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

/* A member of a JSON object, and the variable that it is read into. */
struct member {
	const char *name;
	uint64_t *to;
};

/* Read numbers; a missing one is 0. The list ends with a NULL name. */
static enum rc
read_numbers(const cJSON *o, const struct member *m, struct err *e)
{
	enum rc rc = RC_OK;

	for (; rc == RC_OK && m->name != NULL; m++) {
		*m->to = 0;
		if (json_get(o, m->name) != NULL)
			rc = json_need_u64(o, m->name, m->to, e);
	}
	return rc;
}

/* Read times; a missing one is 0. The list ends with a NULL name. */
static enum rc
read_times(const cJSON *o, const struct member *m, struct err *e)
{
	for (; m->name != NULL; m++) {
		const char *const text = json_text(o, m->name);
		*m->to = 0;
		if (text != NULL && !filetime_parse(span_str(text), m->to))
			return err_set(e, RC_FATAL, WHY_CORRUPT,
			    "\"%s\" is not a valid time", m->name);
	}
	return RC_OK;
}

/* Add the ids from `all.first` to `all.last` without those in `missing_ids`. */
static enum rc
read_missing(
    struct ranges *ids, const cJSON *o, struct range all, struct err *e)
{
	struct range present = all;
	struct range gap = { 0, 0 };
	enum rc rc = RC_OK;

	for (const cJSON *v = json_first(json_get(o, "missing_ids"));
	     rc == RC_OK && v != NULL; v = json_next(v)) {
		const cJSON *const ends[2] = { cJSON_GetArrayItem(v, 0),
			cJSON_GetArrayItem(v, 1) };
		uint64_t *const to[2] = { &gap.first, &gap.last };
		for (int i = 0; i < 2; i++) {
			const double d = cJSON_IsNumber(ends[i])
					     ? ends[i]->valuedouble
					     : 0.0;
			if (d < 1 || d > (double)COVERAGE_ID_MAX)
				return err_set(e, RC_FATAL, WHY_CORRUPT,
				    "\"missing_ids\" is not a list of id "
				    "pairs");
			*to[i] = (uint64_t)d;
		}
		if (gap.first <= present.first || gap.last < gap.first ||
		    gap.last >= all.last)
			return err_set(e, RC_FATAL, WHY_CORRUPT,
			    "\"missing_ids\" is not in order");
		present.last = gap.first - 1;
		rc = ranges_add(ids, &present, SIZE_MAX, e);
		present.first = gap.last + 1;
	}
	present.last = all.last;
	return rc == RC_OK ? ranges_add(ids, &present, SIZE_MAX, e) : rc;
}

static enum rc
read_ids(
    struct coverage *c, struct coverage_log *l, const cJSON *o, struct err *e)
{
	struct range all;
	uint64_t gaps;
	uint64_t missing;
	const struct member numbers[] = { { "first_record_id", &all.first },
		{ "last_record_id", &all.last }, { "gaps", &gaps },
		{ "missing", &missing }, { "repeated", &l->ids.again },
		{ NULL, NULL } };

	enum rc rc = read_numbers(o, numbers, e);
	if (rc != RC_OK || all.first == 0)
		return rc;
	if (all.last < all.first || all.last > COVERAGE_ID_MAX)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "\"last_record_id\" is too large or less than "
		    "\"first_record_id\"");
	const uint64_t again = l->ids.again;
	rc = read_missing(&l->ids, o, all, e);
	c->n_ranges += l->ids.n;
	l->ids.again = again;
	/* Only the number of the gaps that are not listed is known. */
	if (gaps > ranges_gaps(&l->ids))
		l->ids.joined = gaps - ranges_gaps(&l->ids);
	if (missing > ranges_missing(&l->ids))
		l->ids.joined_missing = missing - ranges_missing(&l->ids);
	return rc;
}

static enum rc
read_note(struct coverage *c, const struct coverage_log *log,
    enum coverage_kind kind, const cJSON *o, struct err *e)
{
	struct coverage_note n = { .kind = kind };
	const struct member numbers[] = { { "source_number", &n.source },
		{ "offset", &n.offset }, { "event_id", &n.event_id },
		{ "record_id", &n.record_id }, { NULL, NULL } };
	const struct member times[] = { { "time", &n.time },
		{ "time_before", &n.before }, { NULL, NULL } };
	const char *name = "";
	const char *cleared = "";
	const char *by = "";

	enum rc rc = json_need_text(o, "source", &name, e);
	if (rc == RC_OK)
		rc = read_numbers(o, numbers, e);
	if (rc == RC_OK)
		rc = read_times(o, times, e);
	if (rc == RC_OK && kind == COVERAGE_CLEARED)
		rc = json_need_text(o, "log", &cleared, e);
	if (rc == RC_OK && kind == COVERAGE_CLEARED)
		rc = json_need_text(o, "by", &by, e);
	if (rc != RC_OK)
		return rc;
	const struct coverage_note_texts texts = { span_str(name),
		span_str(cleared), span_str(by) };
	return coverage_add_note(c, log, &n, &texts, e);
}

enum rc
coverage_json_read(struct coverage *c, const cJSON *o, struct err *e)
{
	const char *channel = "";
	const char *computer = "";
	struct coverage_log *l;

	enum rc rc = json_need_text(o, "channel", &channel, e);
	if (rc == RC_OK)
		rc = json_need_text(o, "computer", &computer, e);
	if (rc == RC_OK)
		rc = coverage_find(
		    c, span_str(channel), span_str(computer), &l, e);
	if (rc != RC_OK)
		return rc;
	const struct member numbers[] = { { "records", &l->records },
		{ "without_id", &l->without_id }, { "cleared", &l->cleared },
		{ "clock_jumps", &l->jumps }, { NULL, NULL } };
	const struct member times[] = { { "first_time", &l->first_time },
		{ "last_time", &l->last_time }, { NULL, NULL } };
	rc = read_numbers(o, numbers, e);
	if (rc == RC_OK)
		rc = read_times(o, times, e);
	if (rc == RC_OK)
		rc = read_ids(c, l, o, e);
	for (int kind = COVERAGE_CLEARED; kind <= COVERAGE_JUMP; kind++) {
		const cJSON *v = json_first(json_get(o, in_log[kind]));
		for (; rc == RC_OK && v != NULL; v = json_next(v))
			rc = read_note(c, l, (enum coverage_kind)kind, v, e);
	}
	return rc;
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
