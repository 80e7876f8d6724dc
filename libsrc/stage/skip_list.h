/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A skip list: the rows of a staging that are not loaded, because a row of
 * another staging of the collection is the same. The staging itself stays
 * unchanged. A line for each row, sorted, all of the same length:
 *
 *   SSSSSSSS OOOOOOOOOOOOOOOO LLLLLLLLLL
 *
 * in decimal digits: the number of the segment, from 1 in the order of the
 * manifest; the offset of the row in the segment's lines; its length with its
 * LF. So a row is found by binary search, and the list is never in memory.
 */
#ifndef STAGE_SKIP_LIST_H
#define STAGE_SKIP_LIST_H

#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

#define SKIP_LIST_LINE 37U /* bytes of a line with its LF */

struct skip_list_row {
	uint64_t segment;
	uint64_t offset;
	uint64_t length;
};

/* A list as the collection describes it. */
struct skip_list_info {
	char sha256[DIGEST_HEX];
	uint64_t rows;
};

struct skip_list;

/* Open a list and check its digest, its order and each line. WHY_TAMPERED: it
 * is not what was written. Close takes NULL. */
enum rc skip_list_open(int dirfd, const char *name,
    const struct skip_list_info *info, struct skip_list **lp, struct err *e);
void skip_list_close(struct skip_list *l);

/* The number of rows before an offset of a segment. */
enum rc skip_list_find(const struct skip_list *l, uint64_t segment,
    uint64_t offset, uint64_t *index, struct err *e);

/* Reads the rows of one segment from an offset on. Threads need cursors of
 * their own. */
#define SKIP_LIST_ROWS 64U

struct skip_list_cursor {
	const struct skip_list *list;
	uint64_t segment;
	uint64_t index; /* of the first row that is not in `text` */
	size_t at;      /* the next line in `text`, and how many there are */
	size_t n;
	uint8_t text[SKIP_LIST_ROWS * SKIP_LIST_LINE];
};

enum rc skip_list_start(struct skip_list_cursor *c, const struct skip_list *l,
    uint64_t segment, uint64_t offset, struct err *e);
/* RC_END after the last row of the segment. */
enum rc skip_list_next(
    struct skip_list_cursor *c, struct skip_list_row *row, struct err *e);

/* Append a row to the text of a list. */
struct buf;
void skip_list_put(struct buf *out, const struct skip_list_row *row);

#endif
