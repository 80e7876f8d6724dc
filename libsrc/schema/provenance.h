/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a record was found: the RecordKey and the columns of
 * `--provenance full`. A schema writes them after its own columns.
 */
#ifndef SCHEMA_PROVENANCE_H
#define SCHEMA_PROVENANCE_H

#include "schema/schema.h"

struct provenance {
	/* Digest of the whole source; empty: not available. */
	const char *sha256;
	const char *name;    /* name of the source in UTF-8 */
	const char *case_id; /* id of the case; NULL: no --case was given */
	uint64_t chunk;      /* index of the chunk in the source, from 0 */
	uint64_t offset;     /* offset of the record header in the source */
	uint64_t header_id;  /* record id in the header of the record */
	bool crc_ok;         /* both checksums of the chunk are right */
	/* The record was found outside the used area of its chunk. */
	bool recovered;
};

/* Append the operations for the members that the options ask for: none, the
 * RecordKey, or all. Each member starts with a comma. */
void provenance_compile(struct plan *p, const struct schema_options *o);

/* Append the operations for the RecordKey alone. `member` is the text before
 * the digits, including a quote; the member is left out if a record has no key.
 */
void provenance_compile_key(struct plan *p, const char *member);

/* Append the members of `full` except the RecordKey. */
void provenance_put(struct buf *out, const struct provenance *from);

#endif
