/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "evtx/signature_repair.h"

/* Records that are written at the same time may be out of order, and the clock
 * of a computer may be set back. */
#define TIME_BACK_MAX (UINT64_C(3600) * 10000000)

/* True if a time may follow another; impossible times are not compared. */
static bool
in_order(uint64_t before, uint64_t time)
{
	return !chunk_time_is_possible(before) ||
	       !chunk_time_is_possible(time) || time + TIME_BACK_MAX >= before;
}

/* True if a record may follow `before` (whose offset is 0 if no record
 * precedes) and agrees with the ids of an intact chunk header. */
static bool
fits_after(const struct chunk *c, const struct chunk_record *before,
    const struct chunk_record *r)
{
	const bool last = r->offset + r->size == chunk_used_end(c);

	if (before->offset != 0 && r->id <= before->id)
		return false;
	if (c->header_crc_ok &&
	    (r->id < c->first_id || r->id > c->last_id ||
		(r->offset == CHUNK_HEADER && r->id != c->first_id) ||
		(last && r->id != c->last_id)))
		return false;
	/* The last record of an exported log has no time. */
	return (chunk_time_is_possible(r->time) || (last && r->time == 0)) &&
	       in_order(before->time, r->time);
}

/* Check the records with damaged signatures that start at the offset, up to an
 * intact record or the end of the used area. Returns the offset where the last
 * one ends; 0 if one of them, or the record after them, does not fit. */
static uint32_t
find_fitting_end(
    const struct chunk *c, struct chunk_record before, uint32_t offset)
{
	struct chunk_record r;
	struct chunk_record next;

	for (;;) {
		if (!chunk_sizes_agree(c, offset, &r) ||
		    !fits_after(c, &before, &r))
			return 0;
		offset += r.size;
		switch (chunk_classify(c, offset, &next)) {
		case CHUNK_END:
			return offset;
		case CHUNK_RECORD:
			return next.id > r.id && in_order(r.time, next.time)
				   ? offset
				   : 0;
		case CHUNK_BROKEN:
			return 0;
		case CHUNK_OTHER:
			before = r;
		}
	}
}

void
signature_repair_chunk(struct chunk *c, uint8_t *copy)
{
	struct chunk_record before = { .offset = 0 };
	struct chunk_record r;
	uint32_t at = CHUNK_HEADER;

	while (at < chunk_used_end(c)) {
		if (chunk_record_at(c, at, &r)) {
			before = r;
			at += r.size;
			continue;
		}
		const uint32_t end = find_fitting_end(c, before, at);
		const uint32_t next = chunk_resync(c, at + 1);
		/* Do not skip a plausible record inside the fitting ones. */
		if (end == 0 || next < end) {
			if (c->free_offset > CHUNK_BYTES)
				return;
			at = next;
			before.offset = 0;
			before.time = 0;
			continue;
		}
		if (c->raw == NULL) {
			memcpy(copy, c->bytes.p, CHUNK_BYTES);
			c->raw = c->bytes.p;
			c->bytes = span_of(copy, CHUNK_BYTES);
		}
		/* The loop finds intact records here now and steps over them.
		 */
		for (uint32_t from = at;
		     from < end && chunk_sizes_agree(c, from, &r);
		     from += r.size)
			memcpy(copy + from, chunk_record_signature,
			    CHUNK_SIGNATURE_BYTES);
	}
}

void
signature_repair_report(const struct chunk *c, struct record *r, char *text)
{
	const uint32_t at = r->header.offset;

	if (c->raw == NULL || at > CHUNK_BYTES - CHUNK_SIGNATURE_BYTES ||
	    memcmp(c->raw + at, c->bytes.p + at, CHUNK_SIGNATURE_BYTES) == 0)
		return;
	(void)snprintf(text, SIGNATURE_REPAIR_TEXT_MAX, "signature%s%s",
	    r->repaired == NULL ? "" : ",",
	    r->repaired == NULL ? "" : r->repaired);
	r->repaired = text;
}
