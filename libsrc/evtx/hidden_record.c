/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/binxml.h"
#include "evtx/header_time.h"
#include "evtx/hidden_record.h"
#include "util/le.h"

#define HEADER 24U
#define SIZE_COPY 4U
#define RECORD_MAGIC 0x00002a2aU

/* Records are written in the order of their ids, which is not exactly that of
 * their times. */
#define TIME_SLACK UINT64_C(36000000000) /* one hour */
#define TIME_YEAR UINT64_C(315360000000000)

static const uint8_t magic[4] = { '*', '*', 0, 0 };

uint32_t
hidden_record_content_end(const struct chunk *c, const struct chunk_record *r)
{
	struct binxml b = binxml_at(
	    c->bytes, r->offset + HEADER, r->size - HEADER - SIZE_COPY);
	struct err unsaid;
	size_t end;

	return binxml_find_end(&b, &end, &unsaid) == RC_OK ? (uint32_t)end : 0;
}

/* --- what a hidden record looks like -------------------------------------- */

static bool
holds(
    const struct hidden_record *h, const struct chunk_record *r, uint64_t time)
{
	return header_time_in(h->chunk, r, time);
}

/* The copy of the size that stands where the record ends is its own, or it
 * leads back to the header of a record around it, which claims that much or,
 * after a second edit, more. */
static bool
copy_fits(const struct hidden_record *h, const struct chunk_record *r)
{
	const uint8_t *const bytes = h->chunk->bytes.p;
	const uint32_t end = r->offset + r->size;
	const uint32_t copy = le_u32(bytes + end - SIZE_COPY);

	if (copy == r->size)
		return true;
	if (copy < r->size || copy > end - h->by.offset)
		return false;
	const uint8_t *const around = bytes + end - copy;
	return le_u32(around) == RECORD_MAGIC && le_u32(around + 4) >= copy;
}

/* Ids go on from the live record's, by one for each record that has room before
 * this one, however many of them can be told. The next live record has a larger
 * id, unless the editor has renumbered it. */
static bool
id_fits(const struct hidden_record *h, const struct chunk_record *r)
{
	const struct chunk *const c = h->chunk;
	const uint32_t room = (r->offset - h->start) / HIDDEN_RECORD_MIN;
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

/* The header's time lies between those of the records before and behind, or a
 * little beside. Where one of these has none, as the last one of an exported
 * log, the record must hold its header's time as a value, or that of the
 * record before it: in exports the times of headers are shifted by one. */
static bool
time_fits(const struct hidden_record *h, const struct chunk_record *r)
{
	const uint64_t before = h->before.time;
	const uint64_t after = h->has_next ? h->next.time : 0;
	uint64_t least = header_time_possible(before) ? before : after;
	uint64_t most = header_time_possible(after) ? after : before;

	if (r->time == 0)
		return header_time_possible(before) &&
		       !header_time_possible(after) && holds(h, r, before);
	if (!header_time_possible(r->time))
		return false;
	if (least > most) {
		least = after;
		most = before;
	}
	if (header_time_possible(least) && r->time + TIME_SLACK >= least &&
	    r->time <= most + TIME_SLACK)
		return true;
	if (r->time < least)
		return !header_time_possible(before) && holds(h, r, r->time);
	return !header_time_possible(after) &&
	       (holds(h, r, r->time) ||
		   (r->time < before + TIME_YEAR && holds(h, r, before)));
}

static bool
is_hidden(const struct hidden_record *h, struct chunk_record *r)
{
	const uint8_t *const p = h->chunk->bytes.p + r->offset;
	const uint32_t left = h->end - r->offset;

	if (left < HIDDEN_RECORD_MIN)
		return false;
	r->size = le_u32(p + 4);
	r->id = le_u64(p + 8);
	r->time = le_u64(p + 16);
	return r->size >= HIDDEN_RECORD_MIN && r->size <= left &&
	       r->size % 8 == 0 && copy_fits(h, r) && id_fits(h, r) &&
	       time_fits(h, r);
}

/* --- searching ------------------------------------------------------------ */

void
hidden_record_start(struct hidden_record *h, const struct chunk *c,
    const struct chunk_record *by, uint32_t content_end)
{
	*h = (struct hidden_record){
		.chunk = c,
		.by = *by,
		.before = *by,
		.end = by->offset + by->size,
		.start = content_end == 0 ? by->offset + HEADER : content_end,
	};
	h->at = h->start;
	h->has_next = chunk_record_at(c, h->end, &h->next);
}

bool
hidden_record_next(struct hidden_record *h, struct chunk_record *r)
{
	const uint8_t *const bytes = h->chunk->bytes.p;

	while (h->at < h->end) {
		const uint8_t *const p =
		    memmem(bytes + h->at, h->end - h->at, magic, sizeof(magic));
		if (p == NULL)
			return false;
		r->offset = (uint32_t)(p - bytes);
		h->at = r->offset + 1;
		if (!is_hidden(h, r))
			continue;
		const uint32_t content_end =
		    hidden_record_content_end(h->chunk, r);
		h->at = content_end == 0 ? r->offset + HEADER : content_end;
		h->before = *r;
		h->n++;
		return true;
	}
	return false;
}
