/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a RecordKey to the lines of a staging that have it, and from these lines
 * to the chunks that chunks.ndjson says they are from.
 */
#ifndef AUDIT_LOCATE_RECORD_H
#define AUDIT_LOCATE_RECORD_H

#include "stage/reader.h"
#include "stage/record_key.h"

#define LOCATE_RECORD_MAX 100U /* lines with the same key */

/* A line of the staging. */
struct record_line {
	size_t segment;
	uint64_t number; /* in the segment, from 1 */
	uint64_t offset; /* of its bytes in the segment */
	uint64_t length; /* without the LF */
	uint64_t of_all; /* its number in the staging, from 1 */
};

/* The chunk of a line. */
struct record_place {
	uint64_t source; /* its number in the manifest, from 0 */
	uint64_t chunk;
	uint64_t offset; /* of the chunk in the source */
	uint64_t bytes;
	bool crc_ok;
	bool deferred;  /* read apart: without a template, or recovered */
	bool recovered; /* carved or hidden */
	uint64_t nth;   /* of its chunk's lines with this key, from 0 */
};

/* Find up to LOCATE_RECORD_MAX lines with a key of RECORD_KEY_HEX lower-case
 * hex digits; *n is their number. Reads and verifies all segments. */
enum rc locate_record_lines(const struct reader *r, const char *key,
    struct record_line *lines, size_t *n, struct err *e);

/* Find the chunks of these lines. WHY_TAMPERED: chunks.ndjson is not what was
 * staged, or has no chunk of a line. */
enum rc locate_record_chunks(const struct reader *r,
    const struct record_line *lines, size_t n, struct record_place *places,
    struct err *e);

#endif
