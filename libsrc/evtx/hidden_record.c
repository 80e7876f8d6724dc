/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/binxml.h"
#include "evtx/header_time.h"
#include "evtx/hidden_record.h"
#include "util/le.h"

/* Records are written in the order of their ids, but only roughly in the order
 * of their times. */
#define TIME_SLACK UINT64_C(36000000000) /* one hour as a FILETIME interval */
#define TIME_YEAR UINT64_C(315360000000000)

uint32_t
hidden_record_content_end(const struct chunk *c, const struct chunk_record *r)
{
	struct binxml b = binxml_of(c->bytes, chunk_record_content(c, r));
	struct err ignored;
	size_t end;

	return binxml_find_end(&b, &end, &ignored) == RC_OK ? (uint32_t)end : 0;
}

/* True if the number at the end of the record is a copy of its own size, or of
 * the size of a record that encloses it. The header of an enclosing record is
 * that many bytes before the end, and has the same size or, after a second
 * edit, a larger one. */
static bool
size_copy_fits(const struct hidden_record *h, const struct chunk_record *r)
{
	const uint8_t *const bytes = h->chunk->bytes.p;
	const uint32_t end = r->offset + r->size;
	const uint32_t copy = le_u32(bytes + end - CHUNK_RECORD_SIZE_COPY);

	if (copy == r->size)
		return true;
	if (copy < r->size || copy > end - h->by.offset)
		return false;
	const uint8_t *const around = bytes + end - copy;
	return memcmp(around, chunk_record_signature, CHUNK_SIGNATURE_BYTES) ==
		   0 &&
	       le_u32(around + CHUNK_SIGNATURE_BYTES) >= copy;
}

/* True if the id fits between its neighbours. Ids count up from that of the
 * live record, by one for each record that has room before this one, found or
 * not. The next live record has a larger id, unless the editor has renumbered
 * it. */
static bool
id_fits(const struct hidden_record *h, const struct chunk_record *r)
{
	const struct chunk *const c = h->chunk;
	const uint32_t room = (r->offset - h->start) / CHUNK_PADDED_RECORD_MIN;
	uint64_t most = h->by.id + 1 + (h->n > room ? h->n : room);

	if (h->has_next) {
		if (h->next.id > most &&
		    (!c->header_crc_ok || h->next.id <= c->last_id))
			most = h->next.id - 1;
	} else if (c->header_crc_ok && c->last_id > most) {
		most = c->last_id;
	}
	return r->id > h->by.id && r->id >= h->before.id && r->id <= most;
}

/* True if the time in the header is between those of the records before and
 * after, or slightly outside. If one of these has no time, like the last record
 * of an exported log, the record must contain as a value the time of its own
 * header or of the previous one: exports shift the times of headers by one
 * record. */
static bool
time_fits(const struct hidden_record *h, const struct chunk_record *r)
{
	const struct chunk *const c = h->chunk;
	const uint64_t before = h->before.time;
	const uint64_t after = h->has_next ? h->next.time : 0;
	const bool has_before = chunk_time_is_possible(before);
	const bool has_after = chunk_time_is_possible(after);
	uint64_t least = has_before ? before : after;
	uint64_t most = has_after ? after : before;

	if (r->time == 0)
		return has_before && !has_after && header_time_in(c, r, before);
	if (!chunk_time_is_possible(r->time))
		return false;
	if (least > most) {
		least = after;
		most = before;
	}
	if (chunk_time_is_possible(least) && r->time + TIME_SLACK >= least &&
	    r->time <= most + TIME_SLACK)
		return true;
	if (r->time < least)
		return !has_before && header_time_in(c, r, r->time);
	return !has_after && (header_time_in(c, r, r->time) ||
				 (r->time < before + TIME_YEAR &&
				     header_time_in(c, r, before)));
}

void
hidden_record_start(struct hidden_record *h, const struct chunk *c,
    const struct chunk_record *by, uint32_t content_end)
{
	*h = (struct hidden_record){
		.chunk = c,
		.by = *by,
		.before = *by,
		.end = by->offset + by->size,
		.start = content_end == 0 ? by->offset + CHUNK_RECORD_HEADER
					  : content_end,
	};
	h->at = h->start;
	h->has_next = chunk_record_at(c, h->end, &h->next);
}

bool
hidden_record_next(struct hidden_record *h, struct chunk_record *r)
{
	for (;; h->at = r->offset + 1) {
		const uint32_t at =
		    chunk_find_signature(h->chunk->bytes, h->at, h->end);
		if (at >= h->end) {
			h->at = h->end;
			return false;
		}
		if (chunk_read_record(h->chunk->bytes, at, h->end, r) &&
		    r->size >= CHUNK_PADDED_RECORD_MIN && r->size % 8 == 0 &&
		    size_copy_fits(h, r) && id_fits(h, r) && time_fits(h, r))
			break;
	}
	const uint32_t content_end = hidden_record_content_end(h->chunk, r);
	h->at =
	    content_end == 0 ? r->offset + CHUNK_RECORD_HEADER : content_end;
	h->before = *r;
	h->n++;
	return true;
}
