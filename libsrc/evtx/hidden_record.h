/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds records that another record hides.
 *
 * An editor removes a record from a log by adding its size to that of the
 * record before it: the header of that record then covers both, and readers
 * skip the second one. Its bytes stay where they were, after the end of the
 * first record's Binary XML; only the copy of the size at the end is changed,
 * to match the enlarged record.
 *
 * A hidden record has: the signature; a size that Windows writes and that ends
 * within the covering record; a copy of that size (or of the size of a record
 * around it); an id that belongs there, also after the editor has renumbered
 * the records that follow; and a time between those of its neighbours. Its
 * Binary XML may be damaged.
 */
#ifndef EVTX_HIDDEN_RECORD_H
#define EVTX_HIDDEN_RECORD_H

#include "evtx/chunk.h"

/* A search in the bytes of one live record. */
struct hidden_record {
	const struct chunk *chunk;
	/* The live record in which hidden ones are searched. */
	struct chunk_record by;
	/* The hidden record found last; initially the live record. */
	struct chunk_record before;
	/* The live record that follows, if has_next is set. */
	struct chunk_record next;
	bool has_next;
	uint32_t start;
	uint32_t at;
	uint32_t end;
	uint32_t n; /* number of hidden records found so far */
};

/* True if a hidden record fits between the end of a record's Binary XML, an
 * offset in the chunk, and the end of the record. */
static inline bool
hidden_record_has_room(const struct chunk_record *by, uint32_t content_end)
{
	return by->offset + by->size - content_end >= CHUNK_PADDED_RECORD_MIN;
}

/* Start to search at content_end, the end of the record's Binary XML, or, if
 * that is 0 (unknown), in all bytes of the record. Borrows the chunk. */
void hidden_record_start(struct hidden_record *h, const struct chunk *c,
    const struct chunk_record *by, uint32_t content_end);

/* Find the next hidden record, in the order of the bytes, also one that another
 * hidden record hides. False if there are no more. */
bool hidden_record_next(struct hidden_record *h, struct chunk_record *r);

/* The end of a record's Binary XML, computed from its template instances
 * alone; 0 if that is not possible. */
uint32_t hidden_record_content_end(
    const struct chunk *c, const struct chunk_record *r);

#endif
