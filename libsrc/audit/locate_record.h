/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a RecordKey to the lines of a staging that have it, and from a line back
 * to its record: chunks.ndjson says which chunk a line is of, and in the chunk
 * the record with that key is read again, by both decoders.
 */
#ifndef AUDIT_LOCATE_RECORD_H
#define AUDIT_LOCATE_RECORD_H

#include "stage/reader.h"
#include "stage/record_key.h"

#define LOCATE_RECORD_MAX 100U /* lines with the same key that are told */

/* A line of the staging. */
struct record_line {
	size_t segment;
	uint64_t number; /* in the segment, counted from 1 */
	uint64_t offset; /* of its bytes in the segment */
	uint64_t length; /* without the LF */
	uint64_t of_all; /* its number in the staging, from 1 */
};

/* Where a line is from. */
struct record_place {
	uint64_t source; /* its number in the manifest, from 0 */
	uint64_t chunk;
	uint64_t offset; /* of the chunk in the source */
	uint64_t bytes;
	bool crc_ok;
	bool aside;     /* its template was missing, or it was recovered: */
	bool recovered; /* that */
	uint64_t nth;   /* of its chunk's lines with this key, from 0 */
};

/* Up to LOCATE_RECORD_MAX lines with that key, RECORD_KEY_HEX lower-case hex
 * digits; *n of them. Reads all segments, and they hold. */
enum rc locate_record_lines(const struct reader *r, const char *key,
    struct record_line *lines, size_t *n, struct err *e);

/* Where those lines are from. WHY_TAMPERED: chunks.ndjson is not what was
 * staged, or does not say it. */
enum rc locate_record_chunks(const struct reader *r,
    const struct record_line *lines, size_t n, struct record_place *places,
    struct err *e);

#endif
