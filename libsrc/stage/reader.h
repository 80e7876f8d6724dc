/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a finished staging directory.
 *
 * reader_open() reads the manifest, and refuses one that is unfinished or
 * inconsistent. reader_scan() verifies the size, lines and digests of a segment
 * and visits its lines; nothing of a segment may be sent before that.
 * reader_read() refuses a file that was changed or replaced after its scan.
 * Names in the manifest cannot lead out of segments/, and links are not
 * followed.
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
/* The version of its RecordKeys; 0: not known. */
uint64_t reader_key_version(const struct reader *r);
/* The content digest (stage/manifest_digest.h) as hex. */
const char *reader_digest(const struct reader *r);
/* True if it had that content digest before a run appended to it. */
bool reader_grew_from(const struct reader *r, const char *digest);
/* The manifest, and a descriptor of the directory. */
const struct cJSON *reader_manifest(const struct reader *r);
int reader_fd(const struct reader *r);
/* Visit the lines of a sidecar. WHY_TAMPERED: it is not what was staged, which
 * is known only after its lines were visited. */
enum rc reader_sidecar(const struct reader *r, const char *which,
    const struct scan_visit *visit, struct err *e);
uint64_t reader_lines(const struct reader *r);
uint64_t reader_bytes(const struct reader *r);
size_t reader_count(const struct reader *r);
const struct reader_segment *reader_segment(const struct reader *r, size_t i);

/* The file of segment i; r's. */
struct segment_file reader_file(const struct reader *r, size_t i);

/* Exclude the segments with recovered records; returns the lines in them. */
uint64_t reader_leave_recovered(struct reader *r);

/* Exclude the segments of which others take care: the first 64 bits of the
 * digest, modulo `of`, are not `part`. */
void reader_keep_part(struct reader *r, uint32_t part, uint32_t of);

/* From now on the functions below pass over the rows of a skip list, which the
 * reader owns from now on, also after a failure. WHY_TAMPERED: it is not of
 * this staging. */
struct skip_list;
enum rc reader_skip(struct reader *r, struct skip_list *l, struct err *e);
/* Pass over none in this segment. */
void reader_skip_none(struct reader *r, size_t i);

/* Verify segment i: its file and, of a compressed one, its lines. The digests
 * are known only after its lines were visited: use them after RC_OK only.
 * `visit` may be NULL. */
enum rc reader_scan(const struct reader *r, size_t i,
    const struct scan_visit *visit, struct err *e);

/* Append a range of a segment's lines to out. Threads may read at once. */
enum rc reader_read(const struct reader *r, const struct reader_range *range,
    struct buf *out, struct err *e);

/* The first rows in a range that follow each other without a skipped one
 * between them; length 0 if all are skipped. */
enum rc reader_run(const struct reader *r, const struct reader_range *range,
    struct reader_range *run, struct err *e);

/* The bytes of a range without skipped rows. */
enum rc reader_row_bytes(const struct reader *r,
    const struct reader_range *range, uint64_t *bytes, struct err *e);

/* range->length is the size of rows from range->offset on. Add the skipped ones
 * before, among and directly after them. */
enum rc reader_stretch(
    const struct reader *r, struct reader_range *range, struct err *e);

#endif
