/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries: the subset of XPath 1.0 that the Windows Event Log takes (win32
 * documentation, "Consuming Events"; MS-EVEN6 2.2.15.1).
 *
 *   expression := and ( 'or' and )*           and := term ( 'and' term )*
 *   term       := operand ( ('='|'!='|'<'|'<='|'>'|'>=') operand )?
 *   operand    := path | 'text' | number | call | '(' expression ')'
 *   call       := band(path, number) | timediff(path [, number]) | position()
 *   path       := step ( '/' step )*          the first: * or Event
 *   step       := ( name | '*' ) predicate* | '@' ( name | '*' )
 *   predicate  := '[' ( expression | number ) ']'
 *
 * A text becomes a tree of expressions, which is constant afterwards and lives
 * in the caller's arena. What is outside of the subset is refused with its
 * place. Lists of kids and predicates stand in the reverse order of the text,
 * so that a program that is made from its end asks them in the text's order.
 */
#ifndef SELECT_XPATH_H
#define SELECT_XPATH_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/num.h"
#include "util/span.h"

#define XPATH_TEXT_MAX 65536U   /* bytes of a query */
#define XPATH_DEPTH_MAX 32U     /* parentheses and predicates */
#define XPATH_TERMS_MAX 4096U   /* steps, comparisons and operators */
#define XPATH_POSITION_MAX 256U /* of a node among its siblings */

enum xpath_op {
	XPATH_EXISTS, /* no comparison: is there one; of a number: not 0 */
	XPATH_EQ,
	XPATH_NE,
	XPATH_LT,
	XPATH_LE,
	XPATH_GT,
	XPATH_GE,
};

/* What a node is compared with. */
struct xpath_literal {
	bool quoted;
	struct span text; /* quoted: UTF-8 */
	struct span wide; /* and UTF-16LE */

	/* Of a number, also of one that is quoted; with XPATH_EQ there may be
	 * several, in ascending order, any of which will do. */
	bool is_number;
	bool is_plain_number; /* spelled as a decimal number is written */
	uint64_t *numbers;
	size_t n;
	size_t cap;

	bool is_time; /* a quoted ISO 8601 date */
	bool has_clock;
	uint64_t time; /* FILETIME */

	bool is_guid;
	uint8_t guid[NUM_GUID_BYTES];
};

enum xpath_subject {
	XPATH_NODE,  /* the value of each node of the path */
	XPATH_BAND,  /* its bits that are in the argument */
	XPATH_AGE,   /* milliseconds from it to the argument, a FILETIME */
	XPATH_SINCE, /* milliseconds from the argument to it */
	XPATH_POSITION,
};

struct xpath_test {
	enum xpath_subject subject;
	enum xpath_op op;
	uint64_t argument;
	struct xpath_literal literal;
};

struct xpath_step {
	struct xpath_step *next; /* the step below */
	struct span name;        /* empty: any */
	bool attribute;
	bool positional;           /* a predicate asks for the position */
	uint32_t position_max;     /* the largest that it is compared with */
	struct xpath_expr *filter; /* its predicates */
};

enum xpath_kind { XPATH_OR, XPATH_AND, XPATH_TEST };

struct xpath_expr {
	enum xpath_kind kind;
	struct xpath_expr *next;
	struct xpath_expr *kids; /* or, and */
	struct xpath_step *path; /* test; NULL for the position */
	struct xpath_test test;
};

struct xpath_query {
	struct span text;
	uint64_t now; /* FILETIME, for timediff() of one argument */
	/* Results. */
	struct xpath_expr *expr;
	bool uses_now;
	size_t fault; /* offset in text of what was refused */
};

/* Read q->text. RC_FATAL with WHY_USAGE: refused, and e says why; q->fault says
 * where. The expression borrows names and texts from q->text. */
enum rc xpath_parse(struct xpath_query *q, struct arena *a, struct err *e);

/* Room for one more number in a literal's list; false without memory. */
bool xpath_add_number(
    struct xpath_literal *l, uint64_t number, struct arena *a);

/*
 * Add an expression to a list that is an `or`: what asks the same node for
 * different numbers becomes one test of several numbers, and paths that begin
 * alike become one path, as it is with the hundred ids of an event set. `list`
 * was made by xpath_list(). False without memory.
 */
struct xpath_expr *xpath_list(struct arena *a);
bool xpath_join(
    struct xpath_expr *list, const struct xpath_expr *add, struct arena *a);

#endif
