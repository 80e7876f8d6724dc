/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the lines of damage.ndjson: what could not be read, where, why, and
 * what was salvaged.
 */
#ifndef CONVERT_DAMAGE_H
#define CONVERT_DAMAGE_H

#include <stdint.h>

#include "evtx/decoder.h"
#include "util/buf.h"

/* A record that hides another one. */
struct damage_hidden {
	uint64_t record; /* id in its header */
	uint64_t offset; /* offset in the source */
};

/* The reason in lines of the kind "hidden". */
#define DAMAGE_HIDDEN "another record claims its bytes as its own"

struct damage {
	const char *source;
	/* record, chunk, region, file, name, disagreement, one-sided, borrowed,
	 * recovered, repaired or hidden; a string constant. */
	const char *kind;
	uint64_t offset; /* offset in the source */
	uint64_t length; /* length in bytes */
	uint64_t record; /* id in the record's header; 0: none */
	/* What could be read nevertheless; a string constant. */
	const char *salvaged;
	const struct record_note *note; /* details of a disagreement, or NULL */
	/* Templates of other chunks with which the record was read. */
	const struct template_entry *const *recovered_templates;
	size_t n_recovered_templates;
	/* The record that hides this one, for the kind hidden; or NULL. */
	const struct damage_hidden *hidden_by;
};

/* The number of the chunk that contains the offset if no bytes were lost or
 * added, from 0. */
uint64_t damage_chunk(uint64_t offset);

/* Make a struct damage about a record. Its offset is the offset of the record
 * in the chunk. */
struct damage damage_of_record(
    const struct chunk_record *h, const char *kind, const char *salvaged);

/* Precedes each line in memory, for convert/damage_summary.h. */
struct damage_head {
	uint64_t offset;
	uint64_t length;
	const char *kind;
	const char *salvaged;
	uint32_t line; /* length of the line in bytes, with its newline */
	/* Offset in the line and length of its reason, with the quotes. */
	uint32_t reason_at;
	uint32_t reason_n;
};

/* Append a head and a line, or nothing if there is not enough room. */
void damage_put(struct buf *b, const struct damage *d, const char *reason);

/* The reason in the first of these lines, to be freed by the caller; NULL if
 * there is no line or memory is exhausted. */
char *damage_reason(struct span lines);

#endif
