/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries compiled for one tree: a short list of tests of substitution values.
 *
 * What the tree itself decides (which nodes exist, their names and literals,
 * their positions) is decided during compilation. Each remaining operation
 * tests one value and leads to another operation or to the answer. Compilation
 * goes from the end: the operation that runs first is compiled last. A program
 * without operations is an answer.
 *
 * The compiler can also answer at once, with the values of one record. That
 * serves trees that do not occur again and those whose program would be too
 * long.
 */
#ifndef SELECT_PROGRAM_H
#define SELECT_PROGRAM_H

#include "event/tree.h"
#include "select/xpath.h"

#define PROGRAM_OPS_MAX 16384U /* of one tree */
#define PROGRAM_YES UINT16_MAX
#define PROGRAM_NO (UINT16_MAX - 1)
#define PROGRAM_MAYBE (UINT16_MAX - 2) /* the whole record decides */
#define PROGRAM_CHANNELS 128U

/* Channels that queries name, by their numbers: a bit for each that applies to
 * a record. */
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
	struct xpath_expr *expr; /* must outlive the program, unchanged */
};

/* Selects the records that one of `select` matches and none of `suppress`. Of a
 * list of rules one is enough. */
struct program_rule {
	struct program_rule *next;
	struct program_query *select;
	struct program_query *suppress;
};

enum program_kind {
	PROGRAM_CHANNEL, /* the record has this channel */
	PROGRAM_EQUAL,   /* an integer of `width` bytes equals u.number */
	PROGRAM_NUMBER,  /* an integer of `width` bytes satisfies the test */
	PROGRAM_WIDE,    /* a UTF-16 text equals the literal, or differs */
	PROGRAM_VALUE,   /* a value satisfies the test, */
	PROGRAM_ITEM,    /* or item u.item of an array does, */
	PROGRAM_REST,    /* or one of the items from u.item on, */
	PROGRAM_PIECES,  /* or the joined leaves of u.node */
};

struct program_op {
	uint8_t kind;
	uint8_t width;
	uint16_t index;
	uint16_t yes; /* index of the next operation, or an answer */
	uint16_t no;
	const struct xpath_test *test;
	union {
		const struct node *node;
		uint64_t item;
		uint64_t number;
		uint64_t channel;
	} u;
};

/* What a program is compiled from. */
struct program_source {
	const struct program_rule *rules;
	const struct tree *tree;
	const struct program_channels *channels; /* NULL: differ by record */
	bool now; /* answer for the values in the tree; needs channels */
	bool system_only;       /* the tree lacks nested BinXML */
	struct buf *scratch;    /* for compare_value() */
	struct program_op *ops; /* PROGRAM_OPS_MAX; NULL with `now` */
};

struct program {
	const struct program_op *ops; /* borrowed */
	size_t n;
	uint16_t entry;
	bool full; /* it would be too long: answer each tree at once */
};

void program_make(struct program *p, const struct program_source *s);

/* What all records of a specialized program have in common. */
struct program_known {
	const struct program_channels *channels;
	uint16_t index; /* an integer substitution has this index and */
	const struct value *value; /* this value; NULL: none is known */
};

/* The same program without the operations that this decides. `ops` has room for
 * p->n operations. */
void program_specialize(struct program *to, const struct program *p,
    const struct program_known *known, struct program_op *ops);

/* One record, for a program. */
struct program_facts {
	const struct value *values;
	const struct program_channels *channels;
	struct buf *scratch;
};

/* PROGRAM_YES, PROGRAM_NO or, for a System-only tree, PROGRAM_MAYBE: such a
 * tree has the whole System, but nested BinXML may contain any other element.
 */
uint16_t program_answer(const struct program *p, const struct program_facts *f);

#endif
