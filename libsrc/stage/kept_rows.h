/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kept rows of a segment: those that are not in the skip list of its
 * staging (stage/skip_list.h).
 */
#ifndef STAGE_KEPT_ROWS_H
#define STAGE_KEPT_ROWS_H

#include <stdbool.h>

#include "stage/scan_lines.h"
#include "stage/skip_list.h"

/* Filters a scan: visits the lines that are not in the skip list. */
struct kept_rows {
	/* Functions to call for each kept line; NULL: only check the list. */
	const struct scan_visit *visit;
	struct skip_list_cursor cursor;
	struct skip_list_row next; /* the next row of the list */
	bool more;                 /* `next` contains a row */
};

enum rc kept_rows_start(struct kept_rows *k, const struct skip_list *l,
    uint64_t segment, struct err *e);
/* To be used as scan_visit.line, with a struct kept_rows as its argument.
 * WHY_TAMPERED: a row of the list is not a line of the segment. */
enum rc kept_rows_line(void *arg, const struct scan_line *line, struct err *e);
/* To be called after the scan. WHY_TAMPERED: a row of the list was not found.
 */
enum rc kept_rows_end(const struct kept_rows *k, struct err *e);

/* A range of whole lines of a segment. */
struct kept_rows_range {
	uint64_t segment; /* number of the segment in the skip list */
	uint64_t offset;
	uint64_t length;
};

/* Find the first contiguous lines in a range that are not in the list. If all
 * lines are in the list, run->length is 0. */
enum rc kept_rows_run(const struct skip_list *l,
    const struct kept_rows_range *range, struct kept_rows_range *run,
    struct err *e);

/* The size of the lines in a range that are not in the list. */
enum rc kept_rows_bytes(const struct skip_list *l,
    const struct kept_rows_range *range, uint64_t *bytes, struct err *e);

/* On entry, range->length is the size of kept lines only, from range->offset
 * on. Add the sizes of the rows in the list that are before, among and directly
 * after these lines, so that `range` is a range of the segment. */
enum rc kept_rows_stretch(
    const struct skip_list *l, struct kept_rows_range *range, struct err *e);

#endif
