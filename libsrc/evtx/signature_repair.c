/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "evtx/signature_repair.h"
#include "util/cursor.h"
#include "util/le.h"

#define TIME_MIN UINT64_C(125911584000000000) /* 2000-01-01 */
#define TIME_END UINT64_C(157766880000000000) /* 2100-12-10 */

/* Records that are written at once may be out of order, and clocks are set. */
#define TIME_BACK_MAX (UINT64_C(3600) * 10000000)

static const uint8_t magic[4] = { '*', '*', 0, 0 };

bool
signature_repair_sizes_agree(
    const struct chunk *k, uint32_t offset, struct chunk_record *r)
{
	const uint32_t end = chunk_used_end(k);

	if (offset >= end)
		return false;
	struct cursor c = cursor_of(span_of(k->bytes.p + offset, end - offset));
	cursor_skip(&c, sizeof(magic));
	r->offset = offset;
	r->size = cursor_u32(&c);
	r->id = cursor_u64(&c);
	r->time = cursor_u64(&c);
	if (c.bad || r->size < CHUNK_RECORD_MIN || r->size > end - offset)
		return false;
	c = cursor_of(span_of(k->bytes.p + offset + r->size - 4, 4));
	return cursor_u32(&c) == r->size;
}

static bool
is_possible(uint64_t time)
{
	return time >= TIME_MIN && time < TIME_END;
}

/* Times that cannot be say nothing of their neighbours. */
static bool
in_order(uint64_t before, uint64_t time)
{
	return !is_possible(before) || !is_possible(time) ||
	       time + TIME_BACK_MAX >= before;
}

/* Whether the record fits behind the one before it (offset 0: there is none),
 * and what the header says of all of them, of the first and of the last. The
 * last one of an export has no time. */
static bool
fits_behind(const struct chunk *c, const struct chunk_record *before,
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
	return (is_possible(r->time) || (last && r->time == 0)) &&
	       in_order(before->time, r->time);
}

/* Where the records end that start at the offset, one or several, all of them
 * with damaged signatures: each fits, and so does what follows the last. 0 if
 * that is not what is there. */
static uint32_t
fitting_end(const struct chunk *c, struct chunk_record before, uint32_t offset)
{
	struct chunk_record r;
	struct chunk_record next;

	for (;;) {
		if (!signature_repair_sizes_agree(c, offset, &r) ||
		    !fits_behind(c, &before, &r))
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

/* Mend the records from one offset to another. */
static void
mend(struct chunk *c, uint32_t from, uint32_t end, uint8_t *copy)
{
	struct chunk_record r;

	if (c->raw == NULL) {
		memcpy(copy, c->bytes.p, CHUNK_BYTES);
		c->raw = c->bytes.p;
		c->bytes = span_of(copy, CHUNK_BYTES);
	}
	for (; from < end && signature_repair_sizes_agree(c, from, &r);
	     from += r.size)
		memcpy(copy + from, magic, sizeof(magic));
}

/* Step over records with their signature: where they end. *last is where the
 * last of them starts, or stays as it is. */
static uint32_t
step_over(const struct chunk *c, uint32_t at, uint32_t *last)
{
	const uint8_t *const p = c->bytes.p;
	const uint32_t end = chunk_used_end(c);

	while (end > at && end - at >= CHUNK_RECORD_MIN &&
	       le_u32(p + at) == le_u32(magic)) {
		const uint32_t size = le_u32(p + at + 4);
		if (size < CHUNK_RECORD_MIN || size > end - at)
			break;
		*last = at;
		at += size;
	}
	return at;
}

void
signature_repair_chunk(struct chunk *c, uint8_t *copy)
{
	uint32_t last = 0;
	uint32_t at = step_over(c, CHUNK_HEADER, &last);

	while (at < chunk_used_end(c)) {
		struct chunk_record before = { .offset = 0 };
		if (last != 0)
			(void)chunk_record_at(c, last, &before);
		const uint32_t end = fitting_end(c, before, at);
		const uint32_t next = chunk_resync(c, at + 1);
		/* What can be believed is not stepped over. */
		if (end != 0 && next >= end) {
			mend(c, at, end, copy);
		} else {
			if (c->free_offset > CHUNK_BYTES)
				return;
			at = next;
			last = 0;
		}
		at = step_over(c, at, &last);
	}
}

bool
signature_repair_is_done(const struct chunk *c, uint32_t offset)
{
	return c->raw != NULL && offset <= CHUNK_BYTES - sizeof(magic) &&
	       memcmp(c->raw + offset, c->bytes.p + offset, sizeof(magic)) != 0;
}

void
signature_repair_report(const struct chunk *c, struct record *r, char *text)
{
	if (!signature_repair_is_done(c, r->header.offset))
		return;
	(void)snprintf(text, SIGNATURE_REPAIR_TEXT_MAX, "signature%s%s",
	    r->repaired == NULL ? "" : ",",
	    r->repaired == NULL ? "" : r->repaired);
	r->repaired = text;
}
