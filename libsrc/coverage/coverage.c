/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/coverage.h"
#include "util/array.h"
#include "util/maxima.h"
#include "util/mix.h"

/* Maxima of memory. Records of further logs are added to one log "*", whose ids
 * are not kept. */
#define LOGS_MAX ((size_t)1 << 16)
/* Maximum memory for the names of channels and computers, in bytes. */
#define NAMES_MAX ((size_t)8 << 20)
/* Maximum number of id ranges of all logs together, see RANGES_MAX. */
#define RANGES_ALL ((size_t)1 << 20)
/* Maximum number of id ranges of a log: RANGES_MAX while all logs together have
 * fewer than RANGES_ALL, then RANGES_FEW. */
#define RANGES_MAX ((size_t)4096)
#define RANGES_FEW ((size_t)16)
/* Maximum memory for the texts of notes, in bytes. */
#define TEXTS_MAX ((size_t)4 << 20)
/* Maximum number of gaps listed for all logs together. */
#define LISTED_ALL ((size_t)100000)

enum rc
coverage_create(struct coverage **cp, struct err *e)
{
	*cp = calloc(1, sizeof(**cp));
	if (*cp == NULL)
		return err_nomem(e);
	arena_init(&(*cp)->names, SIZE_MAX / 2);
	arena_init(&(*cp)->texts, TEXTS_MAX);
	return RC_OK;
}

void
coverage_destroy(struct coverage *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_logs; i++)
		ranges_free(&c->logs[i].ids);
	arena_free(&c->names);
	arena_free(&c->texts);
	hash_index_reset(&c->name_index);
	hash_index_reset(&c->log_index);
	free(c->name);
	free(c->logs);
	free(c->notes);
	free(c->order);
	free(c);
}

/* --- logs ----------------------------------------------------------------- */

static const char *
find_name(const struct coverage *c, struct span name, uint64_t hash)
{
	struct hash_search s = hash_index_search(hash);
	size_t i;

	while ((i = hash_index_next(&c->name_index, &s)) != HASH_INDEX_END)
		if (span_eq(span_str(c->name[i]), name))
			return c->name[i];
	return NULL;
}

/* The pointer of a name, which equal names share; NULL if memory is exhausted.
 */
static const char *
add_name(struct coverage *c, struct span name, uint64_t hash)
{
	const char *const found = find_name(c, name, hash);

	if (found != NULL)
		return found;
	const char **const more =
	    array_grow(c->name, c->n_names, &c->cap_names, sizeof(*more));
	if (more == NULL)
		return NULL;
	c->name = more;
	const char *const copy = (const char *)arena_copy(&c->names, name).p;
	if (copy == NULL || !hash_index_add(&c->name_index, hash, c->n_names))
		return NULL;
	c->name[c->n_names++] = copy;
	return copy;
}

static struct coverage_log *
find_log(const struct coverage *c, const char *channel, const char *computer,
    uint64_t hash)
{
	struct hash_search s = hash_index_search(hash);
	size_t i;

	while ((i = hash_index_next(&c->log_index, &s)) != HASH_INDEX_END)
		if (c->logs[i].channel == channel &&
		    c->logs[i].computer == computer)
			return &c->logs[i];
	return NULL;
}

enum rc
coverage_find(struct coverage *c, struct span channel, struct span computer,
    struct coverage_log **log, struct err *e)
{
	uint64_t name_hash[2] = { mix_bytes(0, channel),
		mix_bytes(0, computer) };
	uint64_t hash = mix_word(name_hash[0], name_hash[1]);
	const char *name[2] = { find_name(c, channel, name_hash[0]),
		find_name(c, computer, name_hash[1]) };

	*log = name[0] == NULL || name[1] == NULL
		   ? NULL
		   : find_log(c, name[0], name[1], hash);
	if (*log == NULL &&
	    (c->n_logs >= LOGS_MAX || c->names.used >= NAMES_MAX)) {
		channel = computer = SPAN("*");
		name_hash[0] = name_hash[1] = mix_bytes(0, channel);
		hash = mix_word(name_hash[0], name_hash[1]);
		name[0] = find_name(c, channel, name_hash[0]);
		*log = find_log(c, name[0], name[0], hash);
	}
	if (*log != NULL)
		return RC_OK;
	name[0] = add_name(c, channel, name_hash[0]);
	name[1] = add_name(c, computer, name_hash[1]);
	struct coverage_log *const more =
	    array_grow(c->logs, c->n_logs, &c->cap_logs, sizeof(*more));
	if (more != NULL)
		c->logs = more;
	if (name[0] == NULL || name[1] == NULL || more == NULL ||
	    !hash_index_add(&c->log_index, hash, c->n_logs))
		return err_nomem(e);
	*log = &c->logs[c->n_logs++];
	**log =
	    (struct coverage_log){ .channel = name[0], .computer = name[1] };
	return RC_OK;
}

/* --- notes ---------------------------------------------------------------- */

enum rc
coverage_add_note(struct coverage *c, const struct coverage_log *log,
    const struct coverage_note *note, const struct coverage_note_texts *texts,
    struct err *e)
{
	struct coverage_note n = *note;

	if (c->n_notes == COVERAGE_NOTES_MAX)
		return RC_OK;
	/* Notes of one source follow each other and share its name. */
	const char *const last =
	    c->n_notes == 0 ? NULL : c->notes[c->n_notes - 1].name;
	n.channel = log->channel;
	n.computer = log->computer;
	n.name = last != NULL && span_eq(span_str(last), texts->name)
		     ? last
		     : (const char *)arena_copy(&c->texts, texts->name).p;
	n.log = (const char *)arena_copy(&c->texts, texts->log).p;
	n.by = (const char *)arena_copy(&c->texts, texts->by).p;
	if (n.name == NULL || n.log == NULL || n.by == NULL)
		return RC_OK; /* the note is counted, but not listed */
	struct coverage_note *const more =
	    array_grow(c->notes, c->n_notes, &c->cap_notes, sizeof(*more));
	if (more == NULL)
		return err_nomem(e);
	c->notes = more;
	c->notes[c->n_notes++] = n;
	return RC_OK;
}

enum rc
coverage_clear(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_cleared *what,
    struct err *e)
{
	struct coverage *const both[2] = { run, source };
	const struct coverage_note_texts texts = { at->name, what->log,
		what->by };
	const struct coverage_note note = {
		.kind = COVERAGE_CLEARED,
		.source = at->source,
		.offset = at->offset,
		.event_id = what->event_id,
		.record_id = what->record_id,
		.time = what->time,
	};
	struct coverage_log *log = NULL;
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && i < 2; i++) {
		rc = coverage_find(both[i], at->channel, at->computer, &log, e);
		if (rc != RC_OK)
			return rc;
		assert(log != NULL);
		log->cleared++;
		rc = coverage_add_note(both[i], log, &note, &texts, e);
	}
	return rc;
}

/* --- records -------------------------------------------------------------- */

static enum rc
add_records(struct coverage *c, struct coverage_log *l,
    const struct coverage_run *run, struct err *e)
{
	const struct range ids = { run->first_id, run->last_id };
	const size_t before = l->ids.n;
	const size_t max = c->n_ranges < RANGES_ALL ? RANGES_MAX : RANGES_FEW;

	l->records += run->n;
	if (run->least != 0 &&
	    (l->first_time == 0 || run->least < l->first_time))
		l->first_time = run->least;
	if (run->most > l->last_time)
		l->last_time = run->most;
	if (run->first_id == 0 || strcmp(l->channel, "*") == 0) {
		l->without_id += run->n;
		return RC_OK;
	}
	const enum rc rc = ranges_add(&l->ids, &ids, max, e);
	c->n_ranges = c->n_ranges - before + l->ids.n;
	return rc;
}

enum rc
coverage_add(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_run *records,
    struct err *e)
{
	struct coverage *const both[2] = { run, source };
	struct coverage_log *log[2];
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && i < 2; i++) {
		rc = coverage_find(
		    both[i], at->channel, at->computer, &log[i], e);
		if (rc == RC_OK)
			rc = add_records(both[i], log[i], records, e);
	}
	if (rc != RC_OK || records->first_id == 0)
		return rc;
	const struct coverage_note_texts texts = { at->name, SPAN(""),
		SPAN("") };
	const struct coverage_note jump = {
		.kind = COVERAGE_JUMP,
		.source = at->source,
		.offset = at->offset,
		.record_id = records->first_id,
		.time = records->first,
		.before = log[1]->before_time,
	};
	const bool back = records->first_id > log[1]->before_id &&
			  coverage_clock_back(jump.before, records->first);
	log[1]->before_id = records->last_id;
	if (records->last != 0)
		log[1]->before_time = records->last;
	for (int i = 0; back && rc == RC_OK && i < 2; i++) {
		log[i]->jumps++;
		rc = coverage_add_note(both[i], log[i], &jump, &texts, e);
	}
	return rc;
}

/* --- the end -------------------------------------------------------------- */

static int
compare_logs(const void *x, const void *y)
{
	const struct coverage_log *const a = *(struct coverage_log *const *)x;
	const struct coverage_log *const b = *(struct coverage_log *const *)y;
	const int order = strcmp(a->channel, b->channel);

	return order != 0 ? order : strcmp(a->computer, b->computer);
}

static int
compare_notes(const void *x, const void *y)
{
	const struct coverage_note *const a = x;
	const struct coverage_note *const b = y;
	int order = 0;

	if (a->channel != b->channel)
		order = strcmp(a->channel, b->channel);
	if (order == 0 && a->computer != b->computer)
		order = strcmp(a->computer, b->computer);
	if (order == 0)
		order = (a->source > b->source) - (a->source < b->source);
	if (order == 0)
		order = (a->offset > b->offset) - (a->offset < b->offset);
	return order != 0 ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

enum rc
coverage_end(struct coverage *c, struct err *e)
{
	struct coverage_log **const sorted =
	    calloc(c->n_logs + 1, sizeof(*sorted));
	size_t left = LISTED_ALL;

	free(c->order);
	c->order = calloc(c->n_logs + 1, sizeof(*c->order));
	if (sorted == NULL || c->order == NULL) {
		free(sorted);
		return err_nomem(e);
	}
	for (size_t i = 0; i < c->n_logs; i++)
		sorted[i] = &c->logs[i];
	qsort(sorted, c->n_logs, sizeof(*sorted), compare_logs);
	for (size_t i = 0; i < c->n_logs; i++) {
		struct coverage_log *const l = sorted[i];
		const size_t gaps = l->ids.n == 0 ? 0 : l->ids.n - 1;
		c->order[i] = (size_t)(l - c->logs);
		l->listed =
		    gaps < MAXIMUM_LOG_RANGES ? gaps : MAXIMUM_LOG_RANGES - 1;
		if (l->listed > left)
			l->listed = left;
		left -= l->listed;
	}
	free(sorted);
	if (c->n_notes != 0)
		qsort(c->notes, c->n_notes, sizeof(*c->notes), compare_notes);
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
