/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that another record has swallowed.
 *
 * An editor removes a record from a log by adding its size to the record
 * before it: the header of that one then claims the bytes of both, and readers
 * step over the second. Its bytes stay where they were, behind the end of the
 * first one's Binary XML, apart from the copy of the size at the end, which the
 * editor makes fit the enlarged record.
 *
 * A hidden record is found by all of: the signature, a size that Windows makes
 * and that ends within the claimed bytes, a copy of the size (its own, or that
 * of a record that it ends with), an id that belongs there, also after the
 * editor has renumbered what follows, and a time that lies between those of the
 * neighbours. Whether its Binary XML can be read is not asked.
 */
#ifndef EVTX_HIDDEN_RECORD_H
#define EVTX_HIDDEN_RECORD_H

#include "evtx/chunk.h"

#define HIDDEN_RECORD_MIN \
	40U /* bytes of the shortest record that can be hidden */

/* A search in the bytes that one live record claims. */
struct hidden_record {
	const struct chunk *chunk;
	struct chunk_record by;     /* the live record */
	struct chunk_record before; /* found last; at first the live one */
	struct chunk_record next;   /* the live record that follows, */
	bool has_next;              /* if one does */
	uint32_t start;
	uint32_t at;
	uint32_t end;
	uint32_t n; /* found so far */
};

/* Whether there is room for a hidden record behind the end of a record's
 * Binary XML, which is an offset in the chunk. */
static inline bool
hidden_record_has_room(const struct chunk_record *by, uint32_t content_end)
{
	return by->offset + by->size - content_end >= HIDDEN_RECORD_MIN;
}

/* Start to search behind content_end; 0: nobody knows where the Binary XML of
 * the record ends, and all of its bytes are searched. The chunk stays the
 * caller's. */
void hidden_record_start(struct hidden_record *h, const struct chunk *c,
    const struct chunk_record *by, uint32_t content_end);

/* The next hidden record, in the order of the bytes; false if there is no more.
 * One that is hidden in another hidden one is found, too. */
bool hidden_record_next(struct hidden_record *h, struct chunk_record *r);

/* Where the Binary XML of a record ends, as far as the heads of its template
 * instances tell; 0 if they do not. */
uint32_t hidden_record_content_end(
    const struct chunk *c, const struct chunk_record *r);

#endif
