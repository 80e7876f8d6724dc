/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a staging directory, or NDJSON to a descriptor.
 *
 *   STAGING/segments/000001.ndjson ...   whole lines, immutable once named;
 *                                        .ndjson.zst if compressed
 *   STAGING/fields/SHA256                a long value that lines name, whole
 *   STAGING/damage.ndjson                one line per damaged place
 *   STAGING/chunks.ndjson                one line per chunk: its account
 *   STAGING/sources.ndjson               one line per source
 *   STAGING/logs.ndjson                  one line per log
 *   STAGING/manifest.json                published last: then it is finished
 *   STAGING/manifest.json.sig            its signature, if there is a key
 *   STAGING/state/                       unfinished segments, checkpoint
 *
 * A segment is written in state/, synced, and moved to segments/ only when its
 * sources are settled, that is read to the end and digested. A directory
 * without manifest.json is unfinished: the next run resumes at the checkpoint
 * in state/, or discards everything if there is none. Either way the resulting
 * bytes are the same. A directory with both manifest.json and state/ is being
 * added to: damage.ndjson, chunks.ndjson and sources.ndjson grow, logs.ndjson
 * and the manifest are replaced, and nothing else that it had is touched.
 * The directory is locked: one run at a time.
 */
#ifndef STAGE_WRITER_H
#define STAGE_WRITER_H

#include <stdbool.h>

#include "stage/manifest.h"
#include "stage/scan_lines.h"
#include "util/err.h"
#include "util/span.h"
#include "util/state_codec.h"

#define WRITER_SEGMENT_BYTES (UINT64_C(64) << 20)

struct digest_thread;
struct writer;

struct sign_key;

struct writer_options {
	const char *dir; /* NULL: write lines to fd */
	int fd;
	bool force;                  /* replace a finished directory */
	bool append;                 /* add to a finished directory */
	const struct sign_key *sign; /* the manifest with it, or NULL */
	uint64_t segment_bytes; /* close a segment when its lines have so many
				 */
	int level; /* compress segments with this level of zstd; 0: not at all,
		    */
	unsigned threads; /* and with so many threads */
	bool chunks; /* without dir: the lines of chunks.ndjson go to fd, too */
};

/* Create an empty staging directory unless the folder exists, for a caller that
 * needs it before writer_open(). */
enum rc writer_make(const char *dir, struct err *e);

/* WHY_EXISTS: the directory is finished, without force, or is not a staging
 * directory; WHY_LOCKED: another run has it. */
enum rc writer_open(
    struct writer **wp, const struct writer_options *o, struct err *e);

/* With `append`, before anything else: read the manifest into m, visit the
 * lines of its logs.ndjson, and check that the files that it names have their
 * sizes. Errors of base_manifest_read(), and WHY_TAMPERED. */
enum rc writer_add_to(struct writer *w, struct manifest *m,
    const struct scan_visit *logs, struct err *e);

/* After writer_add_to(): visit the lines of its sources.ndjson and segments.
 * WHY_TAMPERED if they are not what the manifest says. */
enum rc writer_base_sources(
    struct writer *w, const struct scan_visit *visit, struct err *e);
enum rc writer_base_lines(
    struct writer *w, const struct scan_visit *visit, struct err *e);

/* The text of the checkpoint that an unfinished run left; empty: there is none,
 * and a new run starts. */
enum rc writer_left(const struct writer *w, struct buf *text, struct err *e);

/* Write what a checkpoint needs to resume the writer; all of its lines are on
 * the disk then. */
enum rc writer_write_state(
    struct writer *w, struct state_writer *s, struct err *e);

/* Read that, and then restore the directory to what it was. */
enum rc writer_read_state(
    struct writer *w, struct state_reader *s, struct err *e);
enum rc writer_resume(struct writer *w, struct err *e);

/* Replace the checkpoint. */
enum rc writer_checkpoint(struct writer *w, struct span text, struct err *e);

/* Close without changing anything; takes NULL. */
void writer_close(struct writer *w);

/* Append whole lines, all to one segment. Their memory must not change before
 * writer_wait() with the writer_mark() of this moment. */
enum rc writer_lines(
    struct writer *w, struct span lines, uint64_t n, struct err *e);

uint64_t writer_mark(const struct writer *w);
enum rc writer_wait(struct writer *w, uint64_t mark, struct err *e);

/* The digest of the lines, for another one beside it, which ends first; NULL
 * without a directory. */
struct digest_thread *writer_digest(const struct writer *w);

/* Write a long value, whose name is its digest as hex. Only with a staging
 * directory. */
enum rc writer_field(
    struct writer *w, const char *sha256, struct span bytes, struct err *e);

/* Append whole lines to damage.ndjson. */
enum rc writer_damage(struct writer *w, struct span lines, struct err *e);

/* Append whole lines to chunks.ndjson; and whether its lines go anywhere. */
enum rc writer_chunks(struct writer *w, struct span lines, struct err *e);
bool writer_wants_chunks(const struct writer *w);

/* At the end of the run: start sources.ndjson and logs.ndjson, and append whole
 * lines to them. */
enum rc writer_begin_end(struct writer *w, struct err *e);
enum rc writer_sources(struct writer *w, struct span lines, struct err *e);
enum rc writer_logs(struct writer *w, struct span lines, struct err *e);

/* The number of lines in all segments so far. */
uint64_t writer_line_count(const struct writer *w);

/* Start a new segment, with this `content` in the manifest (a constant). */
enum rc writer_turn(struct writer *w, const char *content, struct err *e);

/* The descriptor of state/, which stays the writer's; -1: there is none. */
int writer_state(const struct writer *w);

/* The sources of all lines so far are settled: move closed segments to
 * segments/. */
enum rc writer_settle(struct writer *w, struct err *e);

/* Close the last segment and list the segments, the long values and the
 * sidecars in m. */
enum rc writer_end(struct writer *w, struct manifest *m, struct err *e);

/* Finish a directory whose run with --append was killed after it had published
 * the manifest. WHY_LOCKED: another run has it. */
enum rc writer_finish(const char *dir, struct err *e);

/* Publish the manifest, which finishes the directory. */
enum rc writer_publish(
    struct writer *w, const struct manifest *m, struct err *e);

#endif
