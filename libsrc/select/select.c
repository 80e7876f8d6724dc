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

#define SPECIAL_MAX 32U /* maximum number of specialized programs of a tree */
#define SPECIAL_OPS_MAX 1024U

static const enum system_field name_field[SELECT_NAMES] = {
	[SELECT_NAME_CHANNEL] = SYSTEM_CHANNEL,
	[SELECT_NAME_PROVIDER] = SYSTEM_PROVIDER,
	[SELECT_NAME_COMPUTER] = SYSTEM_COMPUTER,
};

struct select_worker {
	const struct select *s;
	/* Channel patterns that match the log; set by select_worker_log(). */
	struct program_channels log;
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

/* Evaluate the criteria for a name. An absent name counts as "". */
static void
evaluate_name(
    struct select_name *n, struct select_worker *w, const struct value *v)
{
	const struct select *const s = w->s;
	struct select_marks *const m = &n->marks;
	struct buf *const text = &w->scratch;

	memset(m, 0, sizeof(*m));
	buf_cut(text, 0);
	if (v != NULL)
		value_text(text, v);
	buf_byte(text, '\0');
	const char *const name = text->full ? "" : (const char *)text->p;
	switch (n->kind) {
	case SELECT_NAME_CHANNEL:
		if (!s->set.any)
			m->rules = eventset_rules_of(&s->set, span_str(name));
		if (s->queries != NULL)
			m->channels = queries_channels(s->queries, name);
		m->matches = names_match(&s->channels, name);
		break;
	case SELECT_NAME_PROVIDER:
		if (s->include != NULL)
			m->include = idlist_providers(s->include, name);
		if (s->exclude != NULL)
			m->exclude = idlist_providers(s->exclude, name);
		m->matches = names_match(&s->providers, name);
		break;
	case SELECT_NAME_COMPUTER:
		m->matches = names_match(&s->computers, name);
		break;
	case SELECT_NAMES:
		break;
	}
}

/* The results of the criteria for one name of a record. They are computed again
 * only if the name has changed. */
static const struct select_marks *
marks_of(struct select_test *test, struct select_worker *w,
    enum select_name_kind kind, const struct value *values)
{
	struct select_name *const n = &test->names[kind];

	if (n->constant || !n->needed)
		return &n->marks;
	const struct value *const v =
	    system_fields_value(&test->head, name_field[kind], values);
	if (n->cached && v != NULL && v->n == n->n && v->type == n->type &&
	    (v->n == 0 || memcmp(v->p, n->bytes, v->n) == 0))
		return &n->marks;
	evaluate_name(n, w, v);
	n->cached = v != NULL && v->n <= SELECT_NAME_KEPT;
	if (!n->cached)
		return &n->marks;
	n->type = v->type;
	n->n = (uint8_t)v->n;
	if (v->n != 0)
		memcpy(n->bytes, v->p, v->n);
	return &n->marks;
}

static void
compile_name(struct select_test *test, struct select_worker *w,
    enum select_name_kind kind, const struct tree *t)
{
	const struct select *const s = w->s;
	const struct idlist *const in = s->include;
	const struct idlist *const out = s->exclude;
	struct select_name *const n = &test->names[kind];
	const struct node *const leaf = test->head.field[name_field[kind]];

	n->kind = kind;
	n->cached = false;
	n->marks.matches = true;
	if (kind == SELECT_NAME_CHANNEL)
		n->needed =
		    !s->set.any || s->queries != NULL || s->channels.n != 0;
	else if (kind == SELECT_NAME_PROVIDER)
		n->needed = s->providers.n != 0 || (in != NULL && in->n != 0) ||
			    (out != NULL && out->n != 0);
	else
		n->needed = s->computers.n != 0;
	n->constant = leaf == NULL || leaf->kind != NODE_SUBSTITUTION;
	if (n->needed && n->constant)
		evaluate_name(n, w,
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
    bool recurs, struct err *e)
{
	test->ops = NULL;
	test->special = NULL;
	test->n_special = 0;
	test->grown = 0;
	test->by_tree = !recurs;
	test->open = false;
	system_fields_find(&test->head, t);
	for (unsigned i = 0; i < SELECT_NAMES; i++)
		compile_name(test, w, (enum select_name_kind)i, t);
	if (w->s->queries == NULL || !recurs)
		return RC_OK;
	return compile_queries(test, w, t, e);
}

enum rc
select_compile(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool recurs, struct err *e)
{
	test->system_only = false;
	return compile(test, w, t, recurs, e);
}

enum rc
select_compile_head(struct select_test *test, struct select_worker *w,
    const struct tree *t, bool recurs, struct err *e)
{
	test->system_only = true;
	return compile(test, w, t, recurs, e);
}

void
select_test_free(struct select_test *test)
{
	struct select_special *next;

	for (struct select_special *n = test->special; n != NULL; n = next) {
		next = n->next;
		free(n);
	}
	test->special = NULL;
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

/* The program for records with this event id, which most queries test first,
 * and these channels. The general program if there are too many specialized
 * ones or memory is exhausted. */
static const struct program *
program_for(struct select_test *test, const struct value *values, uint64_t id,
    const struct program_channels *channels)
{
	const struct program *const general = &test->program;
	const struct node *const leaf = test->head.field[SYSTEM_EVENT_ID];
	const bool has_id = leaf != NULL && leaf->kind == NODE_SUBSTITUTION;
	const struct program_known known = { channels, has_id ? leaf->index : 0,
		has_id ? &values[leaf->index] : NULL };
	struct select_special **at = &test->special;
	struct select_special *n;

	while ((n = *at) != NULL &&
	       (n->id != id ||
		   memcmp(&n->channels, channels, sizeof(n->channels)) != 0))
		at = &n->next;
	if (n != NULL) {
		*at = n->next;
	} else {
		const size_t size =
		    sizeof(*n) + general->n * sizeof(struct program_op);
		if (test->n_special == SPECIAL_MAX ||
		    general->n > SPECIAL_OPS_MAX)
			return general;
		n = malloc(size);
		if (n == NULL)
			return general;
		n->id = id;
		n->channels = *channels;
		program_specialize(&n->program, general, &known, n->ops);
		test->n_special++;
		test->grown += size;
	}
	n->next = test->special;
	test->special = n;
	return &n->program;
}

/* Values that check_head() finds and ask_queries() needs. */
struct asked {
	uint64_t id;
	const struct select_marks *channel;
};

/* Run the queries. Returns PROGRAM_YES, PROGRAM_NO or PROGRAM_MAYBE. */
static uint16_t
ask_queries(struct select_test *test, struct select_worker *w,
    const struct tree *t, const struct asked *asked)
{
	/* Patterns that match the record's own channel or the log which
	 * contains the record. */
	struct program_channels channels = asked->channel->channels;
	struct err e;

	for (size_t i = 0; i < sizeof(channels.bits) / sizeof(*channels.bits);
	     i++)
		channels.bits[i] |= w->log.bits[i];
	const struct program_facts facts = { t->values, &channels,
		&w->scratch };
	if (!test->by_tree && !test->open &&
	    test->names[SELECT_NAME_CHANNEL].constant &&
	    memcmp(&channels, &asked->channel->channels, sizeof(channels)) !=
		0) {
		/* The program was compiled for the tree's own channel only. */
		select_test_free(test);
		test->n_special = 0;
		test->open = true;
		if (compile_queries(test, w, t, &e) == RC_OK)
			test->grown += select_test_bytes(test);
		else
			test->by_tree = true;
	}
	if (!test->by_tree)
		return program_answer(
		    program_for(test, t->values, asked->id, &channels), &facts);
	struct program_source s = source_of(w, test, t);
	struct program answer;
	s.channels = &channels;
	s.now = true;
	program_make(&answer, &s);
	return answer.entry;
}

/* Test the criteria except the queries and the time window. */
static enum select_verdict
check_head(struct select_test *test, struct select_worker *w,
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
	if (!m->matches)
		return SELECT_CHANNEL;
	m = marks_of(test, w, SELECT_NAME_PROVIDER, values);
	if (!m->matches)
		return SELECT_PROVIDER;
	if (!marks_of(test, w, SELECT_NAME_COMPUTER, values)->matches)
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

/* The queries are tested before the time. If a System-only tree is not enough
 * for them, the time is not tested either, so that a record is always counted
 * under the same reason. */
enum select_verdict
select_run(
    struct select_test *test, struct select_worker *w, const struct tree *t)
{
	const struct select *const s = w->s;
	struct asked asked;
	const enum select_verdict v = check_head(test, w, t->values, &asked);
	uint64_t time;

	if (v != SELECT_KEEP)
		return v;
	const uint16_t answer =
	    s->queries == NULL ? PROGRAM_YES : ask_queries(test, w, t, &asked);
	if (answer == PROGRAM_NO)
		return SELECT_QUERY;
	if (answer == PROGRAM_MAYBE || !s->timed)
		return SELECT_KEEP;
	const struct value *const at =
	    system_fields_value(&test->head, SYSTEM_TIME, t->values);
	if (at == NULL || !value_time(at, &time))
		return SELECT_NO_TIME;
	return time < s->from || time >= s->to ? SELECT_TIME : SELECT_KEEP;
}

bool
select_asks_head(const struct select *s)
{
	return !s->set.any || s->channels.n != 0 || s->providers.n != 0 ||
	       s->computers.n != 0 || s->levels != NULL || s->include != NULL ||
	       s->exclude != NULL || s->timed || s->queries != NULL;
}
