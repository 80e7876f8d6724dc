/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "coverage/job_coverage.h"
#include "util/array.h"
#include "util/mix.h"
#include "util/text.h"

#define TEXTS_MAX ((size_t)64 << 20)
#define TEXT_MAX ((size_t)1 << 20)
#define IDLE_TEXTS_MAX ((size_t)1 << 20)

/* Maxima of the logs of a job. Records of further logs are added to one log
 * "*". */
#define LOGS_MAX ((size_t)16384)
#define LOG_TEXTS_MAX ((size_t)8 << 20)

/* Maximum bytes of a value that count for its name; names that differ only
 * after them are equal. */
#define RAW_MAX ((uint32_t)4 * COVERAGE_NAME_MAX)

#define EVENTLOG_PROVIDER SPAN("Microsoft-Windows-Eventlog")

void
job_coverage_init(struct job_coverage *t)
{
	memset(t, 0, sizeof(*t));
	arena_init(&t->texts, TEXTS_MAX);
	buf_init(&t->text, TEXT_MAX);
}

void
job_coverage_free(struct job_coverage *t)
{
	free(t->names);
	free(t->logs);
	free(t->runs);
	free(t->clears);
	hash_index_reset(&t->name_index);
	hash_index_reset(&t->log_index);
	arena_free(&t->texts);
	buf_reset(&t->text);
}

void
job_coverage_reset(struct job_coverage *t)
{
	t->epoch++;
	hash_index_clear(&t->name_index);
	hash_index_clear(&t->log_index);
	t->n_names = 0;
	t->n_logs = 0;
	t->rest = 0;
	t->n_runs = 0;
	t->n_clears = 0;
	arena_reset(&t->texts);
	memset(&t->copy, 0, sizeof(t->copy));
	t->failed = false;
	job_coverage_start_piece(t, 0);
}

void
job_coverage_trim(struct job_coverage *t)
{
	if (t->texts.used <= IDLE_TEXTS_MAX)
		return;
	job_coverage_reset(t);
	arena_free(&t->texts);
}

void
job_coverage_start_piece(struct job_coverage *t, size_t at)
{
	t->at = at;
	t->first_id = 0;
	t->last_id = 0;
	t->log = 0;
	t->header_time = 0;
	t->time = 0;
}

/* --- names ---------------------------------------------------------------- */

/* Copy a text up to its first NUL, at most COVERAGE_NAME_MAX bytes of whole
 * characters. */
static struct span
copy_text(struct job_coverage *t, struct span text)
{
	const struct span name = text_beginning(text, COVERAGE_NAME_MAX);
	const struct span copy = arena_copy(&t->texts, name);

	t->failed = t->failed || copy.n != name.n;
	return copy;
}

static struct span
copy_value_text(struct job_coverage *t, const struct value *v)
{
	buf_cut(&t->text, 0);
	if (v != NULL)
		value_text(&t->text, v);
	return copy_text(t, buf_span(&t->text));
}

static bool
is_same(const struct value *a, const struct value *b)
{
	return a->type == b->type &&
	       (a->type == VALUE_NULL ||
		   span_eq(value_bytes(a), value_bytes(b)));
}

#define NO_NAME SIZE_MAX

/* The index of a name. A new name is added; NO_NAME if it is new and the job is
 * full. */
static size_t
find_name(struct job_coverage *t, const struct value *raw, bool full)
{
	const bool none = raw->type == VALUE_NULL;
	const uint64_t hash = none ? 0 : mix_bytes(raw->type, value_bytes(raw));
	struct hash_search s = hash_index_search(hash);
	struct job_coverage_name name = { .raw = *raw };
	size_t i;

	while ((i = hash_index_next(&t->name_index, &s)) != HASH_INDEX_END)
		if (is_same(&t->names[i].raw, raw))
			return i;
	if (full)
		return NO_NAME;
	name.text = copy_value_text(t, none ? NULL : raw);
	if (!none) {
		const struct span bytes =
		    arena_copy(&t->texts, value_bytes(raw));
		t->failed = t->failed || bytes.n != raw->n;
		name.raw.p = bytes.p;
	}
	struct job_coverage_name *const more =
	    array_grow(t->names, t->n_names, &t->cap_names, sizeof(*more));
	if (more != NULL)
		t->names = more;
	if (more == NULL || t->failed ||
	    !hash_index_add(&t->name_index, hash, t->n_names)) {
		t->failed = true;
		return 0;
	}
	t->names[t->n_names] = name;
	return t->n_names++;
}

/* --- logs ----------------------------------------------------------------- */

static size_t
add_log(struct job_coverage *t, struct job_coverage_log log)
{
	struct job_coverage_log *const more =
	    array_grow(t->logs, t->n_logs, &t->cap_logs, sizeof(*more));

	if (more == NULL) {
		t->failed = true;
		return 0;
	}
	t->logs = more;
	t->logs[t->n_logs] = log;
	return t->n_logs++;
}

/* The log of these two names, added if it is new; or the log "*", if there are
 * too many. */
static size_t
find_log(struct job_coverage *t, const struct value names[JOB_COVERAGE_NAMES])
{
	struct job_coverage_log log = { .run = 0 };
	size_t i;

	const bool full =
	    t->n_logs >= LOGS_MAX || t->texts.used >= LOG_TEXTS_MAX;
	for (int n = 0; n < JOB_COVERAGE_NAMES; n++)
		log.name[n] = find_name(t, &names[n], full);
	const uint64_t hash = mix_word(mix_word(0, log.name[0]), log.name[1]);
	struct hash_search s = hash_index_search(hash);
	while ((i = hash_index_next(&t->log_index, &s)) != HASH_INDEX_END)
		if (t->logs[i].name[0] == log.name[0] &&
		    t->logs[i].name[1] == log.name[1])
			return i;
	if (!full) {
		t->failed = t->failed ||
			    !hash_index_add(&t->log_index, hash, t->n_logs);
		return t->failed ? 0 : add_log(t, log);
	}
	if (t->rest == 0) {
		const struct value star = value_utf8(SPAN("*"));
		log.name[0] = log.name[1] = find_name(t, &star, false);
		t->rest = add_log(t, log) + 1;
	}
	return t->rest - 1;
}

static bool
is_fixed(const struct system_fields *h, enum system_field f)
{
	return h->field[f] == NULL || h->field[f]->kind == NODE_TEXT;
}

static void
fill_cache(struct job_coverage_cache *p, const struct system_fields *h,
    const struct tree *tree)
{
	const struct value *const provider =
	    system_fields_value(h, SYSTEM_PROVIDER, tree->values);

	p->filled = true;
	p->fixed_log =
	    is_fixed(h, SYSTEM_CHANNEL) && is_fixed(h, SYSTEM_COMPUTER);
	p->may_clear = !is_fixed(h, SYSTEM_PROVIDER) ||
		       (provider != NULL &&
			   value_equals_nocase(provider, EVENTLOG_PROVIDER));
}

/* The index of a record's log, which most often is the log of the previous
 * record with the same tree. */
static size_t
log_of(struct job_coverage *t, struct job_coverage_cache *p,
    const struct job_coverage_record *r)
{
	static const enum system_field fields[JOB_COVERAGE_NAMES] = {
		SYSTEM_CHANNEL, SYSTEM_COMPUTER
	};
	const bool cached = p->of == t && p->epoch == t->epoch;
	struct value names[JOB_COVERAGE_NAMES];

	if (cached && p->fixed_log)
		return p->log;
	for (int i = 0; i < JOB_COVERAGE_NAMES; i++) {
		const struct value *const v =
		    system_fields_value(r->head, fields[i], r->tree->values);
		names[i] =
		    v == NULL ? (struct value){ NULL, 0, VALUE_NULL } : *v;
		if (names[i].n > RAW_MAX)
			names[i].n = RAW_MAX;
	}
	if (cached && p->log + 1 != t->rest) {
		const size_t *const last = t->logs[p->log].name;
		if (is_same(&t->names[last[0]].raw, &names[0]) &&
		    is_same(&t->names[last[1]].raw, &names[1]))
			return p->log;
	}
	p->log = find_log(t, names);
	p->of = t->failed ? NULL : t;
	p->epoch = t->epoch;
	return p->log;
}

/* --- cleared logs --------------------------------------------------------- */

/* True for events 1102 of Security and 104 of System, which have one provider.
 */
static bool
reports_clearing(const struct job_coverage_cache *p,
    const struct system_fields *h, const struct tree *tree, uint64_t *id)
{
	if (!p->may_clear)
		return false;
	const struct value *const v =
	    system_fields_value(h, SYSTEM_EVENT_ID, tree->values);
	const struct value *const provider =
	    system_fields_value(h, SYSTEM_PROVIDER, tree->values);

	return v != NULL && value_u64(v, id) && (*id == 1102 || *id == 104) &&
	       provider != NULL &&
	       value_equals_nocase(provider, EVENTLOG_PROVIDER);
}

bool
job_coverage_needs_event(struct job_coverage_cache *p,
    const struct system_fields *head, const struct tree *tree)
{
	uint64_t id;

	if (!p->filled)
		fill_cache(p, head, tree);
	return reports_clearing(p, head, tree, &id);
}

/* A field of UserData/LogFileCleared. */
static struct span
cleared_text(struct job_coverage *t, const struct tree *tree, struct span name)
{
	const struct node *const data =
	    tree_child(tree->root, SPAN("UserData"));
	const struct node *const cleared =
	    tree_child(data, SPAN("LogFileCleared"));
	const struct node *const leaf = tree_leaf(tree_child(cleared, name));

	return copy_value_text(
	    t, leaf == NULL ? NULL : tree_value(leaf, tree->values));
}

static void
add_clear(struct job_coverage *t, const struct job_coverage_record *r,
    struct job_coverage_clear clear)
{
	struct job_coverage_clear *const more =
	    array_grow(t->clears, t->n_clears, &t->cap_clears, sizeof(*more));

	if (more == NULL) {
		t->failed = true;
		return;
	}
	t->clears = more;
	clear.what.log = cleared_text(t, r->tree, SPAN("Channel"));
	/* Only event 104 names the cleared log; 1102 is in the log that was
	 * cleared. */
	if (clear.what.log.n == 0)
		clear.what.log =
		    t->names[t->logs[clear.log].name[JOB_COVERAGE_CHANNEL]]
			.text;
	const struct span domain =
	    cleared_text(t, r->tree, SPAN("SubjectDomainName"));
	const struct span user =
	    cleared_text(t, r->tree, SPAN("SubjectUserName"));
	buf_cut(&t->text, 0);
	buf_put(&t->text, domain);
	if (domain.n != 0 && user.n != 0)
		buf_byte(&t->text, '\\');
	buf_put(&t->text, user);
	clear.what.by = copy_text(t, buf_span(&t->text));
	t->clears[t->n_clears++] = clear;
}

/* --- records -------------------------------------------------------------- */

/* Add a record to the last run of its log, or start a run. */
static void
add_to_run(struct job_coverage *t, size_t log, uint64_t id,
    const struct job_coverage_record *r)
{
	size_t i = t->logs[log].run;
	struct coverage_run *run = i == 0 ? NULL : &t->runs[i - 1].run;
	const uint64_t time = r->time;

	const bool extends =
	    run != NULL &&
	    (id == 0 ? run->first_id == 0
		     : run->last_id + 1 == id && run->first_id != 0 &&
			   !coverage_clock_back(run->last, time));
	if (!extends) {
		struct job_coverage_run *const more =
		    array_grow(t->runs, t->n_runs, &t->cap_runs, sizeof(*more));
		if (more == NULL) {
			t->failed = true;
			return;
		}
		t->runs = more;
		t->runs[t->n_runs] = (struct job_coverage_run){ .log = log,
			.offset = t->at + r->header->offset,
			.run = { .first_id = id } };
		run = &t->runs[t->n_runs++].run;
		t->logs[log].run = t->n_runs;
	}
	run->n++;
	run->last_id = id;
	if (time == 0)
		return;
	run->last = time;
	if (run->first == 0)
		run->first = time;
	if (time > run->most)
		run->most = time;
	if (run->least == 0 || time < run->least)
		run->least = time;
}

void
job_coverage_add(struct job_coverage *t, struct job_coverage_cache *p,
    const struct job_coverage_record *r)
{
	const struct value *const v =
	    system_fields_value(r->head, SYSTEM_RECORD_ID, r->tree->values);
	uint64_t id = 0;
	uint64_t event_id;

	if (v == NULL || !value_u64(v, &id) || id > COVERAGE_ID_MAX)
		id = 0;
	if (!p->filled)
		fill_cache(p, r->head, r->tree);
	const size_t log = log_of(t, p, r);
	if (!t->failed)
		add_to_run(t, log, id, r);
	if (t->failed)
		return;
	if (id != 0) {
		t->copy.records++;
		t->copy.ids_differ += r->header->id != id ? 1 : 0;
	}
	if (t->time != 0 && r->time != 0) {
		t->copy.pairs++;
		t->copy.times_shift +=
		    t->header_time == r->time && t->time != r->time ? 1 : 0;
	}
	t->header_time = r->header->time;
	t->time = r->time;
	t->copy.turns += t->log != 0 && t->log != log + 1 ? 1 : 0;
	t->log = log + 1;
	if (t->first_id == 0)
		t->first_id = id;
	if (id != 0)
		t->last_id = id;
	if (p->may_clear && reports_clearing(p, r->head, r->tree, &event_id))
		add_clear(t, r,
		    (struct job_coverage_clear){ .log = log,
			.offset = t->at + r->header->offset,
			.what = { event_id, id, .time = r->time } });
}

enum rc
job_coverage_merge(const struct job_coverage *t, struct coverage *run,
    struct coverage *source, const struct coverage_place *job, struct err *e)
{
	struct coverage_place at = *job;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < t->n_runs + t->n_clears; i++) {
		const struct job_coverage_run *const r =
		    i < t->n_runs ? &t->runs[i] : NULL;
		const struct job_coverage_clear *const c =
		    r == NULL ? &t->clears[i - t->n_runs] : NULL;
		const size_t *const name =
		    t->logs[r != NULL ? r->log : c->log].name;
		at.channel = t->names[name[JOB_COVERAGE_CHANNEL]].text;
		at.computer = t->names[name[JOB_COVERAGE_COMPUTER]].text;
		at.offset = job->offset + (r != NULL ? r->offset : c->offset);
		rc = r != NULL ? coverage_add(run, source, &at, &r->run, e)
			       : coverage_clear(run, source, &at, &c->what, e);
	}
	return rc;
}
