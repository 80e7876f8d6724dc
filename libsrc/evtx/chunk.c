/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/chunk.h"
#include "util/crc.h"
#include "util/cursor.h"

#define FLAG_DIRTY 0x1U
#define FLAG_NO_CRC 0x4U
#define RECORD_MAGIC 0x00002a2aU

/* What is believed of a record that only itself vouches for. Windows pads
 * records to 8 bytes, and has written them since 2006; their numbers start
 * from 1 and are counted, not chosen. */
#define OLD_MIN 40U
#define OLD_ID_END (UINT64_C(1) << 48)
#define OLD_TIME_MIN UINT64_C(125911584000000000) /* 2000-01-01 */
#define OLD_TIME_END UINT64_C(157766880000000000) /* 2100-12-10 */

static const uint8_t magic[4] = { '*', '*', 0, 0 };

void
chunk_read_file_header(struct chunk_file_header *f, struct span block)
{
	struct cursor c = cursor_of(block);

	f->signature = span_eq(cursor_bytes(&c, 8), SPAN("ElfFile\0"));
	cursor_skip(&c, 34); /* chunk and record numbers, sizes, version */
	f->chunks = cursor_u16(&c);
	cursor_skip(&c, 76);
	f->dirty = (cursor_u32(&c) & FLAG_DIRTY) != 0;
	const uint32_t crc = cursor_u32(&c);
	f->crc_ok = !c.bad && crc == crc_add(0, span_of(block.p, 120));
}

/* The header's checksum leaves out its own place and the flags before it. */
static uint32_t
header_crc(struct span bytes)
{
	return crc_add(crc_add(0, span_of(bytes.p, 120)),
	    span_of(bytes.p + 128, CHUNK_HEADER - 128));
}

static bool
size_repeated(const struct chunk *k, const struct chunk_record *r)
{
	struct cursor c =
	    cursor_of(span_of(k->bytes.p + r->offset + r->size - 4, 4));

	return cursor_u32(&c) == r->size;
}

static uint32_t
find_used_end(const struct chunk *k, uint32_t last_offset)
{
	struct chunk_record last;

	return k->header_crc_ok && last_offset >= CHUNK_HEADER &&
		       chunk_record_at(k, last_offset, &last) &&
		       last.id == k->last_id && size_repeated(k, &last)
		   ? last_offset + last.size
		   : k->used_end;
}

bool
chunk_read(struct chunk *k, struct span bytes)
{
	struct cursor c = cursor_of(bytes);

	if (bytes.n < CHUNK_BYTES ||
	    !span_eq(cursor_bytes(&c, 8), SPAN("ElfChnk\0")))
		return false;
	k->bytes = span_of(bytes.p, CHUNK_BYTES);
	k->raw = NULL;
	cursor_skip(&c, 16); /* first and last record number */
	k->first_id = cursor_u64(&c);
	k->last_id = cursor_u64(&c);
	cursor_skip(&c, 4); /* header size */
	const uint32_t last_offset = cursor_u32(&c);
	k->free_offset = cursor_u32(&c);
	const uint32_t data_crc = cursor_u32(&c);
	cursor_skip(&c, 64);
	const uint32_t flags = cursor_u32(&c);
	k->no_crc = (flags & FLAG_NO_CRC) != 0;
	k->header_crc_ok = cursor_u32(&c) == header_crc(bytes);
	k->data_crc_ok =
	    k->free_offset >= CHUNK_HEADER && k->free_offset <= CHUNK_BYTES &&
	    data_crc == crc_add(0, span_of(bytes.p + CHUNK_HEADER,
				       k->free_offset - CHUNK_HEADER));
	k->used_end =
	    k->free_offset < CHUNK_BYTES ? k->free_offset : CHUNK_BYTES;
	k->used_end = find_used_end(k, last_offset);
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
chunk_used_end(const struct chunk *c)
{
	return c->used_end;
}

enum chunk_place
chunk_classify(const struct chunk *k, uint32_t offset, struct chunk_record *r)
{
	const uint32_t end = chunk_used_end(k);

	if (offset >= end)
		return CHUNK_END;
	struct cursor c = cursor_of(span_of(k->bytes.p + offset, end - offset));
	r->offset = offset;
	if (cursor_u32(&c) != RECORD_MAGIC)
		return CHUNK_OTHER;
	r->size = cursor_u32(&c);
	r->id = cursor_u64(&c);
	r->time = cursor_u64(&c);
	return c.bad || r->size < CHUNK_RECORD_MIN || r->size > end - offset
		   ? CHUNK_BROKEN
		   : CHUNK_RECORD;
}

/* A record of this chunk has an id in the range that its header names; what
 * has another is older than the chunk. A broken header names nothing. */
static bool
id_belongs(const struct chunk *k, const struct chunk_record *r)
{
	return !k->header_crc_ok ||
	       (r->id >= k->first_id && r->id <= k->last_id);
}

uint32_t
chunk_resync(const struct chunk *k, uint32_t from)
{
	const uint32_t end = chunk_used_end(k);
	struct chunk_record r;

	while (from < end) {
		const uint8_t *const p =
		    memmem(k->bytes.p + from, end - from, magic, sizeof(magic));
		if (p == NULL)
			return end;
		from = (uint32_t)(p - k->bytes.p);
		if (chunk_classify(k, from, &r) == CHUNK_RECORD &&
		    size_repeated(k, &r) && id_belongs(k, &r))
			return from;
		from++;
	}
	return end;
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

/* The size of the record at the offset, which has its signature; 0 if its end
 * and the copy of its size are not there. */
static uint32_t
whole_size(struct span bytes, size_t at)
{
	struct cursor c = cursor_of(span_of(bytes.p + at, bytes.n - at));

	cursor_skip(&c, sizeof(magic));
	const uint32_t size = cursor_u32(&c);
	if (c.bad || size < CHUNK_RECORD_MIN || size > bytes.n - at)
		return 0;
	c = cursor_of(span_of(bytes.p + at + size - 4, 4));
	return cursor_u32(&c) == size ? size : 0;
}

bool
chunk_has_first_record(struct span bytes)
{
	return bytes.n > CHUNK_HEADER + sizeof(magic) &&
	       memcmp(bytes.p + CHUNK_HEADER, magic, sizeof(magic)) == 0 &&
	       whole_size(bytes, CHUNK_HEADER) != 0;
}

bool
chunk_is_torn_at(struct span bytes, uint32_t offset)
{
	if (offset < CHUNK_HEADER || chunk_claimed_end(bytes) <= offset)
		return false;
	for (size_t at = CHUNK_HEADER; at < offset; at++) {
		const uint8_t *const p =
		    memmem(bytes.p + at, offset - at, magic, sizeof(magic));
		if (p == NULL)
			return true;
		at = (size_t)(p - bytes.p);
		if (whole_size(bytes, at) > offset - at)
			return false;
	}
	return true;
}

/* What a header says of a record that is older than the chunk. */
static bool
is_old(const struct chunk *k, struct span bytes, struct chunk_record *r)
{
	struct cursor c = cursor_of(bytes);

	cursor_skip(&c, 4); /* its signature */
	r->size = cursor_u32(&c);
	r->id = cursor_u64(&c);
	r->time = cursor_u64(&c);
	const struct span start = cursor_bytes(&c, 4);
	const unsigned token = cursor_u8(&c);
	return !c.bad && r->size <= bytes.n && r->size >= OLD_MIN &&
	       r->size % 8 == 0 && size_repeated(k, r) && r->id != 0 &&
	       r->id < OLD_ID_END &&
	       (r->time == 0 ||
		   (r->time >= OLD_TIME_MIN && r->time < OLD_TIME_END)) &&
	       span_eq(start, SPAN("\x0f\x01\x01\0")) &&
	       (token == 0x0c || token == 0x01 || token == 0x41);
}

bool
chunk_find_carved(
    const struct chunk *k, uint32_t from, uint32_t end, struct chunk_record *r)
{
	while (from < end) {
		const uint8_t *const p =
		    memmem(k->bytes.p + from, end - from, magic, sizeof(magic));
		if (p == NULL)
			return false;
		from = (uint32_t)(p - k->bytes.p);
		r->offset = from;
		if (is_old(k, span_of(p, end - from), r))
			return true;
		from++;
	}
	return false;
}

uint32_t
chunk_carved_run(const struct chunk *k, uint32_t offset)
{
	uint32_t start = chunk_used_end(k);
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

bool
chunk_record_at(const struct chunk *k, uint32_t offset, struct chunk_record *r)
{
	return chunk_classify(k, offset, r) == CHUNK_RECORD;
}

uint64_t
chunk_count_records(const struct chunk *c)
{
	struct chunk_record r;
	uint32_t at = CHUNK_HEADER;
	uint64_t n = 0;

	while (chunk_record_at(c, at, &r)) {
		at += r.size;
		n++;
	}
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
