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
	RECONCILE_ALTERED, /* the content of a row was not staged */
	RECONCILE_KEYLESS, /* the record has no key */
	RECONCILE_KINDS,
};

/* A finding. For a double or altered key, `record` is the first record of the
 * key. `record` must be the first member, for expected_by_place(). */
struct reconcile_finding {
	struct expected_record record;
	enum reconcile_kind kind;
	uint64_t copies; /* number of rows of the key in the workspace */
	/* Number of records with the key that the workspace must have. */
	uint64_t expected;
	uint64_t foreign; /* number of `copies` whose content was not staged */
};

/* Rows of the workspace with the same key and content. */
struct reconcile_row {
	uint8_t key[EXPECTED_KEY];
	/* Digest of the content; zeros unless contents are compared. */
	uint8_t content[ROW_CONTENT_BYTES];
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
	struct expected_record first; /* first record of the current key */
	struct expected_record next;  /* first record of the following key */
	/* Number of records of the current key; 0: no more keys. */
	uint64_t expected;
	bool more;                      /* `next` contains a record */
	struct expected_record content; /* the next record of `contents` */
	bool content_more;              /* `content` contains a record */
	uint64_t copies;  /* number of rows of the current key so far */
	uint64_t foreign; /* number of `copies` whose content was not staged */
	bool lacks; /* a record of the key has a content that no row has */
	/* The last key of the workspace that was not expected. */
	uint8_t other[EXPECTED_KEY];
	bool any_other;
	struct sorter *findings; /* struct reconcile_finding, sorted by place */
	uint64_t there; /* number of expected records that the workspace has */
	/* Number of expected records that the workspace lacks. */
	uint64_t missing;
	uint64_t doubles; /* number of keys with surplus rows */
	uint64_t extra;   /* number of surplus rows of these keys */
	uint64_t altered; /* number of keys with altered rows */
	/* Number of keys in the workspace that are not expected. */
	uint64_t others;
	uint64_t rows; /* number of rows of the workspace */
};

/* Begin a comparison. The caller sets x and with_content, and the rest to
 * zeros. reconcile_match_end() must be called also after a failure. */
enum rc reconcile_match_begin(
    struct reconcile_match *m, struct scratch *scratch, struct err *e);
void reconcile_match_end(struct reconcile_match *m);

/* Add rows of the workspace, sorted by key, then by content. */
enum rc reconcile_match_row(
    struct reconcile_match *m, const struct reconcile_row *row, struct err *e);

/* Complete the findings after the last row; they can then be read. */
enum rc reconcile_match_finish(struct reconcile_match *m, struct err *e);

#endif
