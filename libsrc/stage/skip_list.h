/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A skip list names the rows of a staging that are not loaded, because an equal
 * row is in another staging of the collection or earlier in this one. The
 * staging itself is not changed. The list has a line for each row. Lines are
 * sorted and have the same length:
 *
 *   SSSSSSSS OOOOOOOOOOOOOOOO LLLLLLLLLL
 *
 * The decimal numbers are the number of the segment, from 1 in the order of the
 * manifest; the offset of the row in the segment's lines; and the length of the
 * row with its LF. So a row is found by binary search in the file, and the list
 * need not be in memory.
 */
#ifndef STAGE_SKIP_LIST_H
#define STAGE_SKIP_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

/* Length in bytes of a line of a skip list with its LF. */
#define SKIP_LIST_LINE 37U

struct skip_list_row {
	uint64_t segment;
	uint64_t offset;
	uint64_t length;
};

/* The description of a list in a collection. */
struct skip_list_info {
	char sha256[DIGEST_HEX];
	uint64_t rows;
};

struct skip_list;

/* Open a list and check its digest, its order and each line. WHY_TAMPERED: the
 * list is not what merge-check wrote. skip_list_close() takes NULL. */
enum rc skip_list_open(int dirfd, const char *name,
    const struct skip_list_info *info, struct skip_list **lp, struct err *e);
void skip_list_close(struct skip_list *l);

/* Find the first row at or after an offset of a segment. *index is the number
 * of rows before it. */
enum rc skip_list_find(const struct skip_list *l, uint64_t segment,
    uint64_t offset, uint64_t *index, struct err *e);

/* Reads the rows of one segment from an offset on. Each thread needs its own
 * cursor. */
#define SKIP_LIST_ROWS 64U

struct skip_list_cursor {
	const struct skip_list *list;
	uint64_t segment;
	uint64_t index; /* index of the first row after those in `text` */
	size_t at;      /* index of the next line in `text` */
	size_t n;       /* number of lines in `text` */
	uint8_t text[SKIP_LIST_ROWS * SKIP_LIST_LINE];
};

enum rc skip_list_start(struct skip_list_cursor *c, const struct skip_list *l,
    uint64_t segment, uint64_t offset, struct err *e);
/* Read the next row. RC_END after the last row of the segment. */
enum rc skip_list_next(
    struct skip_list_cursor *c, struct skip_list_row *row, struct err *e);

/* Append a row to the text of a list. */
struct buf;
void skip_list_put(struct buf *out, const struct skip_list_row *row);

#endif
