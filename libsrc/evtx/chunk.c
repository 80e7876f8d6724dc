/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/chunk.h"
#include "util/crc.h"
#include "util/cursor.h"

#define FLAG_DIRTY 0x1U
#define FLAG_NO_CRC 0x4U

/* Record identifiers count up from 1, so real logs do not reach this one. */
#define ID_END (UINT64_C(1) << 48)

const uint8_t chunk_record_signature[CHUNK_SIGNATURE_BYTES] = { '*', '*', 0,
	0 };

void
chunk_read_file_header(struct chunk_file_header *f, struct span block)
{
	struct cursor c = cursor_of(block);

	f->signature = span_eq(cursor_bytes(&c, 8), SPAN("ElfFile\0"));
	cursor_skip(&c, 34); /* skip chunk and record numbers, sizes, version */
	f->chunks = cursor_u16(&c);
	cursor_skip(&c, 76);
	f->dirty = (cursor_u32(&c) & FLAG_DIRTY) != 0;
	const uint32_t crc = cursor_u32(&c);
	f->crc_ok = !c.bad && crc == crc_add(0, span_of(block.p, 120));
}

/* The checksum of a chunk header covers all of it except the flags and the
 * checksum itself, at offsets 120 to 127. */
static uint32_t
header_crc(struct span bytes)
{
	return crc_add(crc_add(0, span_of(bytes.p, 120)),
	    span_of(bytes.p + 128, CHUNK_HEADER - 128));
}

static bool
size_is_repeated(struct span bytes, const struct chunk_record *r)
{
	return le_u32(bytes.p + r->offset + r->size - CHUNK_RECORD_SIZE_COPY) ==
	       r->size;
}

bool
chunk_read(struct chunk *k, struct span bytes)
{
	struct cursor c = cursor_of(bytes);
	struct chunk_record last;

	if (bytes.n < CHUNK_BYTES ||
	    !span_eq(cursor_bytes(&c, 8), SPAN("ElfChnk\0")))
		return false;
	k->bytes = span_of(bytes.p, CHUNK_BYTES);
	k->raw = NULL;
	cursor_skip(&c, 16); /* numbers of the first and the last record */
	k->first_id = cursor_u64(&c);
	k->last_id = cursor_u64(&c);
	cursor_skip(&c, 4); /* size of the header */
	const uint32_t last_offset = cursor_u32(&c);
	k->free_offset = cursor_u32(&c);
	const uint32_t data_crc = cursor_u32(&c);
	cursor_skip(&c, 64);
	k->no_crc = (cursor_u32(&c) & FLAG_NO_CRC) != 0;
	k->header_crc_ok = cursor_u32(&c) == header_crc(bytes);
	k->data_crc_ok =
	    k->free_offset >= CHUNK_HEADER && k->free_offset <= CHUNK_BYTES &&
	    data_crc == crc_add(0, span_of(bytes.p + CHUNK_HEADER,
				       k->free_offset - CHUNK_HEADER));
	k->used_end =
	    k->free_offset < CHUNK_BYTES ? k->free_offset : CHUNK_BYTES;
	if (k->header_crc_ok && last_offset >= CHUNK_HEADER &&
	    chunk_record_at(k, last_offset, &last) && last.id == k->last_id &&
	    size_is_repeated(bytes, &last))
		k->used_end = last_offset + last.size;
	return true;
}

void
chunk_init_headerless(struct chunk *c, struct span bytes)
{
	*c = (struct chunk){
		.bytes = bytes,
		.free_offset = CHUNK_HEADER,
		.used_end = CHUNK_HEADER,
	};
}

bool
chunk_checksums_hold(const struct chunk *c)
{
	return c->no_crc || (c->header_crc_ok && c->data_crc_ok);
}

void
chunk_truncate(struct chunk *c, size_t n)
{
	const size_t end = n < CHUNK_HEADER ? CHUNK_HEADER : n;

	if (end < c->used_end)
		c->used_end = (uint32_t)end;
}

uint32_t
chunk_verified_end(const struct chunk *c)
{
	return !c->no_crc && c->header_crc_ok && c->data_crc_ok ? c->free_offset
								: 0;
}

uint32_t
chunk_claimed_end(struct span bytes)
{
	if (bytes.n < CHUNK_HEADER)
		return 0;
	struct cursor c = cursor_of(bytes);
	cursor_skip(&c, 48);
	const uint32_t end = cursor_u32(&c);
	cursor_skip(&c, 72);
	return cursor_u32(&c) == header_crc(bytes) && end >= CHUNK_HEADER &&
		       end <= CHUNK_BYTES
		   ? end
		   : 0;
}

enum chunk_place
chunk_classify(const struct chunk *k, uint32_t offset, struct chunk_record *r)
{
	const uint32_t end = k->used_end;

	if (offset >= end)
		return CHUNK_END;
	r->offset = offset;
	if (end - offset < CHUNK_SIGNATURE_BYTES ||
	    memcmp(k->bytes.p + offset, chunk_record_signature,
		CHUNK_SIGNATURE_BYTES) != 0)
		return CHUNK_OTHER;
	return chunk_read_record(k->bytes, offset, end, r) ? CHUNK_RECORD
							   : CHUNK_BROKEN;
}

bool
chunk_record_at(const struct chunk *k, uint32_t offset, struct chunk_record *r)
{
	return chunk_classify(k, offset, r) == CHUNK_RECORD;
}

bool
chunk_sizes_agree(
    const struct chunk *k, uint32_t offset, struct chunk_record *r)
{
	return offset < k->used_end &&
	       chunk_read_record(k->bytes, offset, k->used_end, r) &&
	       size_is_repeated(k->bytes, r);
}

uint32_t
chunk_find_signature(struct span bytes, uint32_t from, uint32_t end)
{
	const uint8_t *const p =
	    from >= end ? NULL
			: memmem(bytes.p + from, end - from,
			      chunk_record_signature, CHUNK_SIGNATURE_BYTES);

	return p == NULL ? end : (uint32_t)(p - bytes.p);
}

uint32_t
chunk_resync(const struct chunk *k, uint32_t from)
{
	struct chunk_record r;

	for (;; from++) {
		from = chunk_find_signature(k->bytes, from, k->used_end);
		if (from >= k->used_end)
			return k->used_end;
		/* A record with an id outside the range of the chunk is left
		 * from an earlier use. */
		if (chunk_sizes_agree(k, from, &r) &&
		    (!k->header_crc_ok ||
			(r.id >= k->first_id && r.id <= k->last_id)))
			return from;
	}
}

bool
chunk_has_first_record(struct span bytes)
{
	struct chunk_record r;

	return bytes.n > CHUNK_HEADER + CHUNK_SIGNATURE_BYTES &&
	       memcmp(bytes.p + CHUNK_HEADER, chunk_record_signature,
		   CHUNK_SIGNATURE_BYTES) == 0 &&
	       chunk_read_record(bytes, CHUNK_HEADER, bytes.n, &r) &&
	       size_is_repeated(bytes, &r);
}

bool
chunk_is_torn_at(struct span bytes, uint32_t offset)
{
	struct chunk_record r;

	if (offset < CHUNK_HEADER || chunk_claimed_end(bytes) <= offset)
		return false;
	for (uint32_t at = CHUNK_HEADER;; at++) {
		at = chunk_find_signature(bytes, at, offset);
		if (at >= offset)
			return true;
		if (chunk_read_record(bytes, at, bytes.n, &r) &&
		    size_is_repeated(bytes, &r) && r.size > offset - at)
			return false;
	}
}

bool
chunk_find_carved(
    const struct chunk *k, uint32_t from, uint32_t end, struct chunk_record *r)
{
	for (;; from++) {
		from = chunk_find_signature(k->bytes, from, end);
		if (from >= end)
			return false;
		if (!chunk_read_record(k->bytes, from, end, r) ||
		    r->size < CHUNK_PADDED_RECORD_MIN || r->size % 8 != 0 ||
		    !size_is_repeated(k->bytes, r))
			continue;
		/* The content must start with a fragment header, followed by a
		 * template instance or an element. */
		const struct span content = chunk_record_content(k, r);
		const uint8_t token = content.p[4];
		if (r->id != 0 && r->id < ID_END &&
		    (r->time == 0 || chunk_time_is_possible(r->time)) &&
		    span_starts(content, SPAN("\x0f\x01\x01\0")) &&
		    (token == 0x0c || token == 0x01 || token == 0x41))
			return true;
	}
}

uint32_t
chunk_carved_run(const struct chunk *k, uint32_t offset)
{
	uint32_t start = k->used_end;
	uint32_t at = start;
	struct chunk_record r;

	for (; chunk_find_carved(k, at, CHUNK_BYTES, &r);
	     at = r.offset + r.size) {
		if (r.offset > offset)
			break;
		if (r.offset != at)
			start = r.offset;
		if (offset - r.offset < r.size)
			return start;
	}
	return offset;
}

uint64_t
chunk_count_records(const struct chunk *c)
{
	struct chunk_record r;
	uint64_t n = 0;

	for (uint32_t at = CHUNK_HEADER; chunk_record_at(c, at, &r);
	     at += r.size)
		n++;
	return n;
}

uint32_t
chunk_records_end(const struct chunk *c)
{
	struct chunk_record r;
	uint32_t at = CHUNK_HEADER;

	while (chunk_record_at(c, at, &r))
		at += r.size;
	return at;
}
