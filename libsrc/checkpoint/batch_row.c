/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "checkpoint/batch_row.h"
#include "checkpoint/sql.h"

enum rc
batch_row_key(const char *sha256, const struct batch *b,
    uint8_t key[DIGEST_BYTES], struct err *e)
{
	char text[160];

	/* With the NULs, which are hashed too, the text of each range is
	 * unique.
	 */
	const int n = snprintf(text, sizeof(text), "%.64s%c%llu%c%llu", sha256,
	    0, (unsigned long long)b->offset, 0, (unsigned long long)b->length);
	return digest_once(span_of(text, (size_t)n), key, e);
}

enum rc
batch_row_sum(const struct batch *b, int64_t *sum, struct err *e)
{
	const uint64_t parts[] = { (uint64_t)b->id, (uint64_t)b->segment,
		b->offset, b->length, b->records, (uint64_t)b->status,
		b->ambiguous, b->already, b->refused, b->repeated, b->conflicts,
		(uint64_t)b->stamp };
	uint8_t bytes[sizeof(parts) + DIGEST_BYTES];
	uint8_t out[DIGEST_BYTES];
	uint64_t v = 0;

	for (size_t i = 0; i < sizeof(parts); i++)
		bytes[i] = (uint8_t)(parts[i / 8] >> (8 * (i % 8)));
	memcpy(bytes + sizeof(parts), b->key, DIGEST_BYTES);
	const enum rc rc = digest_once(span_of(bytes, sizeof(bytes)), out, e);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < 7; i++)
		v = v << 8 | out[i];
	*sum = (int64_t)v;
	return RC_OK;
}

enum rc
batch_row_read(struct sqlite3_stmt *row, struct batch *b, struct err *e)
{
	const void *const key = sqlite3_column_blob(row, 5);
	const int key_n = sqlite3_column_bytes(row, 5);
	int64_t sum = 0;

	*b = (struct batch){ .id = sqlite3_column_int64(row, 0),
		.segment = sqlite3_column_int64(row, 1),
		.offset = sql_u64(row, 2),
		.length = sql_u64(row, 3),
		.records = sql_u64(row, 4),
		.status = (enum batch_status)sqlite3_column_int(row, 6),
		.ambiguous = sqlite3_column_int(row, 7) != 0,
		.already = sql_u64(row, 8),
		.refused = sql_u64(row, 9),
		.repeated = sql_u64(row, 10),
		.conflicts = sql_u64(row, 11),
		.stamp = sqlite3_column_int64(row, 12) };
	if (key != NULL && key_n == DIGEST_BYTES)
		memcpy(b->key, key, DIGEST_BYTES);
	const enum rc rc = batch_row_sum(b, &sum, e);
	if (rc == RC_OK && sum != sqlite3_column_int64(row, 13))
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the checkpoint is damaged: the checksum of batch %lld "
		    "does not match; restore it from a copy",
		    (long long)b->id);
	return rc;
}
