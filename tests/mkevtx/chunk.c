/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "buf.h"
#include "chunk.h"
#include "flat.h"

#define RECORD_HEADER 24U

void
chunk_begin(
    struct chunk *c, uint32_t limit, uint64_t first_number, bool headless)
{
	page_init(&c->page, limit);
	c->bxml = (struct bxml){ .page = &c->page, .headless = headless };
	c->first_number = first_number;
	c->numbers = 0;
	c->last_at = PAGE_FIRST;
	c->plain_at = 0;
}

static void
write_body(struct chunk *c, struct system *system, const struct event *e)
{
	const struct vals_shape *const shape = system_shape(system, e);

	c->bxml.late = (e->odd & EVENT_LATE) != 0;
	c->bxml.missing = (e->odd & EVENT_MISSING) != 0;
	system_values(e, &c->outer);
	if ((e->odd & EVENT_NO_TEMPLATE) != 0) {
		struct node_arena arena = { 0 };

		bxml_elements(
		    &c->bxml, flat_tree(&arena, shape->root, &c->outer));
		node_arena_reset(&arena);
		return;
	}
	if ((e->odd & EVENT_RAW_BODY) != 0 && e->body != EVENT_NONE) {
		struct node_arena arena = { 0 };

		c->outer.one[c->outer.n - 1].tree =
		    flat_tree(&arena, e->shape->root, e->vals);
		bxml_instance(&c->bxml, shape, &c->outer);
		node_arena_reset(&arena);
		return;
	}
	bxml_instance(&c->bxml, shape, &c->outer);
}

/* Records begin at multiples of 8; what is between the end token and the copy
 * of the size is old bytes in real files and zeros here. */
static uint32_t
close_record(struct page *p, uint32_t at, bool wrong_copy)
{
	while ((p->pos - at + 4) % 8 != 0 && !p->full)
		page_u8(p, 0);
	const uint32_t size = p->pos - at + 4;

	page_u32(p, wrong_copy ? size + 8 : size);
	page_set(p, at + 4, size, 4);
	return size;
}

static bool
same_tables(const struct page *p, const struct page_mark *m)
{
	return memcmp(p->b + 128, m->tables, sizeof(m->tables)) == 0;
}

bool
chunk_add(struct chunk *c, struct system *system, const struct event *e,
    uint64_t header_id, struct chunk_place *place)
{
	struct page *const p = &c->page;
	const struct bxml before = c->bxml;
	const uint32_t at = p->pos;
	struct page_mark mark;

	page_mark(p, &mark);
	page_u32(p, 0x2a2a);
	page_u32(p, 0);
	page_u64(p, header_id);
	page_u64(p, e->time);
	write_body(c, system, e);
	const uint32_t size =
	    close_record(p, at, (e->odd & EVENT_SIZE_COPY) != 0);
	if (p->full) {
		page_back(p, &mark);
		c->bxml = before;
		return false;
	}
	if (c->numbers == 0)
		c->first_id = header_id;
	if (same_tables(p, &mark) && c->bxml.pendings == 0)
		c->plain_at = at;
	c->last_id = header_id;
	c->last_at = at;
	c->numbers++;
	*place = (struct chunk_place){ .offset = at, .size = size };
	return true;
}

void
chunk_retime(struct chunk *c, uint64_t filetime)
{
	page_set(&c->page, c->last_at + 16, filetime, 8);
}

/* Older records behind the used area: whole ones, that lean on definitions
 * which are still there, with ids from before this chunk. */
static void
leave_old(struct chunk *c)
{
	struct page *const p = &c->page;
	const uint32_t at = c->plain_at;

	if (at == 0)
		return;
	const uint32_t size = (uint32_t)buf_get(p->b + at + 4, 4);
	for (uint32_t to = p->pos, n = 0; n < 3 && PAGE_SIZE - to >= size;
	     to += size, n++) {
		const uint64_t id = c->first_id + 1000000 + n;

		memcpy(p->b + to, p->b + at, size);
		for (size_t i = 0; i < 8; i++)
			p->b[to + 8 + i] = (uint8_t)(id >> (8 * i));
	}
}

static void
spoil_strings(struct page *p)
{
	/* Into the middle of a record, before the first one, past the end. */
	static const uint32_t bad[3] = { 0x0217, 0x0010, 0x00fffff0 };

	for (uint32_t i = 0; i < 3; i++)
		page_set(p, 128 + 4 * (i * 9 + 3), bad[i], 4);
}

static void
put_header(struct chunk *c, unsigned odd)
{
	struct page *const p = &c->page;
	const uint64_t last = c->first_number + c->numbers - 1;

	memcpy(p->b, (odd & CHUNK_BAD_MAGIC) != 0 ? "XlfChnk" : "ElfChnk", 8);
	page_set(p, 8, c->first_number, 8);
	page_set(p, 16, last, 8);
	page_set(p, 24, c->first_id, 8);
	page_set(p, 32, c->last_id, 8);
	page_set(p, 40, 128, 4);
	page_set(p, 44, c->last_at, 4);
	page_set(p, 48, (odd & CHUNK_FREE_PAST) != 0 ? PAGE_SIZE : p->pos, 4);
	page_set(p, 120, (odd & CHUNK_NO_CRC) != 0 ? 5 : 0, 4);
}

static void
put_checksums(struct page *p, const struct crc *crc, unsigned odd)
{
	const uint32_t used = (uint32_t)buf_get(p->b + 48, 4);
	uint32_t records =
	    crc_update(crc, 0, p->b + PAGE_FIRST, used - PAGE_FIRST);
	uint32_t header;

	if ((odd & CHUNK_NO_CRC) != 0)
		return;
	if ((odd & CHUNK_BAD_RECORDS_CRC) != 0)
		records = ~records;
	page_set(p, 52, records, 4);
	header = crc_update(crc, 0, p->b, 120);
	header = crc_update(crc, header, p->b + 128, PAGE_FIRST - 128);
	page_set(p, 124, (odd & CHUNK_BAD_CRC) != 0 ? ~header : header, 4);
}

void
chunk_finish(struct chunk *c, const struct crc *crc, unsigned odd)
{
	const uint32_t end = c->page.pos;

	/* Late definitions lie behind the records, so outside the used area. */
	bxml_settle(&c->bxml);
	if ((odd & CHUNK_SLACK) != 0)
		leave_old(c);
	c->page.full = false;
	c->page.pos = end;
	if ((odd & CHUNK_BAD_STRINGS) != 0)
		spoil_strings(&c->page);
	put_header(c, odd);
	put_checksums(&c->page, crc, odd);
}
