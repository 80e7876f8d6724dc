/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists what a target must have: the key and the place of every record of the
 * stagings, sorted by key, and counts per batch and per computer, channel and
 * hour. Memory is bounded; the rest is in temporary files.
 *
 * A segment that was given twice counts once, since it is sent once. Records
 * that the target refused permanently are not expected. Records without a key
 * cannot be looked up; only their places are listed.
 */
#ifndef LOAD_EXPECTED_H
#define LOAD_EXPECTED_H

#include "checkpoint/batch.h"
#include "load/load.h"
#include "load/row_content.h"
#include "util/sorter.h"

#define EXPECTED_KEY 16
/* Maximum length of a computer's or channel's name. */
#define EXPECTED_NAME_MAX ((size_t)1024)

struct checkpoint;
struct scratch;

/* A record that the target must have. */
struct expected_record {
	uint8_t key[EXPECTED_KEY];
	/* Digest of the record's content; zeros unless contents are compared.
	 */
	uint8_t content[ROW_CONTENT_BYTES];
	uint32_t staging;
	uint32_t segment;
	uint64_t offset;
	uint64_t length; /* length of the line with its LF */
};

struct expected_batch {
	const char *segment;
	const char *sha256; /* digest of the segment */
	const struct batch *batch;
	uint64_t rows; /* number of lines in the batch */
	uint64_t keys; /* number of different keys in the batch */
	/* False: the segment is not in the checkpoint; the batch is the whole
	 * segment. */
	bool planned;
};

/* The records of one computer, channel and hour. Texts are escaped JSON without
 * quotes. hour is like 2026-01-31T23:00:00.0000000Z, or empty if it is not
 * known. */
struct expected_group {
	struct span computer;
	struct span channel;
	struct span hour;
	uint64_t rows;
	uint64_t keys;
};

struct expected_options {
	const struct load_run *run;
	/* Checkpoint of the run; NULL: there is none. */
	struct checkpoint *checkpoint;
	struct scratch *scratch; /* folder of temporary files */
	/* Columns whose content is compared; NULL: only keys are compared. */
	struct row_content *content;
	/* Called for each batch, in order; may be NULL. */
	enum rc (*batch)(
	    void *arg, const struct expected_batch *b, struct err *e);
	void *arg;
};

struct expected {
	struct sorter *records; /* struct expected_record, sorted by key */
	/* Records without a key, sorted by place. */
	struct sorter *keyless_records;
	struct sorter *groups;
	uint64_t rows;    /* number of records, without refused ones */
	uint64_t keyless; /* number of records without a key */
	uint64_t refused;
};

/* Read and verify all segments. x must be destroyed also after a failure. */
enum rc expected_create(
    struct expected *x, const struct expected_options *o, struct err *e);
void expected_destroy(struct expected *x);

/* Call `each` for each group, in order. */
enum rc expected_groups(const struct expected *x,
    enum rc (*each)(void *arg, const struct expected_group *g, struct err *e),
    void *arg, struct err *e);

/* Compare two struct expected_record for sorting by key, content, and place. */
int expected_by_key(const void *a, const void *b);

/* Compare two struct expected_record by their place in the stagings. */
int expected_by_place(const void *a, const void *b);

#endif
