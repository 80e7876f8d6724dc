/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorts records in bounded memory. Records are collected in a block; a full
 * block is sorted and written to a temporary file as a run, and reading merges
 * the runs. A list that fits into the block stays in memory.
 *
 * Add all records, call sorter_finish(), then read from the first record to the
 * last, as often as needed.
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
	/* The order of two records: < 0, 0 or > 0. Records are aligned for any
	 * type. */
	int (*compare)(const void *a, const void *b);
	struct scratch *scratch; /* borrowed; of the temporary files */
	size_t block;            /* bytes in memory; 0: SORTER_BLOCK */
};

enum rc sorter_create(
    struct sorter **sp, const struct sorter_options *o, struct err *e);
void sorter_destroy(struct sorter *s); /* takes NULL */

/* Add a copy of a record of at most SORTER_RECORD_MAX bytes. */
enum rc sorter_add(struct sorter *s, struct span record, struct err *e);
/* End adding. */
enum rc sorter_finish(struct sorter *s, struct err *e);

/* Readers are independent of each other. The sorter must outlive them. */
enum rc sorter_read(
    struct sorter_reader **rp, const struct sorter *s, struct err *e);
void sorter_reader_destroy(struct sorter_reader *r); /* takes NULL */

/* Read the next record, valid until the next call. RC_END after the last one.
 */
enum rc sorter_next(
    struct sorter_reader *r, struct span *record, struct err *e);

#endif
