/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a segment that its skip list (stage/skip_list.h) does not name.
 */
#ifndef STAGE_KEPT_ROWS_H
#define STAGE_KEPT_ROWS_H

#include <stdbool.h>

#include "stage/scan_lines.h"
#include "stage/skip_list.h"

/* Passes the lines of a scan on, without those of the list. */
struct kept_rows {
	const struct scan_visit *visit; /* NULL: only check the list */
	struct skip_list_cursor cursor;
	struct skip_list_row next; /* the next row of the list, */
	bool more;                 /* if there is one */
};

enum rc kept_rows_start(struct kept_rows *k, const struct skip_list *l,
    uint64_t segment, struct err *e);
/* The function of a scan_visit whose argument is a struct kept_rows.
 * WHY_TAMPERED: a row of the list is not a line of the segment. */
enum rc kept_rows_line(void *arg, const struct scan_line *line, struct err *e);
/* WHY_TAMPERED if rows of the list were not found. */
enum rc kept_rows_end(const struct kept_rows *k, struct err *e);

/* A range of whole lines of a segment. */
struct kept_rows_range {
	uint64_t segment; /* its number in the list */
	uint64_t offset;
	uint64_t length;
};

/* Find the first lines in a range that follow each other without a row of the
 * list between them; length 0 if there are none. */
enum rc kept_rows_run(const struct skip_list *l,
    const struct kept_rows_range *range, struct kept_rows_range *run,
    struct err *e);

/* The bytes of a range without the rows of the list. */
enum rc kept_rows_bytes(const struct skip_list *l,
    const struct kept_rows_range *range, uint64_t *bytes, struct err *e);

/* range->length is the size of kept lines from range->offset on. Add the rows
 * of the list that are before, among and directly after them. */
enum rc kept_rows_stretch(
    const struct skip_list *l, struct kept_rows_range *range, struct err *e);

#endif
