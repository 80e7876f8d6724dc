/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the lines of a segment, plain or compressed. Offsets and lengths refer
 * to the lines, so they do not depend on compression.
 */
#ifndef STAGE_SEGMENT_LINES_H
#define STAGE_SEGMENT_LINES_H

#include <stdbool.h>

#include "stage/scan_lines.h"
#include "util/buf.h"

struct frame_reader;

#define SEGMENT_LINES_PLAIN ".ndjson"
#define SEGMENT_LINES_COMPRESSED ".ndjson.zst"

/* A segment as the manifest describes it, and its file. The file of a plain
 * segment consists of the lines. */
struct segment_lines {
	int fd;           /* descriptor of the file */
	const char *name; /* name of the file in messages */
	bool compressed;
	const char *sha256;          /* digest of the file */
	uint64_t bytes;              /* size of the file in bytes */
	const char *lines_sha256;    /* digest of the lines */
	uint64_t lines_bytes;        /* size of the lines in bytes */
	uint64_t lines;              /* number of lines in the segment */
	struct frame_reader *frames; /* used by segment_lines_read(); must be
					NULL at first */
};

/* Visit all lines, then check the digests and the counts. WHY_TAMPERED: the
 * segment does not match the manifest; its lines were visited nevertheless.
 * `visit` may be NULL. */
enum rc segment_lines_scan(const struct segment_lines *s,
    const struct scan_visit *visit, struct err *e);

/* Compare the result of a scan of a plain segment with the manifest. */
enum rc segment_lines_compare(
    const struct segment_lines *s, const struct scan_sum *sum, struct err *e);

/* Append a range of the lines to `out`. WHY_TAMPERED: the segment is shorter.
 */
enum rc segment_lines_read(struct segment_lines *s, uint64_t offset,
    uint64_t length, struct buf *out, struct err *e);

/* Free the memory that segment_lines_read() uses. The descriptor stays open. */
void segment_lines_reset(struct segment_lines *s);

#endif
