/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/coverage_inner.h"
#include "util/maxima.h"
#include "util/mix.h"

/* Nothing here grows without end, whatever the records say. What is beyond is
 * one log that is called "*" and of which no ids are known. */
#define LOGS_MAX ((size_t)1 << 16)
#define NAMES_MAX ((size_t)8 << 20) /* bytes of the names of logs */
#define RANGES_MAX ((size_t)4096)   /* of a log, as long as all together have */
#define RANGES_ALL ((size_t)1 << 20) /* fewer than these; then */
#define RANGES_FEW ((size_t)16)
#define TEXTS_MAX ((size_t)4 << 20) /* bytes of the texts of notes */
#define LISTED_ALL ((size_t)100000) /* gaps of all logs */

enum rc
coverage_create(struct coverage **cp, struct err *e)
{
	*cp = calloc(1, sizeof(**cp));
	if (*cp == NULL)
		return err_nomem(e);
	arena_init(&(*cp)->texts, TEXTS_MAX);
	return RC_OK;
}

static void
free_names(struct coverage_log *l)
{
	free(l->channel);
	free(l->computer);
}

void
coverage_destroy(struct coverage *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_logs; i++) {
		ranges_free(&c->logs[i].ids);
		free_names(&c->logs[i]);
	}
	arena_free(&c->texts);
	free(c->logs);
	free(c->slots);
	free(c->notes);
	free(c->order);
	free(c);
}

/* --- logs ----------------------------------------------------------------- */

static bool
is_log(const struct coverage_log *l, const struct coverage_place *at)
{
	return span_eq(span_str(l->channel), at->channel) &&
	       span_eq(span_str(l->computer), at->computer);
}

static size_t *
find_slot(const struct coverage *c, const struct coverage_place *at)
{
	const uint64_t sum = mix_bytes(mix_bytes(0, at->channel), at->computer);
	size_t i = (size_t)sum & (c->n_slots - 1);

	while (c->slots[i] != 0 && !is_log(&c->logs[c->slots[i] - 1], at))
		i = (i + 1) & (c->n_slots - 1);
	return &c->slots[i];
}

/* Room for one log more, and a table that is less than half full. */
static enum rc
grow(struct coverage *c, struct err *e)
{
	if (c->n_logs < c->cap_logs)
		return RC_OK;
	const size_t cap = c->cap_logs == 0 ? 4 : c->cap_logs * 2;
	size_t *const slots = calloc(cap * 2, sizeof(*slots));
	if (slots == NULL)
		return err_nomem(e);
	free(c->slots);
	c->slots = slots;
	c->n_slots = cap * 2;
	assert(c->n_logs == 0 || c->logs != NULL);
	for (size_t i = 0; i < c->n_logs; i++) {
		const struct coverage_place at = {
			.channel = span_str(c->logs[i].channel),
			.computer = span_str(c->logs[i].computer),
		};
		*find_slot(c, &at) = i + 1;
	}
	struct coverage_log *const more =
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
make_log(struct coverage *c, const struct coverage_place *at, struct err *e)
{
	struct coverage_log l = {
		.channel = copy_of(at->channel),
		.computer = copy_of(at->computer),
	};

	if (l.channel == NULL || l.computer == NULL) {
		free_names(&l);
		return err_nomem(e);
	}
	assert(c->n_logs < c->cap_logs && c->logs != NULL);
	c->names_bytes += at->channel.n + at->computer.n;
	c->logs[c->n_logs++] = l;
	*find_slot(c, at) = c->n_logs;
	return RC_OK;
}

enum rc
coverage_find(struct coverage *c, const struct coverage_place *at, size_t *log,
    struct err *e)
{
	struct coverage_place p = *at;
	enum rc rc = RC_OK;

	const bool full = c->n_logs >= LOGS_MAX || c->names_bytes >= NAMES_MAX;
	if (full && *find_slot(c, &p) == 0)
		p.channel = p.computer = SPAN("*");
	if (c->n_slots == 0 || *find_slot(c, &p) == 0) {
		rc = grow(c, e);
		if (rc == RC_OK)
			rc = make_log(c, &p, e);
		*log = c->n_logs - 1;
		return rc;
	}
	*log = *find_slot(c, &p) - 1;
	return rc;
}

/* --- notes ---------------------------------------------------------------- */

static enum rc
grow_notes(struct coverage *c, struct err *e)
{
	if (c->n_notes < c->cap_notes)
		return RC_OK;
	const size_t cap = c->cap_notes == 0 ? 16 : c->cap_notes * 2;
	struct coverage_note *const more =
	    realloc(c->notes, cap * sizeof(*more));
	if (more == NULL)
		return err_nomem(e);
	c->notes = more;
	c->cap_notes = cap;
	return RC_OK;
}

/* NULL: there is no room for more texts. */
static const char *
keep_text(struct coverage *c, struct span text)
{
	char *const to = arena_alloc(&c->texts, text.n + 1);

	if (to == NULL)
		return NULL;
	if (text.n != 0)
		memcpy(to, text.p, text.n);
	to[text.n] = '\0';
	return to;
}

/* Notes of one source come one after the other. */
static const char *
keep_name(struct coverage *c, struct span name)
{
	const char *const last =
	    c->n_notes == 0 ? NULL : c->notes[c->n_notes - 1].name;

	return last != NULL && span_eq(span_str(last), name)
		   ? last
		   : keep_text(c, name);
}

/* The texts of a note while they are somebody else's. */
struct note_texts {
	struct span name;
	struct span log;
	struct span by;
};

static enum rc
add_note(struct coverage *c, size_t log, const struct coverage_note *note,
    const struct note_texts *texts, struct err *e)
{
	struct coverage_note n = *note;

	if (c->n_notes == COVERAGE_NOTES_MAX)
		return RC_OK;
	n.channel = c->logs[log].channel;
	n.computer = c->logs[log].computer;
	n.name = keep_name(c, texts->name);
	n.log = keep_text(c, texts->log);
	n.by = keep_text(c, texts->by);
	if (n.name == NULL || n.log == NULL || n.by == NULL)
		return RC_OK; /* counted, and not listed */
	const enum rc rc = grow_notes(c, e);
	if (rc == RC_OK)
		c->notes[c->n_notes++] = n;
	return rc;
}

enum rc
coverage_note_add(struct coverage *c, size_t log,
    const struct coverage_note *note, struct err *e)
{
	const struct note_texts texts = { span_str(note->name),
		span_str(note->log), span_str(note->by) };

	return add_note(c, log, note, &texts, e);
}

static enum rc
find_both(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, size_t log[2], struct err *e)
{
	const enum rc rc = coverage_find(run, at, &log[0], e);

	return rc == RC_OK ? coverage_find(source, at, &log[1], e) : rc;
}

enum rc
coverage_clear(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_cleared *what,
    struct err *e)
{
	struct coverage *const both[2] = { run, source };
	size_t log[2] = { 0, 0 };
	const struct note_texts texts = { at->name, what->log, what->by };
	const struct coverage_note note = {
		.kind = COVERAGE_CLEARED,
		.source = at->source,
		.offset = at->offset,
		.event_id = what->event_id,
		.record_id = what->record_id,
		.time = what->time,
	};

	enum rc rc = find_both(run, source, at, log, e);
	for (int i = 0; rc == RC_OK && i < 2; i++) {
		both[i]->logs[log[i]].cleared++;
		rc = add_note(both[i], log[i], &note, &texts, e);
	}
	return rc;
}

/* --- runs of records ------------------------------------------------------ */

static void
add_times(struct coverage_log *l, const struct coverage_run *run)
{
	if (run->least == 0)
		return;
	if (l->first_time == 0 || run->least < l->first_time)
		l->first_time = run->least;
	if (run->most > l->last_time)
		l->last_time = run->most;
}

static enum rc
add_ids(struct coverage *c, struct coverage_log *l,
    const struct coverage_run *run, struct err *e)
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

/* True if the clock of a log went back between the record before and these;
 * *before is the time of that one. */
static bool
watch_clock(
    struct coverage_log *l, const struct coverage_run *run, uint64_t *before)
{
	*before = l->before_time;
	const bool back = run->first_id > l->before_id &&
			  coverage_clock_back(l->before_time, run->first);
	l->before_id = run->last_id;
	if (run->last != 0)
		l->before_time = run->last;
	return back;
}

static enum rc
note_jump(struct coverage *c, size_t log, const struct coverage_place *at,
    const struct coverage_note *jump, struct err *e)
{
	struct coverage_note note = *jump;
	const struct note_texts texts = { at->name, SPAN(""), SPAN("") };

	c->logs[log].jumps++;
	note.kind = COVERAGE_JUMP;
	note.source = at->source;
	note.offset = at->offset;
	return add_note(c, log, &note, &texts, e);
}

enum rc
coverage_add(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_run *records,
    struct err *e)
{
	struct coverage_note jump = { .record_id = records->first_id,
		.time = records->first };
	size_t log[2] = { 0, 0 };

	enum rc rc = find_both(run, source, at, log, e);
	if (rc == RC_OK)
		rc = add_ids(run, &run->logs[log[0]], records, e);
	if (rc == RC_OK)
		rc = add_ids(source, &source->logs[log[1]], records, e);
	if (rc != RC_OK || records->first_id == 0 ||
	    !watch_clock(&source->logs[log[1]], records, &jump.before))
		return rc;
	rc = note_jump(run, log[0], at, &jump, e);
	return rc == RC_OK ? note_jump(source, log[1], at, &jump, e) : rc;
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
	const struct coverage_log *const a = *(struct coverage_log *const *)x;
	const struct coverage_log *const b = *(struct coverage_log *const *)y;
	const int d = strcmp(a->channel, b->channel);

	return d != 0 ? d : strcmp(a->computer, b->computer);
}

/* The names of a log are one pointer each. */
static int
compare_notes(const void *x, const void *y)
{
	const struct coverage_note *const a = x;
	const struct coverage_note *const b = y;
	int d = a->channel == b->channel ? 0 : strcmp(a->channel, b->channel);

	if (d == 0 && a->computer != b->computer)
		d = strcmp(a->computer, b->computer);
	d = d != 0 ? d : by_number(a->source, b->source);
	d = d != 0 ? d : by_number(a->offset, b->offset);
	return d != 0 ? d : by_number(a->kind, b->kind);
}

/* How many gaps are listed. */
static void
share_lists(struct coverage *c)
{
	size_t left = LISTED_ALL;

	for (size_t i = 0; i < c->n_logs; i++) {
		struct coverage_log *const l = &c->logs[c->order[i]];
		const size_t gaps = l->ids.n == 0 ? 0 : l->ids.n - 1;
		l->listed =
		    gaps < MAXIMUM_LOG_RANGES ? gaps : MAXIMUM_LOG_RANGES - 1;
		if (l->listed > left)
			l->listed = left;
		left -= l->listed;
	}
}

enum rc
coverage_end(struct coverage *c, struct err *e)
{
	struct coverage_log **const sorted =
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

bool
coverage_log(const struct coverage *c, size_t i, struct coverage_log_view *v)
{
	if (c->order == NULL || i >= c->n_logs)
		return false;
	const struct coverage_log *const l = &c->logs[c->order[i]];
	const struct ranges *const ids = &l->ids;
	*v = (struct coverage_log_view){
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

const struct coverage_note *
coverage_note(const struct coverage *c, size_t i)
{
	return c->order != NULL && i < c->n_notes ? &c->notes[i] : NULL;
}
