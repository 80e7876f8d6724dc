/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the keys that a workspace has with those that it must have. Both
 * come sorted by key; the differences are sorted by their place in the
 * stagings. Memory is bounded.
 */
#ifndef LOAD_RECONCILE_MATCH_H
#define LOAD_RECONCILE_MATCH_H

#include "load/expected.h"

/* A record that is missing, or the first record of a key with surplus rows.
 * `record` comes first, for expected_by_place(). */
struct reconcile_finding {
	struct expected_record record;
	uint64_t copies;   /* rows of the key in the workspace */
	uint64_t expected; /* records of the key in the stagings */
};

static inline bool
reconcile_is_missing(const struct reconcile_finding *f)
{
	return f->copies < f->expected;
}

struct reconcile_match {
	/* Two readers of the expected records: `ahead` counts the records of a
	 * key, then `behind` reads them. */
	struct sorter_reader *ahead;
	struct sorter_reader *behind;
	struct expected_record first; /* of the current key */
	struct expected_record next;  /* of the following key */
	uint64_t expected;            /* records of the key; 0: no more keys */
	bool more;                    /* `next` is set */
	struct sorter *findings; /* of struct reconcile_finding, by place */
	uint64_t there;          /* records */
	uint64_t missing;        /* records */
	uint64_t doubles;        /* keys with surplus rows */
	uint64_t extra;          /* surplus rows */
	uint64_t others;         /* keys that are not expected */
	uint64_t rows;           /* of the workspace */
};

/* End also after a failure. */
enum rc reconcile_match_begin(struct reconcile_match *m,
    const struct expected *x, struct scratch *scratch, struct err *e);
void reconcile_match_end(struct reconcile_match *m);

/* Add a key of the workspace, which is larger than the one before. */
enum rc reconcile_match_key(struct reconcile_match *m,
    const uint8_t key[EXPECTED_KEY], uint64_t copies, struct err *e);

/* All keys were added: complete the findings, which can then be read. */
enum rc reconcile_match_finish(struct reconcile_match *m, struct err *e);

#endif
