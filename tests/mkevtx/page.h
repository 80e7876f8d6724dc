/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 64 KiB of a chunk while it is filled, with the two hash tables of its
 * header: names (64 heads at 128) and template definitions (32 heads at 384).
 *
 * Writes past `limit` are dropped and set `full`; the writer of a record looks
 * once at its end and goes back to a mark.
 */
#ifndef MKEVTX_PAGE_H
#define MKEVTX_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 65536U
#define PAGE_FIRST 512U

struct page {
	uint8_t b[PAGE_SIZE];
	uint32_t pos;
	uint32_t limit;
	bool full;
};

struct page_mark {
	uint32_t pos;
	uint8_t tables[PAGE_FIRST - 128];
};

void page_init(struct page *p, uint32_t limit);
void page_mark(const struct page *p, struct page_mark *m);
void page_back(struct page *p, const struct page_mark *m);

void page_put(struct page *p, const void *bytes, size_t n);
void page_u8(struct page *p, unsigned v);
void page_u16(struct page *p, unsigned v);
void page_u32(struct page *p, uint32_t v);
void page_u64(struct page *p, uint64_t v);

/* Writes at a place that was written before; nothing if it was dropped. */
void page_set(struct page *p, uint32_t at, uint64_t v, size_t n);

/* The offset of a name, and the name itself if the page has it not yet. */
void page_name(struct page *p, const uint8_t *units, size_t bytes);

/* The offset of the definition with that GUID, 0 if the page has none. */
uint32_t page_find_template(const struct page *p, const uint8_t guid[16]);

/* Puts next-offset, GUID and room for the size of a definition, and enters it
 * into the table. Returns the place of the size. */
uint32_t page_new_template(struct page *p, const uint8_t guid[16]);

#endif
