/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a record was found: the columns of `--provenance full`. A schema puts
 * them behind its own, and the RecordKey before them.
 */
#ifndef SCHEMA_PROVENANCE_H
#define SCHEMA_PROVENANCE_H

#include "schema/schema.h"

struct provenance {
	const char *sha256;  /* of the whole source; empty: not to be had */
	const char *name;    /* of the source, UTF-8 */
	const char *case_id; /* or NULL */
	uint64_t chunk;      /* which of the source, from 0 */
	uint64_t offset;     /* of the record header, in the source */
	uint64_t header_id;  /* the id in the record header */
	bool crc_ok;         /* both checksums of the chunk hold */
	bool recovered;      /* from outside the used area */
};

/* Append the operations that write what the options ask for: nothing, the
 * RecordKey, or all of it. Each member starts with a comma. */
void provenance_compile(struct plan *p, const struct schema_options *o);

/* The same for the RecordKey alone as a member that starts so, with the quote
 * before its value; nothing where a record has no key. */
void provenance_compile_key(struct plan *p, const char *member);

/* Append the members of `full`, apart from the RecordKey. */
void provenance_put(struct buf *out, const struct provenance *o);

#endif
