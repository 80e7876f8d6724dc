/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment of a staging, plain or compressed, as a sequence of lines. Offsets
 * and lengths are those of the lines, so they do not depend on compression.
 */
#ifndef STAGE_SEGMENT_LINES_H
#define STAGE_SEGMENT_LINES_H

#include <stdbool.h>

#include "stage/scan_lines.h"
#include "util/buf.h"

struct frame_reader;

#define SEGMENT_LINES_PLAIN ".ndjson"
#define SEGMENT_LINES_COMPRESSED ".ndjson.zst"

/* What the manifest says of a segment, and its file. Of a plain one the lines
 * are the file. */
struct segment_lines {
	int fd;
	const char *name; /* for messages */
	bool compressed;
	const char *sha256; /* of the file */
	uint64_t bytes;
	const char *lines_sha256;
	uint64_t lines_bytes;
	uint64_t lines;
	struct frame_reader
	    *frames; /* of segment_lines_read(); NULL at first */
};

/* Visit all lines and check both digests and the counts. WHY_TAMPERED: the
 * segment is not what the manifest says, which is known only after lines were
 * visited. `visit` may be NULL. */
enum rc segment_lines_scan(const struct segment_lines *s,
    const struct scan_visit *visit, struct err *e);

/* Check what was counted of a plain segment. */
enum rc segment_lines_compare(
    const struct segment_lines *s, const struct scan_sum *sum, struct err *e);

/* Append a range of the lines to out. WHY_TAMPERED if it is not there. */
enum rc segment_lines_read(struct segment_lines *s, uint64_t offset,
    uint64_t length, struct buf *out, struct err *e);

/* Free what reading has left; the descriptor stays open. */
void segment_lines_reset(struct segment_lines *s);

#endif
