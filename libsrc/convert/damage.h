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
	uint64_t record; /* record id in the header of the hiding record */
	uint64_t offset; /* offset of the hiding record in the source */
};

/* The reason in lines of the kind "hidden". */
#define DAMAGE_HIDDEN "another record claims its bytes as its own"

struct damage {
	const char *source;
	/* record, chunk, region, file, name, disagreement, one-sided, borrowed,
	 * recovered, repaired or hidden; a string constant. */
	const char *kind;
	uint64_t offset; /* offset of the damage in the source */
	uint64_t length; /* length of the damaged bytes */
	/* Record id in the record's header; 0: there is no record, or its id is
	 * unknown.
	 */
	uint64_t record;
	/* What could be read in spite of the damage; a string constant. */
	const char *salvaged;
	/* How two decoders differ in the record; NULL: they do not. */
	const struct record_note *note;
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
	/* Offset and length of the reason in the line, including its quotes. */
	uint32_t reason_at;
	uint32_t reason_n;
};

/* Append a damage_head and a line to b, or nothing if b has not enough room. */
void damage_put(struct buf *b, const struct damage *d, const char *reason);

/* The reason in the first of these lines, to be freed by the caller; NULL if
 * there is no line or memory is exhausted. */
char *damage_reason(struct span lines);

#endif
