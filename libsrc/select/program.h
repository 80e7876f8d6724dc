/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries compiled against a tree: a short list of tests of substitutions.
 *
 * Everything that the tree tells (which nodes there are, their names and
 * literals, their positions) is decided while the program is made. What is
 * left are operations that look at one value each and say which one comes next,
 * the last of them being the first to run. A program without any is an answer.
 *
 * A tree may also be judged at once, substitutions and all: for trees that do
 * not come again, and for those whose program would be too long.
 */
#ifndef SELECT_PROGRAM_H
#define SELECT_PROGRAM_H

#include "event/tree.h"
#include "select/xpath.h"

#define PROGRAM_OPS_MAX 16384U /* of one tree */
#define PROGRAM_YES UINT16_MAX
#define PROGRAM_NO (UINT16_MAX - 1)
#define PROGRAM_MAYBE (UINT16_MAX - 2) /* of an outline: the rest tells */
#define PROGRAM_CHANNELS 128U

/* Which of the channels that the queries name is the record's; a bit each. */
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
	struct xpath_expr *expr; /* constant for the program */
};

/* What is selected and not suppressed; a record is wanted when one of a list
 * of these wants it. */
struct program_rule {
	struct program_rule *next;
	struct program_query *select;
	struct program_query *suppress;
};

enum program_kind {
	PROGRAM_CHANNEL, /* is it this channel? */
	PROGRAM_EQUAL,   /* an integer of a known size is this one */
	PROGRAM_NUMBER,  /* it is compared */
	PROGRAM_WIDE,    /* a UTF-16 text is this one */
	PROGRAM_VALUE,   /* any other test of a substitution */
	PROGRAM_ITEM,    /* of one item of an array */
	PROGRAM_REST,    /* of the items from one on */
	PROGRAM_PIECES,  /* of a node with several leaves */
};

struct program_op {
	uint8_t kind;
	uint8_t width;
	uint16_t index;
	uint16_t yes; /* the next operation, or the answer */
	uint16_t no;
	const struct xpath_test *test;
	union {
		const struct node *node; /* pieces */
		uint64_t item;           /* item, rest */
		uint64_t number;         /* equal */
		uint64_t channel;        /* channel */
	} u;
};

/* What a program is made of. */
struct program_source {
	const struct program_rule *rules;
	const struct tree *tree;
	const struct program_channels *channels; /* NULL: not known yet */
	bool now;               /* judge at once; needs the channels */
	bool system_only;       /* what is nested is not there; see below */
	struct buf *scratch;    /* for texts */
	struct program_op *ops; /* PROGRAM_OPS_MAX; NULL with `now` */
};

struct program {
	const struct program_op *ops; /* borrowed */
	size_t n;
	uint16_t entry;
	bool full; /* it would be too long: judge each tree at once */
};

void program_make(struct program *p, const struct program_source *s);

/* The same program for records of which something is known: operations that
 * ask for it are left out. `ops` has room for p->n. */
struct program_known {
	const struct program_channels *channels;
	uint16_t index;            /* an integer is in this substitution, in */
	const struct value *value; /* this value; NULL: none is known */
};

void program_narrow(struct program *to, const struct program *p,
    const struct program_known *known, struct program_op *ops);

/* What is to be known of a record. */
struct program_facts {
	const struct value *values;
	const struct program_channels *channels;
	struct buf *scratch;
};

/* PROGRAM_YES, PROGRAM_NO or, of an outline (evtx/tree_cache.h), PROGRAM_MAYBE.
 * The System of an outline is all that there is; elsewhere what is nested may
 * hold anything. */
uint16_t program_answer(const struct program *p, const struct program_facts *f);

/* Whether it is yes. */
bool program_run(const struct program *p, const struct program_facts *f);

#endif
