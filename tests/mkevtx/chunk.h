/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chunk: records packed into a page, header and checksums at its end.
 *
 * `chunk_add` returns false when the record does not fit; the caller then
 * finishes the chunk, takes its 65,536 bytes and begins the next.
 */
#ifndef MKEVTX_CHUNK_H
#define MKEVTX_CHUNK_H

#include <stdbool.h>
#include <stdint.h>

#include "bxml.h"
#include "crc.h"
#include "event.h"
#include "page.h"
#include "system.h"
#include "vals.h"

/* Odd ways for a whole chunk. */
enum chunk_odd {
	CHUNK_BAD_CRC = 1,
	CHUNK_BAD_RECORDS_CRC = 2,
	CHUNK_NO_CRC = 4,
	CHUNK_FREE_PAST = 8,
	CHUNK_BAD_STRINGS = 16,
	CHUNK_BAD_MAGIC = 32,
	CHUNK_SLACK = 64
};

struct chunk {
	struct page page;
	struct bxml bxml;
	struct vals outer;
	uint64_t first_number;
	uint64_t numbers; /* records in it */
	uint64_t first_id;
	uint64_t last_id;
	uint32_t last_at;  /* offset of the last record */
	uint32_t plain_at; /* of the last record that defines nothing, or 0 */
};

/* Where a record came to lie. */
struct chunk_place {
	uint32_t offset;
	uint32_t size;
};

void chunk_begin(
    struct chunk *c, uint32_t limit, uint64_t first_number, bool headless);

/* The header id and header time are given apart: they lie in exported files. */
bool chunk_add(struct chunk *c, struct system *system, const struct event *e,
    uint64_t header_id, struct chunk_place *place);

/* Changes the header time of the record added last. */
void chunk_retime(struct chunk *c, uint64_t filetime);

/* `odd` of enum chunk_odd. */
void chunk_finish(struct chunk *c, const struct crc *crc, unsigned odd);

#endif
