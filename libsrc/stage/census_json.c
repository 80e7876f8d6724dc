/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A census in the manifest, and in checkpoints.
 */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "stage/census_inner.h"
#include "util/json.h"
#include "util/num.h"

static void
add_time(cJSON *o, const char *name, uint64_t filetime)
{
	char text[NUM_TIME_MAX + 1];

	if (filetime == 0)
		return;
	*num_filetime((uint8_t *)text, filetime) = '\0';
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
gap_json(const struct range *r)
{
	cJSON *const pair = json_array();

	json_push_count(pair, r[0].last + 1);
	json_push_count(pair, r[1].first - 1);
	return pair;
}

/* The largest ones, in order. */
static void
add_gaps(cJSON *o, const struct census_log *l)
{
	const struct range *const r = l->ids.item;
	size_t left = l->listed;
	uint64_t least;

	if (left == 0)
		return;
	cJSON *const list = json_add_array(o, "missing_ids");
	if (!least_listed(&l->ids, left, &least))
		json_push(list, NULL);
	for (size_t i = 0; i + 1 < l->ids.n && left > 0; i++) {
		if (gap_behind(&r[i]) < least)
			continue;
		left--;
		json_push(list, gap_json(&r[i]));
	}
}

static void
add_ids(cJSON *o, const struct census_log *l)
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
	add_gaps(o, l);
}

static cJSON *
log_json(const struct census_log *l)
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

static void
add_logs(const struct census *c, size_t source, cJSON *object)
{
	if (c->order == NULL) /* a run that failed, which has none yet */
		return;
	cJSON *const list = json_add_array(object, "logs");

	for (size_t i = census_first_log(c, source);
	     c->order != NULL && i < c->n_logs; i++) {
		const struct census_log *const l = &c->logs[c->order[i]];
		if (l->source != source)
			return;
		json_push(list, log_json(l));
	}
}

/* --- notes ---------------------------------------------------------------- */

static cJSON *
note_json(const struct census_note *n)
{
	cJSON *const o = json_object();

	if (n->event_id != 0)
		json_add_count(o, "event_id", n->event_id);
	add_names(o, n->channel, n->computer);
	if (n->record_id != 0)
		json_add_count(o, "record_id", n->record_id);
	add_time(o, "time", n->time);
	add_time(o, "time_before", n->before);
	if (n->kind == CENSUS_CLEARED) {
		json_add_text(o, "log", n->log);
		json_add_text(o, "by", n->by);
	}
	json_add_count(o, "offset", n->offset);
	return o;
}

static void
add_notes(
    const struct census *c, size_t source, enum census_kind kind, cJSON *object)
{
	static const char *const names[] = { "log_cleared", "clock_jumps" };
	cJSON *list = NULL;

	for (size_t i = census_first_note(c, source);
	     c->order != NULL && i < c->n_notes && c->notes[i].source == source;
	     i++) {
		if (c->notes[i].kind != kind)
			continue;
		if (list == NULL)
			list = json_add_array(object, names[kind]);
		json_push(list, note_json(&c->notes[i]));
	}
}

void
census_json_source(const struct census *c, size_t source, cJSON *object)
{
	add_logs(c, source, object);
	add_notes(c, source, CENSUS_CLEARED, object);
	add_notes(c, source, CENSUS_JUMP, object);
}

void
census_json_run(const struct census *c, cJSON *object)
{
	add_logs(c, CENSUS_RUN, object);
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
	return text == NULL || num_parse_time(span_str(text), filetime)
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
		if (d < 1 || d > (double)CENSUS_ID_MAX)
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
read_ids(struct census *c, struct census_log *l, const cJSON *o, struct err *e)
{
	struct range all = { 0, 0 };
	uint64_t gaps = 0;
	uint64_t missing = 0;

	enum rc rc = number(o, "first_record_id", &all.first, e);
	if (rc == RC_OK)
		rc = number(o, "last_record_id", &all.last, e);
	if (rc != RC_OK || all.first == 0)
		return rc;
	if (all.last < all.first || all.last > CENSUS_ID_MAX)
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

static enum rc
read_log(struct census *c, const cJSON *o, struct err *e)
{
	const char *channel;
	const char *computer;
	size_t log;

	enum rc rc = json_need_text(o, "channel", &channel, e);
	if (rc == RC_OK)
		rc = json_need_text(o, "computer", &computer, e);
	if (rc != RC_OK)
		return rc;
	const struct census_place at = { CENSUS_RUN, span_str(channel),
		span_str(computer), 0 };
	rc = census_find(c, &at, &log, e);
	if (rc != RC_OK)
		return rc;
	struct census_log *const l = &c->logs[log];
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
	return rc == RC_OK ? read_ids(c, l, o, e) : rc;
}

enum rc
census_read(struct census *c, const cJSON *manifest, struct err *e)
{
	const cJSON *const list = json_get(manifest, "logs");
	enum rc rc = RC_OK;

	for (const cJSON *v = json_first(list); rc == RC_OK && v != NULL;
	     v = json_next(v))
		rc = read_log(c, v, e);
	return rc;
}
