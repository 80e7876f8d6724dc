/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "buf.h"
#include "page.h"

#define NAMES 128U
#define NAME_HEADS 64U
#define TEMPLATES 384U
#define TEMPLATE_HEADS 32U

void
page_init(struct page *p, uint32_t limit)
{
	memset(p->b, 0, sizeof(p->b));
	p->pos = PAGE_FIRST;
	p->limit = limit;
	p->full = false;
}

void
page_mark(const struct page *p, struct page_mark *m)
{
	m->pos = p->pos;
	memcpy(m->tables, p->b + NAMES, sizeof(m->tables));
}

void
page_back(struct page *p, const struct page_mark *m)
{
	/* The slack of a chunk that was never full is zeros. */
	memset(p->b + m->pos, 0, PAGE_SIZE - m->pos);
	memcpy(p->b + NAMES, m->tables, sizeof(m->tables));
	p->pos = m->pos;
	p->full = false;
}

void
page_put(struct page *p, const void *bytes, size_t n)
{
	if (p->limit - p->pos < n) {
		p->full = true;
		return;
	}
	if (n > 0)
		memcpy(p->b + p->pos, bytes, n);
	p->pos += (uint32_t)n;
}

static void
put_le(struct page *p, uint64_t v, size_t n)
{
	uint8_t le[8];

	for (size_t i = 0; i < n; i++)
		le[i] = (uint8_t)(v >> (8 * i));
	page_put(p, le, n);
}

void
page_u8(struct page *p, unsigned v)
{
	put_le(p, v, 1);
}

void
page_u16(struct page *p, unsigned v)
{
	put_le(p, v, 2);
}

void
page_u32(struct page *p, uint32_t v)
{
	put_le(p, v, 4);
}

void
page_u64(struct page *p, uint64_t v)
{
	put_le(p, v, 8);
}

void
page_set(struct page *p, uint32_t at, uint64_t v, size_t n)
{
	if (p->full)
		return;
	for (size_t i = 0; i < n; i++)
		p->b[at + i] = (uint8_t)(v >> (8 * i));
}

static uint32_t
get32(const struct page *p, uint32_t at)
{
	return (uint32_t)buf_get(p->b + at, 4);
}

/* The hash of both tables: over 16-bit units, of which the low 16 bits stay. */
static unsigned
hash(const uint8_t *units, size_t bytes)
{
	uint32_t h = 0;

	for (size_t i = 0; i + 2 <= bytes; i += 2)
		h = h * 65599 + (uint32_t)buf_get(units + i, 2);
	return h & 0xffff;
}

static uint32_t
find_name(
    const struct page *p, uint32_t head, const uint8_t *units, size_t bytes)
{
	uint32_t at = get32(p, head);

	while (at != 0 && (buf_get(p->b + at + 6, 2) * 2 != bytes ||
			      memcmp(p->b + at + 8, units, bytes) != 0))
		at = get32(p, at);
	return at;
}

void
page_name(struct page *p, const uint8_t *units, size_t bytes)
{
	const unsigned h = hash(units, bytes);
	const uint32_t head = NAMES + 4 * (h % NAME_HEADS);
	const uint32_t known = p->full ? 0 : find_name(p, head, units, bytes);

	if (known != 0) {
		page_u32(p, known);
		return;
	}
	const uint32_t at = p->pos + 4;
	page_u32(p, at);
	page_u32(p, p->full ? 0 : get32(p, head));
	page_u16(p, h);
	page_u16(p, (unsigned)(bytes / 2));
	page_put(p, units, bytes);
	page_u16(p, 0);
	page_set(p, head, at, 4);
}

static uint32_t
template_head(const uint8_t guid[16])
{
	return TEMPLATES + 4 * (hash(guid, 16) % TEMPLATE_HEADS);
}

uint32_t
page_find_template(const struct page *p, const uint8_t guid[16])
{
	uint32_t at = get32(p, template_head(guid));

	while (at != 0 && memcmp(p->b + at + 4, guid, 16) != 0)
		at = get32(p, at);
	return at;
}

uint32_t
page_new_template(struct page *p, const uint8_t guid[16])
{
	const uint32_t head = template_head(guid);
	const uint32_t at = p->pos;

	page_u32(p, get32(p, head));
	page_put(p, guid, 16);
	page_u32(p, 0);
	page_set(p, head, at, 4);
	return at + 20;
}
