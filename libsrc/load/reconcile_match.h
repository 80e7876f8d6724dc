/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the keys that a workspace has with those that it must have. Both
 * come in the order of the keys; what differs is sorted by its place in the
 * stagings. Memory is bounded.
 */
#ifndef LOAD_RECONCILE_MATCH_H
#define LOAD_RECONCILE_MATCH_H

#include "load/expected.h"

/* A record that is missing, or the first record of a key that is double. */
struct reconcile_finding {
	struct expected_record record;
	uint64_t copies;   /* rows of the key that are there */
	uint64_t expected; /* records of the key */
};

static inline bool
reconcile_is_missing(const struct reconcile_finding *f)
{
	return f->copies < f->expected;
}

struct scratch;

struct reconcile_match {
	struct sorter_reader *ahead; /* counts the records of a key */
	struct sorter_reader *behind;
	struct expected_record first; /* of the next key */
	struct expected_record next;  /* the one behind that key, from ahead */
	uint64_t expected;            /* records of the key; 0: no more keys */
	bool more;                    /* next is one */
	struct sorter *findings;      /* struct reconcile_finding, by place */
	uint64_t there;
	uint64_t missing;
	uint64_t doubles;
	uint64_t extra;
	uint64_t others; /* keys that are not expected */
	uint64_t rows;   /* all rows that were told */
};

/* End a match also after a failure. scratch: of the files. */
enum rc reconcile_match_begin(struct reconcile_match *m,
    const struct expected *x, struct scratch *scratch, struct err *e);
void reconcile_match_end(struct reconcile_match *m);

/* A key that is there, larger than the one before. */
enum rc reconcile_match_key(struct reconcile_match *m,
    const uint8_t key[EXPECTED_KEY], uint64_t copies, struct err *e);

/* There are no more keys: the findings can be read. */
enum rc reconcile_match_finish(struct reconcile_match *m, struct err *e);

#endif
