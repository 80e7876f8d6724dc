/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a RecordKey to the lines of a staging that have it, and from a line back
 * to its record: chunks.ndjson says which chunk a line is of, and in the chunk
 * the record with that key is read again, by both decoders.
 */
#ifndef CONVERT_TRACE_H
#define CONVERT_TRACE_H

#include "event/tree.h"
#include "evtx/chunk.h"
#include "stage/linekey.h"
#include "stage/reader.h"
#include "util/buf.h"
#include "util/keyset.h"

#define TRACE_KEY_HEX LINEKEY_HEX
#define TRACE_LINES_MAX 100U /* lines with the same key that are told */

/* A line of the staging. */
struct trace_line {
	size_t segment;
	uint64_t number; /* in the segment, counted from 1 */
	uint64_t offset; /* of its bytes in the segment */
	uint64_t length; /* without the LF */
	uint64_t of_all; /* its number in the staging, from 1 */
};

/* Where a line is from. */
struct trace_place {
	uint64_t source; /* its number in the manifest, from 0 */
	uint64_t chunk;
	uint64_t offset; /* of the chunk in the source */
	uint64_t bytes;
	bool crc_ok;
	bool aside;     /* its template was missing, or it was recovered: */
	bool recovered; /* that */
	uint64_t nth;   /* of its chunk's lines with this key, from 0 */
};

/* Up to TRACE_LINES_MAX lines with that key, TRACE_KEY_HEX lower-case hex
 * digits; *n of them. Reads all segments, and they hold. */
enum rc trace_find(const struct reader *r, const char *key,
    struct trace_line *lines, size_t *n, struct err *e);

/* Where those lines are from. WHY_TAMPERED: chunks.ndjson is not what was
 * staged, or does not say it. */
enum rc trace_place(const struct reader *r, const struct trace_line *lines,
    size_t n, struct trace_place *places, struct err *e);

/* A record that was read again. */
struct trace_record {
	struct chunk_record header; /* its offset is in the chunk */
	struct buf ours;            /* the event as XML */
	struct buf theirs;          /* the same by libevtx; empty: it cannot */
	struct err refused;         /* why libevtx cannot */
};

void trace_record_init(struct trace_record *t);
void trace_record_free(struct trace_record *t);

/* Read the record with that key in the chunk at `place` of the open source: if
 * it has several, the one whose line it is.
 * RC_SKIP: there is none any more, or it cannot be read. */
enum rc trace_read(int fd, const struct trace_place *place, const char *key,
    struct trace_record *out, struct err *e);

#endif
