/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses queries in the subset of XPath 1.0 that the Windows Event Log supports
 * (win32 documentation, "Consuming Events"; MS-EVEN6 2.2.15.1).
 *
 *   expression := and ( 'or' and )*           and := term ( 'and' term )*
 *   term       := operand ( ('='|'!='|'<'|'<='|'>'|'>=') operand )?
 *   operand    := path | 'text' | number | call | '(' expression ')'
 *   call       := band(path, number) | timediff(path [, number]) | position()
 *   path       := step ( '/' step )*          the first: * or Event
 *   step       := ( name | '*' ) predicate* | '@' ( name | '*' )
 *   predicate  := '[' ( expression | number ) ']'
 *
 * The result is a tree of expressions in the caller's arena, which is not
 * changed afterwards. Anything outside the subset is refused with its offset.
 * Lists of kids and predicates are in the reverse order of the text: programs
 * are compiled in reverse order (select/program.h), so a program tests them in
 * the order of the text.
 */
#ifndef SELECT_XPATH_H
#define SELECT_XPATH_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/err.h"
#include "util/num.h"
#include "util/span.h"

#define XPATH_TEXT_MAX 65536U /* maximum length of a query in bytes */
/* Maximum nesting of parentheses and predicates. */
#define XPATH_DEPTH_MAX 32U
/* Maximum number of steps, comparisons and operators. */
#define XPATH_TERMS_MAX 4096U
/* Maximum position that a predicate can test. */
#define XPATH_POSITION_MAX 256U

enum xpath_op {
	XPATH_EXISTS, /* no comparison: a node exists; a number is not 0 */
	XPATH_EQ,
	XPATH_NE,
	XPATH_LT,
	XPATH_LE,
	XPATH_GT,
	XPATH_GE,
};

/* The literal with which a node is compared. */
struct xpath_literal {
	bool quoted;
	struct span text; /* a quoted literal as UTF-8 */
	struct span wide; /* a quoted literal as UTF-16LE */

	/* The literal is a number, quoted or not. With XPATH_EQ there may be
	 * several `numbers`, in ascending order; one of them must be equal. */
	bool is_number;
	bool is_plain_number; /* a quoted decimal without leading zeros */
	uint64_t *numbers;
	size_t n;
	size_t cap;

	bool is_time;   /* the literal is a quoted ISO 8601 date */
	bool has_clock; /* the date has a time of day */
	uint64_t time;  /* the date as FILETIME */

	bool is_guid;
	uint8_t guid[NUM_GUID_BYTES];
};

/* What a test compares with its literal. */
enum xpath_subject {
	XPATH_NODE, /* the value of each node of the path */
	XPATH_BAND, /* band(): bitwise AND of the value and the argument */
	/* timediff(): milliseconds from the value to the argument, FILETIME. */
	XPATH_AGE,
	/* timediff(): milliseconds from the argument to the value. */
	XPATH_SINCE,
	XPATH_POSITION, /* the position of the node among its siblings */
};

struct xpath_test {
	enum xpath_subject subject;
	enum xpath_op op;
	uint64_t argument;
	struct xpath_literal literal;
};

struct xpath_step {
	struct xpath_step *next;   /* the following step of the path */
	struct span name;          /* name of the nodes; empty: any name */
	bool attribute;            /* the step selects attributes */
	bool positional;           /* a predicate tests the position */
	uint32_t position_max;     /* largest position in the predicates */
	struct xpath_expr *filter; /* list of the predicates of the step */
};

enum xpath_kind { XPATH_OR, XPATH_AND, XPATH_TEST };

struct xpath_expr {
	enum xpath_kind kind;
	struct xpath_expr *next;
	struct xpath_expr *kids; /* operands of XPATH_OR and XPATH_AND */
	/* Path of XPATH_TEST; NULL if the subject is XPATH_POSITION. */
	struct xpath_step *path;
	struct xpath_test test;
};

struct xpath_query {
	struct span text;
	/* Current time as FILETIME, for timediff() with one argument. */
	uint64_t now;
	/* Results of xpath_parse(); the expression of the query first. */
	struct xpath_expr *expr;
	bool uses_now; /* the query has a timediff() with one argument */
	size_t fault;  /* offset in `text` of the part that was refused */
};

/* Parse q->text. RC_FATAL with WHY_USAGE if it is refused: e says why and
 * q->fault where. The expression borrows names and texts from q->text. */
enum rc xpath_parse(struct xpath_query *q, struct arena *a, struct err *e);

#endif
