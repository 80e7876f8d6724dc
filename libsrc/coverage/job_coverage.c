/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "coverage/job_coverage.h"
#include "util/mix.h"

#define TEXTS_MAX ((size_t)64 << 20)
#define TEXT_MAX ((size_t)1 << 20)

/* Logs of a job and their texts. Records of further logs count in one that is
 * called "*". */
#define LOGS_MAX ((size_t)16384)
#define LOG_TEXTS_MAX ((size_t)8 << 20)

/* Bytes of texts that a job keeps when it is idle. */
#define KEPT_MAX ((size_t)1 << 20)

/* Of a name's bytes as the record has them, more than its text can need after
 * it is cut: names that differ beyond are one. */
#define RAW_MAX ((uint32_t)4 * COVERAGE_NAME_MAX)

static const enum system_field fields[JOB_COVERAGE_NAMES] = { SYSTEM_CHANNEL,
	SYSTEM_COMPUTER };

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
	free(t->logs);
	free(t->slots);
	free(t->runs);
	free(t->notes);
	arena_free(&t->texts);
	buf_reset(&t->text);
}

void
job_coverage_reset(struct job_coverage *t)
{
	t->epoch++;
	if (t->n_logs != 0)
		memset(t->slots, 0, t->n_slots * sizeof(*t->slots));
	t->n_logs = 0;
	t->rest = 0;
	t->shared = 0;
	t->n_runs = 0;
	t->n_notes = 0;
	arena_reset(&t->texts);
	memset(&t->copy, 0, sizeof(t->copy));
	t->failed = false;
	job_coverage_start_piece(t, 0);
}

void
job_coverage_trim(struct job_coverage *t)
{
	if (t->texts.used <= KEPT_MAX)
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

/* Room for one more of `size` bytes; the job_coverage has failed without. */
static void *
one_more(
    struct job_coverage *t, void **array, size_t *n, size_t *cap, size_t size)
{
	if (*n == *cap) {
		const size_t more = *cap == 0 ? 16 : *cap * 2;
		void *const p = realloc(*array, more * size);
		if (p == NULL) {
			t->failed = true;
			return NULL;
		}
		*array = p;
		*cap = more;
	}
	void *const item = (uint8_t *)*array + (*n)++ * size;
	memset(item, 0, size);
	return item;
}

#define ONE_MORE(t, list) \
	one_more((t), (void **)&(t)->list, &(t)->n_##list, &(t)->cap_##list, \
	    sizeof(*(t)->list))

/* --- names ---------------------------------------------------------------- */

/* Names have no NUL, and do not end in the middle of a character. */
static struct span
cut_name(struct span s)
{
	const uint8_t *const nul = s.n == 0 ? NULL : memchr(s.p, 0, s.n);

	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	if (s.n <= COVERAGE_NAME_MAX)
		return s;
	s.n = COVERAGE_NAME_MAX;
	while (s.n > 0 && (s.p[s.n] & 0xC0) == 0x80)
		s.n--;
	return s;
}

/* What copies of both forms of a name use of the arena. */
static size_t
name_bytes(const struct job_coverage_log *l, int i)
{
	const size_t text = (l->name[i].n / 16 + 1) * 16;

	return l->raw[i].type == VALUE_NULL
		   ? text
		   : text + ((size_t)l->raw[i].n / 16 + 1) * 16;
}

static struct span
keep_text(struct job_coverage *t, const struct value *v)
{
	buf_cut(&t->text, 0);
	if (v != NULL)
		value_text(&t->text, v);
	const struct span text = cut_name(buf_span(&t->text));
	const struct span kept = arena_copy(&t->texts, text);

	t->failed = t->failed || kept.n != text.n;
	return kept;
}

static struct value
keep_raw(struct job_coverage *t, const struct value *v)
{
	struct value kept = { NULL, 0, VALUE_NULL };

	if (v == NULL)
		return kept;
	const struct span raw = arena_copy(&t->texts, value_bytes(v));
	t->failed = t->failed || raw.n != v->n;
	kept = *v;
	kept.p = raw.p;
	kept.n = (uint32_t)raw.n;
	return kept;
}

static bool
is_same(const struct value *kept, const struct value *v)
{
	if (v == NULL)
		return kept->type == VALUE_NULL;
	return kept->type == v->type &&
	       span_eq(value_bytes(kept), value_bytes(v));
}

static bool
is_log(const struct job_coverage_log *l,
    const struct value *const names[JOB_COVERAGE_NAMES])
{
	return is_same(&l->raw[JOB_COVERAGE_CHANNEL],
		   names[JOB_COVERAGE_CHANNEL]) &&
	       is_same(&l->raw[JOB_COVERAGE_COMPUTER],
		   names[JOB_COVERAGE_COMPUTER]);
}

static bool
is_known(const struct job_coverage *t, const struct job_coverage_cache *p)
{
	return p->of == t && p->epoch == t->epoch;
}

/* The slot of the log with these names: free, or with its number from 1. */
static size_t *
find_slot(const struct job_coverage *t,
    const struct value *const names[JOB_COVERAGE_NAMES])
{
	uint64_t sum = 0;

	for (int i = 0; i < JOB_COVERAGE_NAMES; i++)
		sum = names[i] == NULL ? mix_word(sum, 0)
				       : mix_bytes(sum, value_bytes(names[i]));
	size_t i = (size_t)sum & (t->n_slots - 1);
	while (t->slots[i] != 0 && !is_log(&t->logs[t->slots[i] - 1], names))
		i = (i + 1) & (t->n_slots - 1);
	return &t->slots[i];
}

static const struct value *
kept_name(const struct job_coverage_log *l, int i)
{
	return l->raw[i].type == VALUE_NULL ? NULL : &l->raw[i];
}

/* Keep the table of slots less than half full. */
static bool
grow_slots(struct job_coverage *t)
{
	if (t->n_logs < t->n_slots / 2)
		return true;
	const size_t n = t->n_slots == 0 ? 32 : t->n_slots * 2;
	size_t *const slots = calloc(n, sizeof(*slots));
	if (slots == NULL)
		return false;
	free(t->slots);
	t->slots = slots;
	t->n_slots = n;
	for (size_t i = 0; i < t->n_logs; i++) {
		const struct value *const names[JOB_COVERAGE_NAMES] = {
			kept_name(&t->logs[i], JOB_COVERAGE_CHANNEL),
			kept_name(&t->logs[i], JOB_COVERAGE_COMPUTER),
		};
		if (i + 1 != t->rest)
			*find_slot(t, names) = i + 1;
	}
	return true;
}

/* The log of those that have no room. */
static size_t
rest_of_logs(struct job_coverage *t)
{
	struct job_coverage_log *const l =
	    t->rest == 0 ? ONE_MORE(t, logs) : NULL;

	for (int i = 0; l != NULL && i < JOB_COVERAGE_NAMES; i++)
		l->name[i] = SPAN("*");
	if (l != NULL)
		t->rest = t->n_logs;
	return t->rest - 1;
}

static size_t
add_log(
    struct job_coverage *t, const struct value *const names[JOB_COVERAGE_NAMES])
{
	struct job_coverage_log *l = NULL;

	if (t->n_logs >= LOGS_MAX || t->texts.used + t->shared >= LOG_TEXTS_MAX)
		return rest_of_logs(t);
	if (grow_slots(t))
		l = ONE_MORE(t, logs);
	t->failed = t->failed || l == NULL;
	for (int i = 0; l != NULL && i < JOB_COVERAGE_NAMES; i++) {
		const struct job_coverage_log *const before = l - 1;
		if (t->n_logs > 1 && t->n_logs - 1 != t->rest &&
		    is_same(&before->raw[i], names[i])) {
			l->name[i] = before->name[i];
			l->raw[i] = before->raw[i];
			t->shared += name_bytes(l, i);
			continue;
		}
		l->name[i] = keep_text(t, names[i]);
		l->raw[i] = keep_raw(t, names[i]);
	}
	if (l != NULL)
		*find_slot(t, names) = t->n_logs;
	return t->n_logs - 1;
}

/* The number of the record's log; most often the one of the record before. */
static size_t
find_log(struct job_coverage *t, const struct job_coverage_cache *p,
    const struct value *const names[JOB_COVERAGE_NAMES])
{
	if (is_known(t, p) && p->log + 1 != t->rest &&
	    is_log(&t->logs[p->log], names))
		return p->log;
	const size_t slot = t->n_slots == 0 ? 0 : *find_slot(t, names);
	return slot != 0 ? slot - 1 : add_log(t, names);
}

/* The value without the bytes that no name needs; *room: for another. */
static const struct value *
shorten(const struct value *v, struct value *room)
{
	if (v == NULL || v->type == VALUE_NULL)
		return NULL;
	if (v->n <= RAW_MAX)
		return v;
	*room = *v;
	room->n = RAW_MAX;
	return room;
}

static bool
is_fixed(const struct system_fields *h, enum system_field f)
{
	return h->field[f] == NULL || h->field[f]->kind == NODE_TEXT;
}

/* What the tree says of all its records. */
static void
know(struct job_coverage_cache *p, const struct system_fields *h,
    const struct tree *tree)
{
	const struct value *const provider =
	    system_fields_value(h, SYSTEM_PROVIDER, tree->values);

	p->known = true;
	p->fixed = is_fixed(h, SYSTEM_CHANNEL) && is_fixed(h, SYSTEM_COMPUTER);
	p->watched =
	    !is_fixed(h, SYSTEM_PROVIDER) ||
	    (provider != NULL && value_equals_nocase(provider,
				     SPAN("Microsoft-Windows-Eventlog")));
}

static size_t
log_of(struct job_coverage *t, struct job_coverage_cache *p,
    const struct job_coverage_record *r)
{
	if (p->fixed && is_known(t, p))
		return p->log;
	const struct value *const values = r->tree->values;
	struct value room[JOB_COVERAGE_NAMES];
	const struct value *const names[JOB_COVERAGE_NAMES] = {
		shorten(system_fields_value(
			    r->head, fields[JOB_COVERAGE_CHANNEL], values),
		    &room[JOB_COVERAGE_CHANNEL]),
		shorten(system_fields_value(
			    r->head, fields[JOB_COVERAGE_COMPUTER], values),
		    &room[JOB_COVERAGE_COMPUTER]),
	};
	p->log = find_log(t, p, names);
	p->of = t->failed ? NULL : t;
	p->epoch = t->epoch;
	return p->log;
}

/* --- logs that were cleared ----------------------------------------------- */

/* The ids of provider Microsoft-Windows-Eventlog: 1102 in Security, 104 in
 * System. */
static bool
tells_of_clearing(uint64_t id)
{
	return id == 1102 || id == 104;
}

static bool
is_clearing(const struct job_coverage_cache *p, const struct system_fields *h,
    const struct tree *tree, uint64_t *id)
{
	if (!p->watched)
		return false;
	const struct value *const v =
	    system_fields_value(h, SYSTEM_EVENT_ID, tree->values);
	const struct value *const provider =
	    system_fields_value(h, SYSTEM_PROVIDER, tree->values);

	return v != NULL && value_u64(v, id) && tells_of_clearing(*id) &&
	       provider != NULL &&
	       value_equals_nocase(
		   provider, SPAN("Microsoft-Windows-Eventlog"));
}

bool
job_coverage_needs_event(struct job_coverage_cache *p,
    const struct system_fields *head, const struct tree *tree)
{
	uint64_t id;

	if (!p->known)
		know(p, head, tree);
	return is_clearing(p, head, tree, &id);
}

/* A field of UserData/LogFileCleared. */
static struct span
cleared_text(struct job_coverage *t, const struct job_coverage_record *r,
    struct span element)
{
	const struct node *const data =
	    tree_child(r->tree->root, SPAN("UserData"));
	const struct node *const cleared =
	    tree_child(data, SPAN("LogFileCleared"));
	const struct node *const leaf = tree_leaf(tree_child(cleared, element));

	return keep_text(
	    t, leaf == NULL ? NULL : tree_value(leaf, r->tree->values));
}

static struct span
cleared_by(struct job_coverage *t, const struct job_coverage_record *r)
{
	const struct span domain =
	    cleared_text(t, r, SPAN("SubjectDomainName"));
	const struct span name = cleared_text(t, r, SPAN("SubjectUserName"));

	buf_cut(&t->text, 0);
	buf_put(&t->text, domain);
	if (domain.n != 0 && name.n != 0)
		buf_byte(&t->text, '\\');
	buf_put(&t->text, name);
	return arena_copy(&t->texts, cut_name(buf_span(&t->text)));
}

static void
note_clearing(struct job_coverage *t, const struct job_coverage_record *r,
    const struct job_coverage_clear *note)
{
	struct job_coverage_clear *const n = ONE_MORE(t, notes);

	if (n == NULL)
		return;
	*n = *note;
	n->what.time = r->time;
	n->what.log = cleared_text(t, r, SPAN("Channel"));
	n->what.by = cleared_by(t, r);
	/* Only event 104 says which one: 1102 is of its own. */
	if (n->what.log.n == 0)
		n->what.log = t->logs[note->log].name[JOB_COVERAGE_CHANNEL];
}

/* --- runs ----------------------------------------------------------------- */

static void
begin_run(struct job_coverage *t, const struct job_coverage_run *run)
{
	struct job_coverage_run *const r = ONE_MORE(t, runs);

	if (r == NULL)
		return;
	*r = *run;
	t->logs[run->log].run = t->n_runs;
}

/* Whether the record goes on where the run of its log ends. */
static bool
goes_on(const struct coverage_run *run, uint64_t id, uint64_t time)
{
	if (id == 0)
		return run->first_id == 0;
	return run->last_id + 1 == id && run->first_id != 0 &&
	       !coverage_clock_back(run->last, time);
}

static void
add_to_run(struct coverage_run *run, uint64_t id, uint64_t time)
{
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

static void
add_copy(
    struct job_coverage *t, const struct job_coverage_record *r, uint64_t id)
{
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
}

static uint64_t
id_of(const struct job_coverage_record *r)
{
	const struct value *const v =
	    system_fields_value(r->head, SYSTEM_RECORD_ID, r->tree->values);
	uint64_t id;

	return v != NULL && value_u64(v, &id) && id <= COVERAGE_ID_MAX ? id : 0;
}

void
job_coverage_add(struct job_coverage *t, struct job_coverage_cache *p,
    const struct job_coverage_record *r)
{
	const uint64_t id = id_of(r);
	uint64_t event_id;

	if (!p->known)
		know(p, r->head, r->tree);
	const size_t log = log_of(t, p, r);
	if (t->failed)
		return;
	const size_t run = t->logs[log].run;
	if (run == 0 || !goes_on(&t->runs[run - 1].run, id, r->time))
		begin_run(t, &(struct job_coverage_run){ .log = log,
				 .offset = t->at + r->header->offset,
				 .run = { .first_id = id } });
	if (t->failed)
		return;
	add_to_run(&t->runs[t->logs[log].run - 1].run, id, r->time);
	add_copy(t, r, id);
	t->copy.turns += t->log != 0 && t->log != log + 1 ? 1 : 0;
	t->log = log + 1;
	if (t->first_id == 0)
		t->first_id = id;
	if (id != 0)
		t->last_id = id;
	if (p->watched && is_clearing(p, r->head, r->tree, &event_id))
		note_clearing(t, r,
		    &(struct job_coverage_clear){ .log = log,
			.offset = t->at + r->header->offset,
			.what = { event_id, id, .time = r->time } });
}
