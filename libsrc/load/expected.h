/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a target must have: every record of the stagings with its key and its
 * place, sorted by key, and the counts per batch, and per computer, channel
 * and hour. Memory is bounded; the rest lies in temporary files.
 *
 * A segment that was given twice counts once, as it is sent once. Records that
 * the target refused for good are not expected. Records without a key are only
 * counted: nothing can be proved of them.
 */
#ifndef LOAD_EXPECTED_H
#define LOAD_EXPECTED_H

#include "checkpoint/batch.h"
#include "load/load.h"
#include "util/sorter.h"

#define EXPECTED_KEY 16
#define EXPECTED_NAME_MAX ((size_t)1024) /* bytes of a name */

/* A record, as sorted by key. */
struct expected_record {
	uint8_t key[EXPECTED_KEY];
	uint32_t staging;
	uint32_t segment;
	uint64_t offset;
	uint64_t length; /* with its LF */
};

struct expected_batch {
	const char *segment;
	const char *sha256; /* of it */
	const struct batch *batch;
	uint64_t rows; /* lines of it */
	uint64_t keys; /* different ones */
	bool planned;  /* false: the checkpoint does not know the segment, and
			* this is all of it */
};

/* Texts are spans into JSON text, escaped and without quotes. hour is like
 * 2026-01-31T23:00:00.0000000Z; empty: not known. */
struct expected_group {
	struct span computer;
	struct span channel;
	struct span hour;
	uint64_t rows;
	uint64_t keys;
};

struct scratch;

struct expected_options {
	const struct load_run *run;
	struct checkpoint *state; /* NULL: there is no checkpoint */
	struct scratch *scratch;  /* of temporary files */
	/* Told of each batch in order; may be NULL. */
	enum rc (*batch)(
	    void *arg, const struct expected_batch *b, struct err *e);
	void *arg;
};

struct expected {
	struct sorter *records; /* struct expected_record */
	struct sorter *groups;
	uint64_t rows;    /* without the refused ones */
	uint64_t keyless; /* of them */
	uint64_t refused;
};

/* Read, and by that verify, all segments. Destroy an expectation also after a
 * failure. */
enum rc expected_create(
    struct expected *x, const struct expected_options *o, struct err *e);
void expected_destroy(struct expected *x);

/* Call tell with each group, in order. */
enum rc expected_groups(const struct expected *x,
    enum rc (*tell)(void *arg, const struct expected_group *g, struct err *e),
    void *arg, struct err *e);

/* Negative, 0 or positive: by key, then by place. */
int expected_by_key(const void *a, const void *b);

/* Whether an earlier source of the run has a segment of the same digest. */
bool expected_is_repeat(
    const struct load_run *run, size_t staging, size_t segment);

#endif
