/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "stage/census_inner.h"
#include "util/mix.h"

/* Nothing here grows without end, whatever the records say. A source may
 * always have a log of its own; what is beyond the others is one log that is
 * called "*" and of which no ids are known. */
#define LOGS_MAX ((size_t)1 << 16)
#define RANGES_MAX ((size_t)4096) /* of a log, as long as all together have */
#define RANGES_ALL ((size_t)1 << 20) /* fewer than these; then */
#define RANGES_FEW ((size_t)16)
#define TEXTS_MAX (3 * CENSUS_NOTES_MAX * CENSUS_NAME_MAX)
#define LISTED_RUN ((size_t)1000)   /* gaps of a log of the run, */
#define LISTED_SOURCE ((size_t)100) /* of a source, */
#define LISTED_ALL ((size_t)100000) /* and of all */

/* A computer may get another name, but not so often. */
#define TURNS_MIN 3U

enum rc
census_create(struct census **cp, struct err *e)
{
	*cp = calloc(1, sizeof(**cp));
	if (*cp == NULL)
		return err_nomem(e);
	arena_init(&(*cp)->texts, TEXTS_MAX);
	return RC_OK;
}

static void
free_names(struct census_log *l)
{
	free(l->channel);
	free(l->computer);
}

void
census_destroy(struct census *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_logs; i++) {
		ranges_free(&c->logs[i].ids);
		if (c->logs[i].source == CENSUS_RUN)
			free_names(&c->logs[i]);
	}
	arena_free(&c->texts);
	free(c->logs);
	free(c->slots);
	free(c->notes);
	free(c->order);
	free(c);
}

void
census_copy_add(struct census_copy *to, const struct census_copy *from)
{
	to->records += from->records;
	to->ids_differ += from->ids_differ;
	to->pairs += from->pairs;
	to->times_shift += from->times_shift;
	to->turns += from->turns;
}

const char *
census_copy_name(const struct census_copy *c)
{
	if (c->records == 0)
		return NULL;
	if (c->times_shift * 2 > c->pairs)
		return "exported";
	if (c->ids_differ * 2 <= c->records)
		return "raw";
	return c->times_shift == 0 && c->turns >= TURNS_MIN
		   ? "exported or forwarded"
		   : "exported";
}

/* --- logs ----------------------------------------------------------------- */

static bool
is_log(const struct census_log *l, const struct census_place *at)
{
	return l->source == at->source &&
	       span_eq(span_str(l->channel), at->channel) &&
	       span_eq(span_str(l->computer), at->computer);
}

static size_t *
find_slot(const struct census *c, const struct census_place *at)
{
	const uint64_t sum =
	    mix_bytes(mix_bytes(at->source, at->channel), at->computer);
	size_t i = (size_t)sum & (c->n_slots - 1);

	while (c->slots[i] != 0 && !is_log(&c->logs[c->slots[i] - 1], at))
		i = (i + 1) & (c->n_slots - 1);
	return &c->slots[i];
}

static struct census_place
place_of(const struct census_log *l)
{
	return (struct census_place){ l->source, span_str(l->channel),
		span_str(l->computer), 0 };
}

/* Room for one log more, and a table that is less than half full. */
static enum rc
grow(struct census *c, struct err *e)
{
	if (c->n_logs < c->cap_logs)
		return RC_OK;
	const size_t cap = c->cap_logs == 0 ? 64 : c->cap_logs * 2;
	size_t *const slots = calloc(cap * 2, sizeof(*slots));
	if (slots == NULL)
		return err_nomem(e);
	free(c->slots);
	c->slots = slots;
	c->n_slots = cap * 2;
	assert(c->n_logs == 0 || c->logs != NULL);
	for (size_t i = 0; i < c->n_logs; i++) {
		const struct census_place at = place_of(&c->logs[i]);
		*find_slot(c, &at) = i + 1;
	}
	struct census_log *const more =
	    realloc(c->logs, cap * sizeof(*c->logs));
	if (more == NULL)
		return err_nomem(e);
	c->logs = more;
	c->cap_logs = cap;
	return RC_OK;
}

static char *
copy_of(struct span s)
{
	return strndup(s.n == 0 ? "" : (const char *)s.p, s.n);
}

static enum rc
make_log(struct census *c, const struct census_place *at,
    const struct census_log *run, struct err *e)
{
	struct census_log l = { .source = at->source };

	l.channel = run != NULL ? run->channel : copy_of(at->channel);
	l.computer = run != NULL ? run->computer : copy_of(at->computer);
	if (l.channel == NULL || l.computer == NULL) {
		if (run == NULL)
			free_names(&l);
		return err_nomem(e);
	}
	assert(c->n_logs < c->cap_logs && c->logs != NULL);
	c->logs[c->n_logs++] = l;
	*find_slot(c, at) = c->n_logs;
	return RC_OK;
}

static enum rc
find_log(struct census *c, const struct census_place *at,
    const struct census_log *run, size_t *log, struct err *e)
{
	if (c->n_slots != 0 && *find_slot(c, at) != 0) {
		*log = *find_slot(c, at) - 1;
		return RC_OK;
	}
	const size_t of_run =
	    run == NULL ? 0 : (size_t)(run - c->logs); /* they may move */
	enum rc rc = grow(c, e);
	if (rc == RC_OK)
		rc = make_log(c, at, run == NULL ? NULL : &c->logs[of_run], e);
	*log = c->n_logs - 1;
	return rc;
}

enum rc
census_find(
    struct census *c, const struct census_place *at, size_t *log, struct err *e)
{
	struct census_place run = *at;

	run.source = CENSUS_RUN;
	enum rc rc = find_log(c, &run, NULL, log, e);
	if (rc == RC_OK && at->source != CENSUS_RUN)
		rc = find_log(c, at, &c->logs[*log], log, e);
	return rc;
}

/* Sources that are new bring one log in any case: their number is at most that
 * of the logs there are. A log is two with that of the run, and so may be the
 * one called "*" that another source has as well. */
static struct census_place
within_limits(const struct census *c, const struct census_place *at)
{
	struct census_place p = *at;

	if (c->n_logs < LOGS_MAX + 4 * (at->source + 1) ||
	    *find_slot(c, at) != 0)
		return p;
	p.channel = SPAN("*");
	p.computer = SPAN("*");
	return p;
}

/* What a source says of a log counts there and in the log of the run. */
static enum rc
find_both(struct census *c, const struct census_place *at, size_t *log,
    size_t *of_run, struct err *e)
{
	const struct census_place p = within_limits(c, at);
	const struct census_place run = { CENSUS_RUN, p.channel, p.computer,
		0 };

	const enum rc rc = census_find(c, &run, of_run, e);
	return rc == RC_OK ? census_find(c, &p, log, e) : rc;
}

/* --- notes ---------------------------------------------------------------- */

static enum rc
grow_notes(struct census *c, struct err *e)
{
	if (c->n_notes < c->cap_notes)
		return RC_OK;
	const size_t cap = c->cap_notes == 0 ? 16 : c->cap_notes * 2;
	struct census_note *const more = realloc(c->notes, cap * sizeof(*more));
	if (more == NULL)
		return err_nomem(e);
	c->notes = more;
	c->cap_notes = cap;
	return RC_OK;
}

const char *
census_text(struct census *c, struct span text)
{
	char *const to = arena_alloc(&c->texts, text.n + 1);

	if (to == NULL)
		return NULL;
	if (text.n != 0)
		memcpy(to, text.p, text.n);
	to[text.n] = '\0';
	return to;
}

enum rc
census_note_add(struct census *c, const struct census_note *note, struct err *e)
{
	const bool full = c->n_notes == CENSUS_NOTES_MAX;
	const enum rc rc = full ? RC_OK : grow_notes(c, e);

	if (rc == RC_OK && !full)
		c->notes[c->n_notes++] = *note;
	return rc;
}

static struct census_note
note_of(const struct census_log *l, const struct census_place *at)
{
	return (struct census_note){
		.source = at->source,
		.channel = l->channel,
		.computer = l->computer,
		.offset = at->offset,
	};
}

static enum rc
note_jump(struct census *c, const struct census_log *l,
    const struct census_place *at, const struct census_run *run, struct err *e)
{
	struct census_note n = note_of(l, at);

	n.kind = CENSUS_JUMP;
	n.record_id = run->first_id;
	n.time = run->first;
	n.before = l->before_time;
	return census_note_add(c, &n, e);
}

enum rc
census_clear(struct census *c, const struct census_place *at,
    const struct census_cleared *what, struct err *e)
{
	size_t log = 0;
	size_t all = 0;

	const enum rc rc = find_both(c, at, &log, &all, e);
	if (rc != RC_OK)
		return rc;
	c->logs[all].cleared++;
	c->logs[log].cleared++;
	if (c->n_notes == CENSUS_NOTES_MAX)
		return RC_OK;
	struct census_note n = note_of(&c->logs[log], at);
	n.kind = CENSUS_CLEARED;
	n.event_id = what->event_id;
	n.record_id = what->record_id;
	n.time = what->time;
	n.log = census_text(c, what->log);
	n.by = census_text(c, what->by);
	return n.log == NULL || n.by == NULL ? err_nomem(e)
					     : census_note_add(c, &n, e);
}

/* --- runs of records ------------------------------------------------------ */

static void
add_times(struct census_log *l, const struct census_run *run)
{
	if (run->least == 0)
		return;
	if (l->first_time == 0 || run->least < l->first_time)
		l->first_time = run->least;
	if (run->most > l->last_time)
		l->last_time = run->most;
}

static enum rc
add_ids(struct census *c, struct census_log *l, const struct census_run *run,
    struct err *e)
{
	const struct range ids = { run->first_id, run->last_id };
	const size_t before = l->ids.n;
	const size_t max = c->n_ranges < RANGES_ALL ? RANGES_MAX : RANGES_FEW;

	l->records += run->n;
	add_times(l, run);
	if (run->first_id == 0 || strcmp(l->channel, "*") == 0) {
		l->without_id += run->n;
		return RC_OK;
	}
	const enum rc rc = ranges_add(&l->ids, &ids, max, e);
	c->n_ranges = c->n_ranges - before + l->ids.n;
	return rc;
}

/* The clock of a log goes on through its sources one by one. */
static enum rc
watch_clock(struct census *c, size_t log, const struct census_place *at,
    const struct census_run *run, struct err *e)
{
	struct census_log *const l = &c->logs[log];
	const bool back = run->first_id > l->before_id &&
			  census_clock_back(l->before_time, run->first);
	enum rc rc = RC_OK;

	if (back) {
		l->jumps++;
		rc = note_jump(c, l, at, run, e);
	}
	l->before_id = run->last_id;
	if (run->last != 0)
		l->before_time = run->last;
	return rc;
}

enum rc
census_add(struct census *c, const struct census_place *at,
    const struct census_run *run, struct err *e)
{
	size_t log = 0;
	size_t of_run = 0;

	enum rc rc = find_both(c, at, &log, &of_run, e);
	if (rc == RC_OK)
		rc = add_ids(c, &c->logs[of_run], run, e);
	if (rc == RC_OK)
		rc = add_ids(c, &c->logs[log], run, e);
	if (rc != RC_OK || run->first_id == 0)
		return rc;
	const uint64_t jumps = c->logs[log].jumps;
	rc = watch_clock(c, log, at, run, e);
	c->logs[of_run].jumps += c->logs[log].jumps - jumps;
	return rc;
}

/* --- the end -------------------------------------------------------------- */

static int
by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_logs(const void *x, const void *y)
{
	const struct census_log *const a = *(struct census_log *const *)x;
	const struct census_log *const b = *(struct census_log *const *)y;
	int d = by_number(a->source, b->source);

	d = d != 0 ? d : strcmp(a->channel, b->channel);
	return d != 0 ? d : strcmp(a->computer, b->computer);
}

static int
compare_notes(const void *x, const void *y)
{
	const struct census_note *const a = x;
	const struct census_note *const b = y;
	int d = by_number(a->source, b->source);

	d = d != 0 ? d : by_number(a->offset, b->offset);
	return d != 0 ? d : by_number(a->kind, b->kind);
}

/* How many gaps are listed: those of the run first. */
static void
share_lists(struct census *c)
{
	size_t left = LISTED_ALL;

	for (size_t i = c->n_logs; i > 0; i--) {
		struct census_log *const l = &c->logs[c->order[i - 1]];
		const size_t most =
		    l->source == CENSUS_RUN ? LISTED_RUN : LISTED_SOURCE;
		const size_t gaps = l->ids.n == 0 ? 0 : l->ids.n - 1;
		l->listed = gaps < most ? gaps : most;
		if (l->listed > left)
			l->listed = left;
		left -= l->listed;
	}
}

enum rc
census_end(struct census *c, struct err *e)
{
	struct census_log **const sorted =
	    calloc(c->n_logs + 1, sizeof(*sorted));

	free(c->order);
	c->order = calloc(c->n_logs + 1, sizeof(*c->order));
	if (sorted == NULL || c->order == NULL) {
		free(sorted);
		return err_nomem(e);
	}
	for (size_t i = 0; i < c->n_logs; i++)
		sorted[i] = &c->logs[i];
	qsort(sorted, c->n_logs, sizeof(*sorted), compare_logs);
	for (size_t i = 0; i < c->n_logs; i++)
		c->order[i] = (size_t)(sorted[i] - c->logs);
	free(sorted);
	if (c->n_notes != 0)
		qsort(c->notes, c->n_notes, sizeof(*c->notes), compare_notes);
	share_lists(c);
	return RC_OK;
}

size_t
census_first_log(const struct census *c, size_t source)
{
	size_t from = 0;
	size_t end = c->order == NULL ? 0 : c->n_logs;

	while (from < end) {
		const size_t mid = from + (end - from) / 2;
		if (c->logs[c->order[mid]].source < source)
			from = mid + 1;
		else
			end = mid;
	}
	return from;
}

size_t
census_first_note(const struct census *c, size_t source)
{
	size_t from = 0;
	size_t end = c->order == NULL ? 0 : c->n_notes;

	while (from < end) {
		const size_t mid = from + (end - from) / 2;
		if (c->notes[mid].source < source)
			from = mid + 1;
		else
			end = mid;
	}
	return from;
}

bool
census_log(
    const struct census *c, size_t source, size_t i, struct census_view *v)
{
	const size_t n = census_first_log(c, source) + i;

	if (c->order == NULL || n >= c->n_logs ||
	    c->logs[c->order[n]].source != source)
		return false;
	const struct census_log *const l = &c->logs[c->order[n]];
	const struct ranges *const ids = &l->ids;
	*v = (struct census_view){
		.channel = l->channel,
		.computer = l->computer,
		.records = l->records,
		.without_id = l->without_id,
		.first_id = ids->n == 0 ? 0 : ids->item[0].first,
		.last_id = ids->n == 0 ? 0 : ids->item[ids->n - 1].last,
		.gaps = ranges_gaps(ids),
		.missing = ranges_missing(ids),
		.repeated = ids->again,
		.cleared = l->cleared,
		.jumps = l->jumps,
		.first_time = l->first_time,
		.last_time = l->last_time,
	};
	return true;
}

const struct census_note *
census_note(const struct census *c, size_t source, size_t i)
{
	const size_t n = census_first_note(c, source) + i;

	return c->order != NULL && n < c->n_notes &&
		       c->notes[n].source == source
		   ? &c->notes[n]
		   : NULL;
}
