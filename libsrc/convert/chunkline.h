/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of chunks.ndjson: the account of each chunk, which adds up to that of
 * its source, and which lines of the staging belong to its records. Deferred
 * records have a line of their own, with `content`.
 */
#ifndef CONVERT_CHUNKLINE_H
#define CONVERT_CHUNKLINE_H

#include "stage/account.h"
#include "util/buf.h"

struct chunkline {
	const char *source;
	uint64_t number; /* of the source in the manifest, from 0 */
	uint64_t offset; /* in the source */
	uint64_t bytes;
	bool crc_ok;
	const char *content; /* of its lines, as of their segment, or NULL */
	const struct account *account;
	uint64_t first_line; /* of the staging, counted from 1 over all of its
			      * segments; there are account->emitted +
			      * account->recovered */
	uint64_t first_id;   /* EventRecordIDs of the first and of the last */
	uint64_t last_id;    /* record that have one; 0: none has */
};

/* `reasons` are the names of the account's reasons. */
void chunkline_put(
    struct buf *b, const struct chunkline *c, const char *const *reasons);

/* The same for people: a row of a table, and the heading above the rows of a
 * source. */
void chunkline_row(struct buf *b, const struct chunkline *c);
void chunkline_heading(struct buf *b, const char *source);

#endif
