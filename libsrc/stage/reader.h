/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a finished staging directory.
 *
 * reader_open() reads the manifest, and refuses a directory that is unfinished
 * or whose manifest is inconsistent. reader_scan() verifies the size, lines and
 * digests of a segment and visits its lines; no line of a segment may be sent
 * before that. reader_read() refuses a file that was changed or replaced after
 * its scan. Names in the manifest cannot lead out of segments/, and symbolic
 * links are not followed.
 */
#ifndef STAGE_READER_H
#define STAGE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stage/segment_file.h"
#include "stage/sidecar.h"
#include "util/buf.h"

struct cJSON;
struct reader;

/* A range of the lines of a segment. */
struct reader_range {
	size_t segment; /* index of the segment in the manifest */
	/* Offset of the range in the segment's lines in bytes. */
	uint64_t offset;
	uint64_t length; /* length of the range in bytes */
};

/* Open a staging directory. WHY_USAGE: it is not a finished staging directory;
 * WHY_CORRUPT, WHY_TAMPERED: its manifest is not what evtxstage wrote.
 * reader_close() takes NULL. */
enum rc reader_open(const char *dir, struct reader **rp, struct err *e);
void reader_close(struct reader *r);

/* Contents of the manifest. Strings are valid until the reader is closed. */
const char *reader_dir(const struct reader *r);
const char *reader_schema(const struct reader *r);
/* The version of the RecordKeys in the lines; 0: not known. */
uint64_t reader_key_version(const struct reader *r);
/* The content digest (stage/manifest_digest.h) as hex. */
const char *reader_digest(const struct reader *r);
/* True if the directory had this content digest before a run appended to it. */
bool reader_grew_from(const struct reader *r, const char *digest);
/* The manifest, and the descriptor of the directory. Both belong to r. */
const struct cJSON *reader_manifest(const struct reader *r);
int reader_fd(const struct reader *r);
/* Visit the lines of a sidecar, then compare it with the manifest.
 * WHY_TAMPERED: it is not what was staged; its lines were visited nevertheless.
 */
enum rc reader_sidecar(const struct reader *r, const char *which,
    const struct scan_visit *visit, struct err *e);
uint64_t reader_lines(const struct reader *r);
size_t reader_count(const struct reader *r);
const struct reader_segment *reader_segment(const struct reader *r, size_t i);

/* The file of segment i. Its pointers belong to r. */
struct segment_file reader_file(const struct reader *r, size_t i);

/* Exclude the segments with recovered records. Returns the number of lines in
 * them. */
uint64_t reader_leave_recovered(struct reader *r);

/* Keep only the segments of one of `of` parts; other runs load the other parts.
 * The part of a segment is the first 64 bits of its digest modulo `of`. */
void reader_keep_part(struct reader *r, uint32_t part, uint32_t of);

/* Make the functions below skip the rows of a skip list. The reader takes
 * ownership of the list, also on failure. WHY_TAMPERED: the list does not match
 * the staging. */
struct skip_list;
enum rc reader_skip(struct reader *r, struct skip_list *l, struct err *e);
/* Skip no rows of segment i. */
void reader_skip_none(struct reader *r, size_t i);

/* Visit the lines of segment i and verify its file and lines. The digests are
 * compared after the lines were visited, so the lines may only be used if the
 * result is RC_OK. `visit` may be NULL. */
enum rc reader_scan(const struct reader *r, size_t i,
    const struct scan_visit *visit, struct err *e);

/* Append a range of a segment's lines to `out`. Several threads may call this
 * at the same time. */
enum rc reader_read(const struct reader *r, const struct reader_range *range,
    struct buf *out, struct err *e);

/* Find the first contiguous rows in a range that are not skipped. If all are
 * skipped, run->length is 0. */
enum rc reader_run(const struct reader *r, const struct reader_range *range,
    struct reader_range *run, struct err *e);

/* The size of the rows in a range that are not skipped. */
enum rc reader_row_bytes(const struct reader *r,
    const struct reader_range *range, uint64_t *bytes, struct err *e);

/* On entry, range->length is the size of rows that are not skipped, from
 * range->offset on. Add the sizes of the skipped rows before, among and
 * directly after them. */
enum rc reader_stretch(
    const struct reader *r, struct reader_range *range, struct err *e);

#endif
