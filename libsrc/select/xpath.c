/* SPDX-License-Identifier: Apache-2.0 */
#include "select/xlex.h"
#include "select/xpath_literal.h"

#define MISPLACED_POSITION \
	"a position can only be tested in the first predicate of a step"

struct parser {
	struct xpath_query *q;
	struct xlex lex;
	struct arena *arena;
	struct err *e;
	/* Number of parentheses and predicates around the current token. */
	unsigned depth;
	/* Number of terms so far; the maximum is XPATH_TERMS_MAX. */
	unsigned terms;
	unsigned filters; /* number of predicates around the current token */
	struct xpath_step *step; /* step whose predicate is being parsed */
	bool first_filter; /* the predicate is the first one of the step */
	bool path_start;   /* the step being parsed is the first of its path */
};

/* One side of a comparison. */
struct operand {
	enum { SIDE_EXPR, SIDE_LITERAL, SIDE_TEST } kind;
	size_t at; /* offset of the operand's first byte in the query */
	struct xpath_expr *expr; /* SIDE_EXPR: an expression in parentheses;
				  * SIDE_TEST: a path or a call */
	struct xpath_literal literal;
};

static enum rc parse_or(struct parser *p, struct xpath_expr **out);

static enum rc
refuse(struct parser *p, size_t at, const char *what)
{
	p->q->fault = at;
	(void)err_set(p->e, RC_FATAL, WHY_USAGE, "%s", what);
	return RC_FATAL;
}

static enum rc
unexpected(struct parser *p, const char *wanted)
{
	p->q->fault = p->lex.token.at;
	if (p->lex.token.kind == XLEX_END)
		(void)err_set(p->e, RC_FATAL, WHY_USAGE,
		    "the query ends where %s is expected", wanted);
	else
		(void)err_set(p->e, RC_FATAL, WHY_USAGE, "expected %s", wanted);
	return RC_FATAL;
}

static enum rc
next(struct parser *p)
{
	const enum rc rc = xlex_next(&p->lex, p->e);

	if (rc != RC_OK)
		p->q->fault = p->lex.at;
	return rc;
}

/* Skip the mark `mark`; it is an error if the current token is another one. */
static enum rc
expect(struct parser *p, char mark, const char *wanted)
{
	return xlex_is(&p->lex, mark) ? next(p) : unexpected(p, wanted);
}

/* Allocate a step or expression of the result, which counts as a term. */
static enum rc
make(struct parser *p, size_t size, void **out)
{
	*out = NULL;
	if (++p->terms > XPATH_TERMS_MAX)
		return refuse(
		    p, p->lex.token.at, "the query has too many terms");
	*out = arena_alloc(p->arena, size);
	return *out != NULL
		   ? RC_OK
		   : refuse(p, p->lex.token.at, "the queries are too large");
}

static enum rc
make_expr(struct parser *p, enum xpath_kind kind, struct xpath_expr **out)
{
	void *made;
	const enum rc rc = make(p, sizeof(**out), &made);

	*out = made;
	if (*out != NULL)
		(*out)->kind = kind;
	return rc;
}

/* --- paths ---------------------------------------------------------------- */

static void
note_position(struct xpath_step *s, uint64_t n)
{
	s->positional = true;
	if (n > s->position_max)
		s->position_max = (uint32_t)n;
}

/* Parse the predicate [n], which means position() = n. */
static enum rc
parse_index(struct parser *p, struct xpath_expr **out)
{
	const struct xlex_token number = p->lex.token;

	if (!p->first_filter)
		return refuse(p, number.at, MISPLACED_POSITION);
	if (number.number == 0 || number.number > XPATH_POSITION_MAX)
		return refuse(p, number.at, "a position must be from 1 to 256");
	enum rc rc = make_expr(p, XPATH_TEST, out);
	if (rc != RC_OK)
		return rc;
	(*out)->test.subject = XPATH_POSITION;
	(*out)->test.op = XPATH_EQ;
	note_position(p->step, number.number);
	rc = xpath_literal_number(
	    &(*out)->test.literal, number.number, p->arena, p->e);
	return rc == RC_OK ? next(p) : rc;
}

static enum rc
parse_filter(struct parser *p, struct xpath_step *s)
{
	struct xpath_step *const outer = p->step;
	const bool outer_first = p->first_filter;
	struct xpath_expr *expr;

	enum rc rc = next(p);
	if (rc != RC_OK)
		return rc;
	p->step = s;
	p->first_filter = s->filter == NULL;
	p->filters++;
	if (p->lex.token.kind == XLEX_NUMBER && xlex_before(&p->lex, ']'))
		rc = parse_index(p, &expr);
	else
		rc = parse_or(p, &expr);
	p->filters--;
	p->step = outer;
	p->first_filter = outer_first;
	if (rc != RC_OK)
		return rc;
	expr->next = s->filter;
	s->filter = expr;
	return expect(p, ']', "] at the end of the predicate");
}

static enum rc
parse_step(struct parser *p, struct xpath_step **out)
{
	void *made;
	const size_t at = p->lex.token.at;
	const bool start = p->path_start;
	enum rc rc = make(p, sizeof(**out), &made);

	*out = made;
	if (rc == RC_OK && xlex_is(&p->lex, '@')) {
		(*out)->attribute = true;
		rc = next(p);
	}
	if (rc != RC_OK)
		return rc;
	if (p->lex.token.kind == XLEX_NAME)
		(*out)->name = p->lex.token.text;
	else if (!xlex_is(&p->lex, '*'))
		return unexpected(p, "a name or *");
	rc = next(p);
	while (rc == RC_OK && xlex_is(&p->lex, '[')) {
		if ((*out)->attribute)
			return unexpected(
			    p, "no predicate (attributes have none)");
		rc = parse_filter(p, *out);
	}
	p->path_start = start;
	if (rc != RC_OK || !(*out)->positional)
		return rc;
	const struct span name = (*out)->name;
	const bool is_event = p->filters == 0 && p->path_start;
	if (xlex_is(&p->lex, '/') || is_event ||
	    span_eq(name, SPAN("System")) || span_eq(name, SPAN("EventData")) ||
	    span_eq(name, SPAN("UserData")))
		return refuse(p, at,
		    "a position can only be tested of nodes without nodes "
		    "below them");
	return RC_OK;
}

static enum rc
parse_path(struct parser *p, struct xpath_step **out)
{
	const struct xlex *const x = &p->lex;
	struct xpath_step **last = out;
	enum rc rc = RC_OK;

	if (p->filters == 0 && !xlex_is(x, '*') &&
	    (x->token.kind != XLEX_NAME ||
		!span_eq(x->token.text, SPAN("Event"))))
		return unexpected(
		    p, "* or Event, with which every path starts,");
	while (rc == RC_OK) {
		const size_t at = p->lex.token.at;
		p->path_start = last == out;
		rc = parse_step(p, last);
		if (rc != RC_OK || !xlex_is(&p->lex, '/'))
			return rc;
		if ((*last)->attribute)
			return refuse(
			    p, at, "an attribute has no nodes below it");
		last = &(*last)->next;
		rc = next(p);
		if (rc == RC_OK && xlex_is(&p->lex, '/'))
			return refuse(
			    p, p->lex.token.at, "the axis // is not supported");
	}
	return rc;
}

/* --- functions ------------------------------------------------------------ */

static enum rc
parse_argument(struct parser *p, struct xpath_expr *test, bool *is_path)
{
	*is_path = p->lex.token.kind != XLEX_NUMBER;
	if (p->lex.token.kind == XLEX_STRING)
		return unexpected(p, "a path or a number");
	if (*is_path && xlex_before(&p->lex, '('))
		return unexpected(
		    p, "a path or a number, not a function call,");
	if (*is_path)
		return parse_path(p, &test->path);
	test->test.argument = p->lex.token.number;
	return next(p);
}

/* Parse two arguments, a path and a number in either order. The second argument
 * of timediff() may be absent, which means the current time. */
static enum rc
parse_arguments(struct parser *p, struct xpath_expr *test, bool *path_first)
{
	bool second_is_path;
	const size_t at = p->lex.token.at;
	enum rc rc = parse_argument(p, test, path_first);

	if (rc == RC_OK && *path_first && xlex_is(&p->lex, ')') &&
	    test->test.subject == XPATH_AGE) {
		test->test.argument = p->q->now;
		p->q->uses_now = true;
		return next(p);
	}
	if (rc == RC_OK)
		rc = expect(p, ',', "a comma and another argument");
	if (rc == RC_OK)
		rc = parse_argument(p, test, &second_is_path);
	if (rc == RC_OK && *path_first == second_is_path)
		return refuse(
		    p, at, "one argument is a path, the other one a number");
	return rc == RC_OK ? expect(p, ')', "a closing parenthesis") : rc;
}

static enum rc
parse_call(struct parser *p, struct operand *o)
{
	const struct xlex name = p->lex;
	bool path_first;

	enum rc rc = make_expr(p, XPATH_TEST, &o->expr);
	if (rc == RC_OK)
		rc = next(p);
	if (rc == RC_OK)
		rc = next(p); /* skip the parenthesis */
	if (rc != RC_OK)
		return rc;
	o->kind = SIDE_TEST;
	if (xlex_is_word(&name, "position")) {
		if (p->step == NULL || !p->first_filter)
			return refuse(p, name.token.at, MISPLACED_POSITION);
		o->expr->test.subject = XPATH_POSITION;
		p->step->positional = true;
		return expect(p, ')', "a closing parenthesis");
	}
	if (xlex_is_word(&name, "band")) {
		o->expr->test.subject = XPATH_BAND;
		return parse_arguments(p, o->expr, &path_first);
	}
	if (!xlex_is_word(&name, "timediff"))
		return refuse(p, name.token.at,
		    "the supported functions are band(), timediff() and "
		    "position()");
	o->expr->test.subject = XPATH_AGE;
	rc = parse_arguments(p, o->expr, &path_first);
	if (rc == RC_OK && !path_first)
		o->expr->test.subject = XPATH_SINCE;
	return rc;
}

/* --- expressions ---------------------------------------------------------- */

static enum rc
parse_operand(struct parser *p, struct operand *o)
{
	const struct xlex_token t = p->lex.token;
	enum rc rc;

	memset(o, 0, sizeof(*o));
	o->at = t.at;
	if (xlex_is(&p->lex, '(')) {
		o->kind = SIDE_EXPR;
		rc = next(p);
		if (rc == RC_OK)
			rc = parse_or(p, &o->expr);
		return rc == RC_OK ? expect(p, ')', "a closing parenthesis")
				   : rc;
	}
	if (t.kind == XLEX_NUMBER || t.kind == XLEX_STRING) {
		o->kind = SIDE_LITERAL;
		rc = t.kind == XLEX_NUMBER ? xpath_literal_number(&o->literal,
						 t.number, p->arena, p->e)
					   : xpath_literal_text(&o->literal,
						 t.text, p->arena, p->e);
		if (rc != RC_OK)
			p->q->fault = t.at;
		return rc == RC_OK ? next(p) : rc;
	}
	if (t.kind == XLEX_NAME && xlex_before(&p->lex, '('))
		return parse_call(p, o);
	if (xlex_is(&p->lex, '/'))
		return refuse(p, t.at, "a path does not start with /");
	if (t.kind != XLEX_NAME && !xlex_is(&p->lex, '@') &&
	    !xlex_is(&p->lex, '*'))
		return unexpected(p, "a path, a comparison or a call");
	o->kind = SIDE_TEST;
	rc = make_expr(p, XPATH_TEST, &o->expr);
	return rc == RC_OK ? parse_path(p, &o->expr->path) : rc;
}

static enum rc
compare(struct parser *p, enum xpath_op op, struct operand sides[2],
    struct xpath_expr **out)
{
	static const enum xpath_op mirrored[] = {
		[XPATH_EXISTS] = XPATH_EXISTS,
		[XPATH_EQ] = XPATH_EQ,
		[XPATH_NE] = XPATH_NE,
		[XPATH_LT] = XPATH_GT,
		[XPATH_LE] = XPATH_GE,
		[XPATH_GT] = XPATH_LT,
		[XPATH_GE] = XPATH_LE,
	};
	const bool swap = sides[0].kind == SIDE_LITERAL;
	const struct operand *const side = &sides[swap ? 1 : 0];
	const struct operand *const literal = &sides[swap ? 0 : 1];
	const struct xpath_literal *const l = &literal->literal;

	if (literal->kind != SIDE_LITERAL || side->kind != SIDE_TEST)
		return refuse(p, sides[1].at,
		    "a comparison has a path or a call on one side and a text "
		    "or a number on the other");
	struct xpath_test *const test = &side->expr->test;
	*out = side->expr;
	test->op = swap ? mirrored[op] : op;
	test->literal = *l;
	if (test->subject == XPATH_NODE)
		return RC_OK;
	if (l->quoted)
		return refuse(p, literal->at,
		    "the result of a function is compared with a number, "
		    "without quotes");
	if (test->subject != XPATH_POSITION)
		return RC_OK;
	if (l->numbers[0] > XPATH_POSITION_MAX)
		return refuse(
		    p, literal->at, "a position must be from 1 to 256");
	note_position(p->step, l->numbers[0]);
	return RC_OK;
}

static enum rc
parse_term(struct parser *p, struct xpath_expr **out)
{
	struct operand sides[2];
	const struct operand *const only = &sides[0];
	enum rc rc = parse_operand(p, &sides[0]);

	if (rc != RC_OK)
		return rc;
	if (p->lex.token.kind != XLEX_COMPARE) {
		*out = only->expr;
		if (only->kind == SIDE_LITERAL ||
		    (only->kind == SIDE_TEST &&
			only->expr->test.subject != XPATH_NODE &&
			only->expr->test.subject != XPATH_BAND))
			return refuse(p, only->at,
			    "this is neither true nor false: compare it with a "
			    "value");
		return RC_OK;
	}
	const enum xpath_op op = p->lex.token.op;
	rc = next(p);
	if (rc == RC_OK)
		rc = parse_operand(p, &sides[1]);
	return rc == RC_OK ? compare(p, op, sides, out) : rc;
}

/* Parse terms that are all joined by "or" or all by "and", as `kind` says. */
static enum rc
parse_list(struct parser *p, enum xpath_kind kind, struct xpath_expr **out)
{
	const char *const word = kind == XPATH_OR ? "or" : "and";
	struct xpath_expr *list = NULL;
	struct xpath_expr *item;

	for (;;) {
		enum rc rc = kind == XPATH_OR ? parse_list(p, XPATH_AND, &item)
					      : parse_term(p, &item);
		if (rc != RC_OK)
			return rc;
		const bool more = xlex_is_word(&p->lex, word);
		if (list == NULL && !more) {
			*out = item;
			return RC_OK;
		}
		if (list == NULL)
			rc = make_expr(p, kind, &list);
		if (rc != RC_OK)
			return rc;
		item->next = list->kids;
		list->kids = item;
		*out = list;
		if (!more)
			return RC_OK;
		rc = next(p);
		if (rc != RC_OK)
			return rc;
	}
}

static enum rc
parse_or(struct parser *p, struct xpath_expr **out)
{
	if (p->depth == XPATH_DEPTH_MAX)
		return refuse(p, p->lex.token.at,
		    "predicates and parentheses are nested too deep");
	p->depth++;
	const enum rc rc = parse_list(p, XPATH_OR, out);
	p->depth--;
	return rc;
}

enum rc
xpath_parse(struct xpath_query *q, struct arena *a, struct err *e)
{
	struct parser p = {
		.q = q, .lex = { .text = q->text }, .arena = a, .e = e
	};

	q->fault = 0;
	q->expr = NULL;
	if (q->text.n > XPATH_TEXT_MAX)
		return refuse(&p, 0, "the query has more than 65536 bytes");
	enum rc rc = next(&p);
	if (rc == RC_OK)
		rc = parse_or(&p, &q->expr);
	if (rc == RC_OK && p.lex.token.kind != XLEX_END)
		rc = unexpected(&p, "and, or, a comparison or the end");
	return rc;
}
