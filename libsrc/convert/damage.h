/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of damage.ndjson: what could not be read, where, why, and what was
 * salvaged of it.
 */
#ifndef CONVERT_DAMAGE_H
#define CONVERT_DAMAGE_H

#include <stdint.h>

#include "evtx/decoder.h"
#include "util/buf.h"

/* The record that hides another one. */
struct damage_hidden {
	uint64_t record; /* id in its header */
	uint64_t offset; /* in the source */
};

/* The reason of lines of kind hidden. */
#define DAMAGE_HIDDEN "another record claims its bytes as its own"

struct damage {
	const char *source;
	const char *kind; /* record, chunk, region, file, disagreement,
			   * one-sided, borrowed, recovered, repaired, hidden */
	uint64_t offset;  /* in the source */
	uint64_t length;
	uint64_t record; /* id in the record's header; 0: none */
	const char *salvaged;
	const struct record_note *note; /* of a disagreement, or NULL */
	const struct template_entry *const *recovered_templates; /* templates */
	size_t n_recovered_templates;
	const struct damage_hidden *hidden_by; /* of kind hidden, or NULL */
};

/* The number of the chunk in whose place the offset is, from 0. */
uint64_t damage_chunk(uint64_t offset);

/* Damage about a record; its offset is that of the header in the chunk. */
struct damage damage_of_record(
    const struct chunk_record *h, const char *kind, const char *salvaged);

/* What precedes a line in memory, for convert/damage_summary.h. */
struct damage_head {
	uint64_t offset;
	uint64_t length;
	const char *kind; /* constants */
	const char *salvaged;
	uint32_t line;      /* bytes of the line, with its newline */
	uint32_t reason_at; /* where its reason is, with its quotes */
	uint32_t reason_n;
};

/* Append a head and a line. A line that has no room is left out whole. */
void damage_put(struct buf *b, const struct damage *d, const char *reason);

/* The reason of the first line of these, as an allocated text; NULL: there is
 * no line, or no memory. */
char *damage_reason(struct span lines);

#endif
