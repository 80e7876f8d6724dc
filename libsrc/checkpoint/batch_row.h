/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a row of the table of batches, and computes the checksum of a row and
 * the key of a batch.
 */
#ifndef CHECKPOINT_BATCH_ROW_H
#define CHECKPOINT_BATCH_ROW_H

#include "checkpoint/batch.h"

struct sqlite3_stmt;

/* The key of a batch, which is the same for the same range of a segment:
 * SHA-256 of the segment's digest as hex, the offset and the length as decimal
 * text, separated by NULs. */
enum rc batch_row_key(const char *sha256, const struct batch *b,
    uint8_t key[DIGEST_BYTES], struct err *e);

/* The checksum of a row, over all its other columns. */
enum rc batch_row_sum(const struct batch *b, int64_t *sum, struct err *e);

/* The columns that batch_row_read() needs, which must be the first columns of a
 * query FROM _load_batch b, and their number. */
#define BATCH_ROW_COLUMNS \
	"b.id, b.segment, b.offset, b.length, b.records, b.key, b.status," \
	" b.ambiguous, b.already, b.refused, b.repeated, b.conflicts," \
	" b.stamp, b.sum"
#define BATCH_ROW_N 14

/* Read the current row. WHY_CORRUPT if its checksum does not match. */
enum rc batch_row_read(
    struct sqlite3_stmt *row, struct batch *b, struct err *e);

#endif
