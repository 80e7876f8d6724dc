/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiles queries for one tree. The result is a program, a short list of tests
 * of substitution values, which is run for each record with this tree.
 *
 * What depends only on the tree (which nodes exist, their names, literals and
 * positions) is evaluated during compilation. Each remaining operation tests
 * one value and leads to another operation or to the answer. Operations are
 * compiled in reverse order: the one that runs first is compiled last. A
 * program without operations is an answer.
 *
 * The compiler can also evaluate the queries directly, with the values of one
 * record. This is used for trees that do not occur again and for those whose
 * program would be too long.
 */
#ifndef SELECT_PROGRAM_H
#define SELECT_PROGRAM_H

#include "event/tree.h"
#include "select/xpath.h"

#define PROGRAM_OPS_MAX 16384U /* maximum number of operations of a program */
#define PROGRAM_YES UINT16_MAX
#define PROGRAM_NO (UINT16_MAX - 1)
/* Only an evaluation of the whole tree gives the result. */
#define PROGRAM_MAYBE (UINT16_MAX - 2)
#define PROGRAM_CHANNELS 128U

/* A set of channel patterns of queries, by their numbers, such as those that
 * match the channel of a record. */
struct program_channels {
	uint64_t bits[PROGRAM_CHANNELS / 64];
};

static inline bool
program_has_channel(const struct program_channels *c, unsigned channel)
{
	return (c->bits[channel / 64] >> channel % 64 & 1) != 0;
}

/* A query for one channel. */
struct program_query {
	struct program_query *next;
	unsigned channel;
	/* Expression of the query; must not change while in use. */
	struct xpath_expr *expr;
};

/* Selects the records that a query of `select` matches and no query of
 * `suppress`. A list of rules selects the records that any of them selects. */
struct program_rule {
	struct program_rule *next;
	struct program_query *select;
	struct program_query *suppress;
};

enum program_kind {
	PROGRAM_CHANNEL, /* pattern u.channel applies to the record */
	PROGRAM_EQUAL,   /* an integer of `width` bytes equals u.number */
	PROGRAM_NUMBER,  /* an integer of `width` bytes satisfies the test */
	PROGRAM_WIDE,    /* a UTF-16 text satisfies = or != with the literal */
	PROGRAM_VALUE,   /* a value satisfies the test */
	PROGRAM_ITEM,    /* item u.item of an array satisfies the test */
	PROGRAM_REST,    /* an item of an array, from u.item on, satisfies it */
	PROGRAM_PIECES,  /* the joined text of u.node's leaves satisfies it */
};

struct program_op {
	uint8_t kind;
	uint8_t width;  /* size of the tested integer in bytes */
	uint16_t index; /* index of the substitution value that is tested */
	uint16_t yes;   /* next operation, or PROGRAM_YES, _NO or _MAYBE */
	uint16_t no;
	const struct xpath_test *test;
	union {
		const struct node *node;
		uint64_t item;
		uint64_t number;
		uint64_t channel;
	} u;
};

/* The input from which program_make() compiles a program. */
struct program_source {
	const struct program_rule *rules;
	const struct tree *tree;
	/* Channels of all records with the tree; NULL: they differ. */
	const struct program_channels *channels;
	/* Evaluate the queries for the values in the tree: the program is an
	 * answer. `channels` must not be NULL. */
	bool now;
	bool system_only;    /* the tree does not contain nested BinXML */
	struct buf *scratch; /* working memory for compare_value() */
	/* Array of PROGRAM_OPS_MAX elements; NULL if `now` is set. */
	struct program_op *ops;
};

struct program {
	const struct program_op *ops; /* operations of the program; borrowed */
	size_t n;
	/* First operation, or the result: PROGRAM_YES, _NO or _MAYBE. */
	uint16_t entry;
	/* The program is too long: evaluate the queries for each record, with
	 * program_source.now. */
	bool full;
};

void program_make(struct program *p, const struct program_source *s);

/* What all records of a specialized program have in common: their channels, and
 * the value of an integer substitution. */
struct program_known {
	const struct program_channels *channels;
	uint16_t index; /* index of the substitution with a known value */
	/* Value of the substitution; NULL: no value is known. */
	const struct value *value;
};

/* Make a program for records with the known channels and value, in which
 * operations that depend only on these are skipped. `ops` must have room for
 * p->n operations. */
void program_specialize(struct program *to, const struct program *p,
    const struct program_known *known, struct program_op *ops);

/* The data of a record that a program needs. */
struct program_facts {
	const struct value *values;
	const struct program_channels *channels;
	struct buf *scratch;
};

/* Run a program. PROGRAM_YES, PROGRAM_NO or, for a System-only tree,
 * PROGRAM_MAYBE: such a tree has the whole System, but the nested BinXML that
 * it lacks may contain any other element. */
uint16_t program_answer(const struct program *p, const struct program_facts *f);

#endif
