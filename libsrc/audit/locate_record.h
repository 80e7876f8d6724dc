/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the lines of a staging that have a RecordKey, and the chunks that these
 * lines come from according to chunks.ndjson.
 */
#ifndef AUDIT_LOCATE_RECORD_H
#define AUDIT_LOCATE_RECORD_H

#include "stage/reader.h"
#include "stage/record_key.h"

#define LOCATE_RECORD_MAX 100U /* maximum number of lines with the same key */

/* A line of the staging. */
struct record_line {
	size_t segment;
	uint64_t number; /* line number in the segment, from 1 */
	uint64_t offset; /* offset of the line in the segment */
	uint64_t length; /* length of the line in bytes, without its LF */
	uint64_t of_all; /* line number in the staging, from 1 */
};

/* The chunk of a line. */
struct record_place {
	uint64_t source; /* number of the source in the manifest, from 0 */
	uint64_t chunk;
	uint64_t offset; /* offset of the chunk in the source */
	uint64_t bytes;
	bool crc_ok;
	/* The record was read after the others of its chunk: its template was
	 * missing, or it was recovered. */
	bool deferred;
	/* The record was found in free space or inside another record. */
	bool recovered;
	/* Index of the line among the lines of its chunk with this key, from 0.
	 */
	uint64_t nth;
};

/* Find up to LOCATE_RECORD_MAX lines with the key, which has RECORD_KEY_HEX
 * lower-case hex digits; *n becomes their number. Reads and verifies all
 * segments. */
enum rc locate_record_lines(const struct reader *r, const char *key,
    struct record_line *lines, size_t *n, struct err *e);

/* Find the chunks of these lines. WHY_TAMPERED: chunks.ndjson is not what was
 * staged, or has no chunk of a line. */
enum rc locate_record_chunks(const struct reader *r,
    const struct record_line *lines, size_t n, struct record_place *places,
    struct err *e);

#endif
