/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "select/compare.h"
#include "select/select.h"

const char *const select_reasons[SELECT_VERDICTS] = {
	[SELECT_KEEP] = "kept",
	[SELECT_EVENT_SET] = "event_set",
	[SELECT_CHANNEL] = "channel",
	[SELECT_PROVIDER] = "provider",
	[SELECT_COMPUTER] = "computer",
	[SELECT_LEVEL] = "level",
	[SELECT_INCLUDE] = "include_eid",
	[SELECT_EXCLUDE] = "exclude_eid",
	[SELECT_QUERY] = "query",
	[SELECT_TIME] = "time",
	[SELECT_NO_TIME] = "no_time",
};

#define NARROW_MAX 32U /* of a tree */
#define NARROW_OPS_MAX 1024U

static const enum system_field name_field[SELECT_NAMES] = {
	[SELECT_NAME_CHANNEL] = SYSTEM_CHANNEL,
	[SELECT_NAME_PROVIDER] = SYSTEM_PROVIDER,
	[SELECT_NAME_COMPUTER] = SYSTEM_COMPUTER,
};

struct select_worker {
	const struct select *s;
	struct program_channels log; /* what the source adds to a channel */
	struct buf scratch;
	struct program_op ops[PROGRAM_OPS_MAX];
};

void
select_init(struct select *s)
{
	memset(s, 0, sizeof(*s));
	s->to = UINT64_MAX;
}

void
select_free(struct select *s)
{
	eventset_free(&s->set);
	if (s->queries != NULL)
		queries_free(s->queries);
	free(s->queries);
	free(s->levels);
	idlist_destroy(s->include);
	idlist_destroy(s->exclude);
	select_init(s);
}

enum rc
select_worker_create(
    struct select_worker **wp, const struct select *s, struct err *e)
{
	struct select_worker *const w = calloc(1, sizeof(*w));

	*wp = w;
	if (w == NULL)
		return err_nomem(e);
	w->s = s;
	buf_init(&w->scratch, COMPARE_TEXT_MAX);
	return RC_OK;
}

void
select_worker_destroy(struct select_worker *w)
{
	if (w == NULL)
		return;
	buf_reset(&w->scratch);
	free(w);
}

void
select_worker_log(struct select_worker *w, const struct program_channels *log)
{
	w->log = *log;
}

/* --- names ---------------------------------------------------------------- */

static bool
is_asked(const struct select *s, enum select_name_kind kind)
{
	const struct idlist *const in = s->include;
	const struct idlist *const out = s->exclude;

	switch (kind) {
	case SELECT_NAME_CHANNEL:
		return !s->set.any || s->queries != NULL || s->channels.n != 0;
	case SELECT_NAME_PROVIDER:
		return s->providers.n != 0 || (in != NULL && in->n != 0) ||
		       (out != NULL && out->n != 0);
	case SELECT_NAME_COMPUTER:
		return s->computers.n != 0;
	case SELECT_NAMES:
		break;
	}
	return false;
}

static void
mark_channel(struct select_marks *m, const struct select *s, const char *name)
{
	if (!s->set.any)
		m->rules = eventset_rules_of(&s->set, span_str(name));
	if (s->queries != NULL)
		m->channels = queries_channels(s->queries, name);
	m->taken = names_match(&s->channels, name);
}

static void
mark_provider(struct select_marks *m, const struct select *s, const char *name)
{
	if (s->include != NULL)
		m->include = idlist_providers(s->include, name);
	if (s->exclude != NULL)
		m->exclude = idlist_providers(s->exclude, name);
	m->taken = names_match(&s->providers, name);
}

/* What the criteria say of a name; of none, it is empty. */
static void
mark(struct select_name *n, struct select_worker *w, const struct value *v)
{
	struct buf *const text = &w->scratch;

	memset(&n->marks, 0, sizeof(n->marks));
	buf_cut(text, 0);
	if (v != NULL)
		value_text(text, v);
	buf_byte(text, '\0');
	const char *const name = text->full ? "" : (const char *)text->p;
	if (n->kind == SELECT_NAME_CHANNEL)
		mark_channel(&n->marks, w->s, name);
	else if (n->kind == SELECT_NAME_PROVIDER)
		mark_provider(&n->marks, w->s, name);
	else
		n->marks.taken = names_match(&w->s->computers, name);
}

static void
keep(struct select_name *n, const struct value *v)
{
	n->kept = v != NULL && v->n <= SELECT_NAME_KEPT;
	if (!n->kept)
		return;
	n->type = v->type;
	n->n = (uint8_t)v->n;
	if (v->n != 0)
		memcpy(n->bytes, v->p, v->n);
}

static bool
is_kept(const struct select_name *n, const struct value *v)
{
	return n->kept && v != NULL && v->n == n->n && v->type == n->type &&
	       (v->n == 0 || memcmp(v->p, n->bytes, v->n) == 0);
}

static const struct select_marks *
marks_of(struct select_test *test, struct select_worker *w,
    enum select_name_kind kind, const struct value *values)
{
	struct select_name *const n = &test->names[kind];

	if (n->constant || !n->asked)
		return &n->marks;
	const struct value *const v =
	    system_fields_value(&test->head, name_field[kind], values);
	if (!is_kept(n, v)) {
		mark(n, w, v);
		keep(n, v);
	}
	return &n->marks;
}

static void
compile_name(struct select_test *test, struct select_worker *w,
    enum select_name_kind kind, const struct tree *t)
{
	struct select_name *const n = &test->names[kind];
	const struct node *const leaf = test->head.field[name_field[kind]];

	n->kind = kind;
	n->kept = false;
	n->marks.taken = true;
	n->asked = is_asked(w->s, kind);
	n->constant = leaf == NULL || leaf->kind != NODE_SUBSTITUTION;
	if (n->asked && n->constant)
		mark(n, w,
		    system_fields_value(
			&test->head, name_field[kind], t->values));
}

/* --- compiling ------------------------------------------------------------ */

static struct program_source
source_of(struct select_worker *w, const struct select_test *test,
    const struct tree *t)
{
	const struct select_name *const channel =
	    &test->names[SELECT_NAME_CHANNEL];

	return (struct program_source){
		.rules = w->s->queries->rules,
		.tree = t,
		.channels = channel->constant && !test->open
				? &channel->marks.channels
				: NULL,
		.system_only = test->system_only,
		.scratch = &w->scratch,
		.ops = w->ops,
	};
}

static enum rc
compile_queries(struct select_test *test, struct select_worker *w,
    const struct tree *t, struct err *e)
{
	const struct program_source s = source_of(w, test, t);
	struct program *const p = &test->program;

	program_make(p, &s);
	test->by_tree = p->full;
	if (p->full || p->n == 0)
		return RC_OK;
	test->ops = malloc(p->n * sizeof(*test->ops));
	if (test->ops == NULL)
		return err_nomem(e);
	memcpy(test->ops, w->ops, p->n * sizeof(*test->ops));
	p->ops = test->ops;
	return RC_OK;
}

static enum rc
compile(struct select_test *test, struct select_worker *w, const struct tree *t,
    bool again, struct err *e)
{
	test->ops = NULL;
	test->narrow = NULL;
	test->n_narrow = 0;
	test->grown = 0;
	test->by_tree = !again;
	test->open = false;
	system_fields_find(&test->head, t);
	for (unsigned i = 0; i < SELECT_NAMES; i++)
		compile_name(test, w, (enum select_name_kind)i, t);
	if (w->s->queries == NULL || !again)
		return RC_OK;
	return compile_queries(test, w, t, e);
}

enum rc
select_compile(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool again, struct err *e)
{
	test->system_only = false;
	return compile(test, w, t, again, e);
}

enum rc
select_compile_head(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool again, struct err *e)
{
	test->system_only = true;
	return compile(test, w, t, again, e);
}

void
select_test_free(struct select_test *test)
{
	struct select_narrow *next;

	for (struct select_narrow *n = test->narrow; n != NULL; n = next) {
		next = n->next;
		free(n);
	}
	test->narrow = NULL;
	free(test->ops);
	test->ops = NULL;
}

size_t
select_test_bytes(const struct select_test *test)
{
	return test->ops == NULL ? 0 : test->program.n * sizeof(*test->ops);
}

/* --- running -------------------------------------------------------------- */

static uint64_t
number_of(const struct select_test *test, enum system_field f,
    const struct value *values)
{
	const struct value *const v =
	    system_fields_value(&test->head, f, values);
	uint64_t n = UINT64_MAX;

	return v != NULL && value_u64(v, &n) ? n : UINT64_MAX;
}

/* Most queries ask for the id first. */
static struct select_narrow *
make_narrow(struct select_test *test, const struct value *values, uint64_t id,
    const struct program_channels *channels)
{
	const struct program *const p = &test->program;
	const struct node *const leaf = test->head.field[SYSTEM_EVENT_ID];
	const bool known = leaf != NULL && leaf->kind == NODE_SUBSTITUTION;
	const struct program_known k = { channels, known ? leaf->index : 0,
		known ? &values[leaf->index] : NULL };
	const size_t size =
	    sizeof(struct select_narrow) + p->n * sizeof(struct program_op);
	struct select_narrow *const n =
	    test->n_narrow == NARROW_MAX || p->n > NARROW_OPS_MAX
		? NULL
		: malloc(size);

	if (n == NULL)
		return NULL;
	n->id = id;
	n->channels = *channels;
	program_narrow(&n->program, p, &k, n->ops);
	n->next = test->narrow;
	test->narrow = n;
	test->n_narrow++;
	test->grown += size;
	return n;
}

static const struct program *
narrow(struct select_test *test, const struct value *values, uint64_t id,
    const struct program_channels *channels)
{
	struct select_narrow **at = &test->narrow;
	struct select_narrow *n;

	for (; (n = *at) != NULL; at = &n->next) {
		if (n->id != id ||
		    memcmp(&n->channels, channels, sizeof(n->channels)) != 0)
			continue;
		*at = n->next;
		n->next = test->narrow;
		test->narrow = n;
		return &n->program;
	}
	n = make_narrow(test, values, id, channels);
	return n == NULL ? &test->program : &n->program;
}

/* What is asked for more than once of a record. */
struct asked {
	uint64_t id;
	const struct select_marks *channel;
};

/* The channels of a record: its own and those of the log that it lies in. */
static struct program_channels
all_channels(const struct select_worker *w, const struct asked *asked)
{
	struct program_channels c = asked->channel->channels;

	for (size_t i = 0; i < sizeof(c.bits) / sizeof(*c.bits); i++)
		c.bits[i] |= w->log.bits[i];
	return c;
}

/* A program that was made for the channel that the tree tells is made anew so
 * that it asks for the channel; without memory, trees are asked. */
static void
open_program(
    struct select_test *test, struct select_worker *w, const struct tree *t)
{
	struct err e;

	select_test_free(test);
	test->n_narrow = 0;
	test->open = true;
	if (compile_queries(test, w, t, &e) == RC_OK)
		test->grown += select_test_bytes(test);
	else
		test->by_tree = true;
}

/* PROGRAM_YES, PROGRAM_NO or PROGRAM_MAYBE. */
static uint16_t
ask_queries(struct select_test *test, struct select_worker *w,
    const struct tree *t, const struct asked *asked)
{
	const struct program_channels channels = all_channels(w, asked);
	const struct program_facts facts = { t->values, &channels,
		&w->scratch };
	const bool more =
	    memcmp(&channels, &asked->channel->channels, sizeof(channels)) != 0;

	if (!test->by_tree && !test->open && more &&
	    test->names[SELECT_NAME_CHANNEL].constant)
		open_program(test, w, t);
	if (!test->by_tree)
		return program_answer(
		    narrow(test, t->values, asked->id, &channels), &facts);
	struct program_source s = source_of(w, test, t);
	struct program answer;
	s.channels = &channels;
	s.now = true;
	program_make(&answer, &s);
	return answer.entry;
}

static enum select_verdict
judge_head(struct select_test *test, struct select_worker *w,
    const struct value *values, struct asked *asked)
{
	const struct select *const s = w->s;
	const uint64_t id = number_of(test, SYSTEM_EVENT_ID, values);
	const struct select_marks *m =
	    marks_of(test, w, SELECT_NAME_CHANNEL, values);

	*asked = (struct asked){ id, m };
	if (!s->set.any &&
	    (m->rules == 0 || !eventset_has(&s->set, m->rules, id)))
		return SELECT_EVENT_SET;
	if (!m->taken)
		return SELECT_CHANNEL;
	m = marks_of(test, w, SELECT_NAME_PROVIDER, values);
	if (!m->taken)
		return SELECT_PROVIDER;
	if (!marks_of(test, w, SELECT_NAME_COMPUTER, values)->taken)
		return SELECT_COMPUTER;
	if (s->levels != NULL &&
	    !names_has_level(s->levels, number_of(test, SYSTEM_LEVEL, values)))
		return SELECT_LEVEL;
	if (s->include != NULL && !idlist_has(s->include, m->include, id))
		return SELECT_INCLUDE;
	if (s->exclude != NULL && idlist_has(s->exclude, m->exclude, id))
		return SELECT_EXCLUDE;
	return SELECT_KEEP;
}

static enum select_verdict
judge_time(const struct select_test *test, const struct select *s,
    const struct value *values)
{
	const struct value *const v =
	    system_fields_value(&test->head, SYSTEM_TIME, values);
	uint64_t t;

	if (v == NULL || !value_time(v, &t))
		return SELECT_NO_TIME;
	return t < s->from || t >= s->to ? SELECT_TIME : SELECT_KEEP;
}

enum select_verdict
select_run(
    struct select_test *test, struct select_worker *w, const struct tree *t)
{
	const struct select *const s = w->s;
	struct asked asked;
	const enum select_verdict v = judge_head(test, w, t->values, &asked);

	if (v != SELECT_KEEP)
		return v;
	if (s->queries != NULL &&
	    ask_queries(test, w, t, &asked) != PROGRAM_YES)
		return SELECT_QUERY;
	return s->timed ? judge_time(test, s, t->values) : SELECT_KEEP;
}

bool
select_asks_head(const struct select *s)
{
	return !s->set.any || s->channels.n != 0 || s->providers.n != 0 ||
	       s->computers.n != 0 || s->levels != NULL || s->include != NULL ||
	       s->exclude != NULL || s->timed || s->queries != NULL;
}

/* Queries are asked before the time, so that a record is always counted under
 * the same reason. */
enum select_verdict
select_run_head(
    struct select_test *test, struct select_worker *w, const struct tree *t)
{
	const struct select *const s = w->s;
	struct asked asked;
	const enum select_verdict v = judge_head(test, w, t->values, &asked);

	if (v != SELECT_KEEP)
		return v;
	const uint16_t answer =
	    s->queries == NULL ? PROGRAM_YES : ask_queries(test, w, t, &asked);
	if (answer == PROGRAM_NO)
		return SELECT_QUERY;
	return answer == PROGRAM_YES && s->timed
		   ? judge_time(test, s, t->values)
		   : SELECT_KEEP;
}
