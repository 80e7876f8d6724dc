/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a query, and the same bytes as a QueryList and as a rule's JSON.
 * What is taken is compiled against an event with substitutions and without,
 * joined with itself, and must say the same each time.
 */
#include <string.h>

#include "select/compare.h"
#include "select/queries.h"
#include "select/queries_list.h"
#include "select/queries_rule.h"
#include "select/xpath_join.h"
#include "tests/fuzz/fuzz.h"

#define SUBSTITUTIONS 4U

struct event {
	struct arena arena;
	const struct node *root;
	struct value values[SUBSTITUTIONS];
};

static struct node *
add(struct event *ev, struct node **list, enum node_kind kind, const char *name)
{
	while (*list != NULL)
		list = &(*list)->next;
	struct node **last = list;
	struct node *const n = tree_add(&ev->arena, &last, kind);

	FUZZ_NEED(n != NULL);
	if (name != NULL)
		n->name = span_str(name);
	return n;
}

static void
add_data(struct event *ev, struct node *parent, uint16_t substitution)
{
	struct node *const data = add(ev, &parent->kids, NODE_ELEMENT, "Data");
	struct node *const name = add(ev, &data->attrs, NODE_ATTRIBUTE, "Name");

	add(ev, &name->kids, NODE_TEXT, NULL)->value = value_utf8(SPAN("A"));
	add(ev, &data->kids, NODE_SUBSTITUTION, NULL)->index = substitution;
}

static void
make_event(struct event *ev)
{
	static const uint8_t wide[] = { 'x', 0, '1', 0 };
	static const uint8_t list[] = { 'a', 0, 0, 0, 'b', 0, 0, 0 };
	static const uint8_t id[] = { 0x10, 0x12, 0, 0, 0, 0, 0, 0 };

	arena_init(&ev->arena, 1 << 20);
	ev->values[0] = (struct value){ id, 2, VALUE_U16 };
	ev->values[1] = (struct value){ wide, 4, VALUE_WSTRING };
	ev->values[2] = (struct value){ id, 8, VALUE_FILETIME };
	ev->values[3] = (struct value){ list, 8, VALUE_ARRAY | VALUE_WSTRING };
	struct node *root = NULL;
	add(ev, &root, NODE_ELEMENT, "Event");
	struct node *const system =
	    add(ev, &root->kids, NODE_ELEMENT, "System");
	struct node *const number =
	    add(ev, &system->kids, NODE_ELEMENT, "EventID");
	add(ev, &number->kids, NODE_SUBSTITUTION, NULL)->index = 0;
	struct node *const data =
	    add(ev, &root->kids, NODE_ELEMENT, "EventData");
	for (uint16_t substitution = 0; substitution < SUBSTITUTIONS;
	     substitution++)
		add_data(ev, data, substitution);
	ev->root = root;
}

/* Compiled and run, and judged at once. */
static bool
ask(const struct program_rule *rules, const struct tree *t)
{
	static struct program_op ops[PROGRAM_OPS_MAX];
	const struct program_channels all = { { UINT64_MAX, UINT64_MAX } };
	struct buf scratch;
	struct program compiled;
	struct program judged;

	buf_init(&scratch, COMPARE_TEXT_MAX);
	struct program_source s = {
		.rules = rules, .tree = t, .scratch = &scratch, .ops = ops
	};
	program_make(&compiled, &s);
	FUZZ_NEED(compiled.n <= PROGRAM_OPS_MAX);
	const struct program_facts facts = { t->values, &all, &scratch };
	const bool run = program_answer(&compiled, &facts) == PROGRAM_YES;
	s.channels = &all;
	s.now = true;
	program_make(&judged, &s);
	FUZZ_NEED(judged.n == 0 && !judged.full);
	FUZZ_NEED(compiled.full || run == (judged.entry == PROGRAM_YES));
	buf_reset(&scratch);
	return judged.entry == PROGRAM_YES;
}

/* Alone, and joined with itself. */
static void
try_query(struct queries *q, const struct tree *t)
{
	const struct queries_item *const item = q->items;
	struct program_query alone = {
		.channel = item->channel_number,
		.expr = xpath_join_list(&q->arena),
	};
	const struct program_rule rule = { .select = &alone };
	struct err e;

	FUZZ_NEED(alone.expr != NULL);
	if (!xpath_join(alone.expr, item->expr, &q->arena) ||
	    queries_end(q, &e) != RC_OK)
		return;
	const bool once = ask(&rule, t);
	FUZZ_NEED(once == ask(q->rules, t));
	if (xpath_join(alone.expr, item->expr, &q->arena))
		FUZZ_NEED(once == ask(&rule, t));
}

static void
check_refusal(enum rc rc, const struct err *e, const struct queries *q)
{
	FUZZ_NEED(rc == RC_FATAL && e->why == WHY_USAGE && e->text[0] != '\0');
	FUZZ_NEED(strlen(q->shown) < sizeof(q->shown));
	FUZZ_NEED(q->caret <= QUERIES_SHOWN);
}

static void
try_file(enum rc (*add_file)(struct queries *, const char *, struct err *),
    struct span text, const struct tree *t)
{
	struct queries q;
	struct err e;

	err_clear(&e);
	queries_init(&q, 1);
	enum rc rc = add_file(&q, fuzz_file(0, text), &e);
	if (rc == RC_OK)
		rc = queries_end(&q, &e);
	if (rc == RC_OK)
		(void)ask(q.rules, t);
	else
		check_refusal(rc, &e, &q);
	queries_free(&q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = span_of(data, size);
	struct queries q;
	struct event ev;
	struct err e;

	err_clear(&e);
	make_event(&ev);
	const struct tree t = { ev.root, ev.values, SUBSTITUTIONS };
	queries_init(&q, 1);
	const enum rc rc = queries_add(&q, "--query", text, &e);
	if (rc == RC_OK)
		try_query(&q, &t);
	else
		check_refusal(rc, &e, &q);
	queries_free(&q);
	try_file(queries_list_add, text, &t);
	try_file(queries_rule_add, text, &t);
	arena_free(&ev.arena);
	return 0;
}
