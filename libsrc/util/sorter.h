/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorts records in bounded memory. Records are collected in a block. A full
 * block is sorted and written to a temporary file as a run; reading merges the
 * runs. Records that fit into one block stay in memory.
 *
 * Add all records and call sorter_finish(). Then create a reader for each time
 * that the records are to be read.
 */
#ifndef UTIL_SORTER_H
#define UTIL_SORTER_H

#include "util/err.h"
#include "util/span.h"

#define SORTER_BLOCK ((size_t)4 << 20)
#define SORTER_RECORD_MAX ((size_t)64 << 10)

struct scratch;
struct sorter;
struct sorter_reader;

struct sorter_options {
	/* Compares two records like memcmp(). Records are aligned for any type.
	 */
	int (*compare)(const void *a, const void *b);
	/* Where the temporary file is created; borrowed. */
	struct scratch *scratch;
	size_t block; /* size of the block in bytes; 0: SORTER_BLOCK */
};

enum rc sorter_create(
    struct sorter **sp, const struct sorter_options *o, struct err *e);
void sorter_destroy(struct sorter *s); /* s may be NULL */

/* Add a copy of a record of at most SORTER_RECORD_MAX bytes. */
enum rc sorter_add(struct sorter *s, struct span record, struct err *e);
/* To be called after the last record was added, before reading. */
enum rc sorter_finish(struct sorter *s, struct err *e);

/* Create a reader, which starts at the first record. Readers are independent of
 * each other. The sorter must outlive them. */
enum rc sorter_read(
    struct sorter_reader **rp, const struct sorter *s, struct err *e);
void sorter_reader_destroy(struct sorter_reader *r); /* r may be NULL */

/* Read the next record. It is valid until the next call. RC_END after the last
 * record. */
enum rc sorter_next(
    struct sorter_reader *r, struct span *record, struct err *e);

#endif
