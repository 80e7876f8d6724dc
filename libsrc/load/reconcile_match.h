/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares the keys that a workspace has with those that it must have, and on
 * request the content of their rows. Both come sorted by key; the findings are
 * sorted by their place in the stagings. Memory is bounded.
 */
#ifndef LOAD_RECONCILE_MATCH_H
#define LOAD_RECONCILE_MATCH_H

#include "load/expected.h"

enum reconcile_kind {
	RECONCILE_MISSING, /* the record may be missing */
	RECONCILE_DOUBLE,  /* the key has surplus rows */
	RECONCILE_ALTERED, /* a row has not the content that was staged */
	RECONCILE_KEYLESS, /* the record has no key to look for */
	RECONCILE_KINDS,
};

/* Of a double or altered key `record` is the first; it comes first in the
 * struct, for expected_by_place(). */
struct reconcile_finding {
	struct expected_record record;
	enum reconcile_kind kind;
	uint64_t copies;   /* rows of the key in the workspace */
	uint64_t expected; /* records of the key in the stagings */
	uint64_t foreign;  /* of the copies: their content was not staged */
};

/* Rows of the workspace with the same key and content. */
struct reconcile_row {
	uint8_t key[EXPECTED_KEY];
	uint8_t content[ROW_CONTENT_BYTES]; /* zeros unless it is compared */
	uint64_t copies;
};

struct reconcile_match {
	const struct expected *x;
	bool with_content;
	/* Readers of the expected records: `ahead` counts the records of a key,
	 * `contents` compares them with the rows as these arrive, and `behind`
	 * reads them when all rows of the key are known. */
	struct sorter_reader *ahead;
	struct sorter_reader *contents;
	struct sorter_reader *behind;
	struct expected_record first; /* of the current key */
	struct expected_record next;  /* of the following key */
	uint64_t expected;            /* records of the key; 0: no more keys */
	bool more;                    /* `next` is set */
	struct expected_record content; /* the next record of `contents` */
	bool content_more;              /* it is set */
	uint64_t copies;                /* rows of the current key so far */
	uint64_t foreign;               /* of the copies */
	bool lacks; /* a record of the key has its content in no row */
	uint8_t other[EXPECTED_KEY]; /* the last key that is not expected */
	bool any_other;
	struct sorter *findings; /* of struct reconcile_finding, by place */
	uint64_t there;          /* records */
	uint64_t missing;        /* records */
	uint64_t doubles;        /* keys with surplus rows */
	uint64_t extra;          /* surplus rows */
	uint64_t altered;        /* keys */
	uint64_t others;         /* keys that are not expected */
	uint64_t rows;           /* of the workspace */
};

/* The caller sets x and with_content, and the rest to zeros. End also after a
 * failure. */
enum rc reconcile_match_begin(
    struct reconcile_match *m, struct scratch *scratch, struct err *e);
void reconcile_match_end(struct reconcile_match *m);

/* Add rows of the workspace, sorted by key, then by content. */
enum rc reconcile_match_row(
    struct reconcile_match *m, const struct reconcile_row *row, struct err *e);

/* All rows were added: complete the findings, which can then be read. */
enum rc reconcile_match_finish(struct reconcile_match *m, struct err *e);

#endif
