/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a finished staging directory back.
 *
 * reader_open() reads the manifest and refuses what is unfinished or does not
 * add up. reader_scan() reads one whole segment, compares its size, its lines
 * and its SHA-256 with the manifest, and tells where each line is: nothing of
 * a segment may leave the machine before it was scanned. Names from the
 * manifest never lead out of the folder segments/, links are not followed. A
 * file that was touched or replaced after its scan is refused by reader_read().
 */
#ifndef STAGE_READER_H
#define STAGE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stage/sidecar.h"
#include "util/buf.h"

struct cJSON;
struct reader;

struct reader_segment {
	const char *name;   /* segments/000001.ndjson */
	const char *sha256; /* 64 lower-case hex digits */
	uint64_t bytes;
	uint64_t lines;
	bool recovered; /* records from outside the used area, or hidden ones */
};

struct reader_range {
	size_t segment;
	uint64_t offset;
	uint64_t length;
};

/* WHY_USAGE: not a finished staging directory; WHY_CORRUPT, WHY_TAMPERED: its
 * manifest is not what was written. Close takes NULL. */
enum rc reader_open(const char *dir, struct reader **rp, struct err *e);
void reader_close(struct reader *r);

/* What the manifest says. Texts live as long as the reader. */
const char *reader_dir(const struct reader *r);
const char *reader_schema(const struct reader *r);
/* Of the RecordKeys in its lines; 0: not known, as of other programs. */
uint64_t reader_key_version(const struct reader *r);
/* Of all that manifest.json says but its block `run` and its own digest, as
 * hex: what is the same when the same is staged again. */
const char *reader_digest(const struct reader *r);
/* Whether it had that digest before it was added to. */
bool reader_grew_from(const struct reader *r, const char *digest);
/* All of it; and the folder itself. */
const struct cJSON *reader_manifest(const struct reader *r);
int reader_fd(const struct reader *r);
/* Visit the lines of a file beside the segments (stage/sidecar.h).
 * WHY_TAMPERED: it is not what was staged; lines were visited before that was
 * known. */
enum rc reader_sidecar(const struct reader *r, const char *which,
    const struct scan_visit *visit, struct err *e);
uint64_t reader_lines(const struct reader *r);
uint64_t reader_bytes(const struct reader *r);
size_t reader_count(const struct reader *r);
const struct reader_segment *reader_segment(const struct reader *r, size_t i);

/* Leave the segments with recovered records out; how many lines they have. */
uint64_t reader_leave_recovered(struct reader *r);

/* Verify segment i. Lines are visited before the digest is known to hold: act
 * on them after RC_OK only. visit may be NULL. */
enum rc reader_scan(const struct reader *r, size_t i,
    const struct scan_visit *visit, struct err *e);

/* Append a range of a segment to out. */
enum rc reader_read(const struct reader *r, const struct reader_range *range,
    struct buf *out, struct err *e);

#endif
