/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a staging directory, or NDJSON to a descriptor.
 *
 *   STAGING/segments/000001.ndjson ...   whole lines; never changed here;
 *                                        .ndjson.zst if compressed
 *   STAGING/fields/SHA256                a long value that was cut in a line
 *   STAGING/damage.ndjson                one line per damaged place
 *   STAGING/chunks.ndjson                one line per chunk: record counts
 *   STAGING/sources.ndjson               one line per source
 *   STAGING/logs.ndjson                  one line per log
 *   STAGING/manifest.json                written last, when all is finished
 *   STAGING/manifest.json.sig            signature of it, if a key was given
 *   STAGING/state/                       unfinished segments, checkpoint
 *
 * A segment is written in state/, synced, and moved to segments/ only when its
 * sources are settled, that is read to the end and digested.
 *
 * A directory without manifest.json is unfinished. The next run resumes from
 * the checkpoint in state/, or discards all files if there is no checkpoint. In
 * both cases the resulting files are the same.
 *
 * A run is adding to a directory that has both manifest.json and state/. Then
 * damage.ndjson, chunks.ndjson and sources.ndjson grow, logs.ndjson and the
 * manifest are replaced, and other existing files are not changed.
 *
 * The directory is locked, so only one run at a time can write it.
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
	const char *dir; /* the staging directory; NULL: write lines to fd */
	int fd;
	bool force;                  /* replace a finished directory */
	bool append;                 /* add to a finished directory */
	const struct sign_key *sign; /* key for the signature of the manifest;
					NULL: not signed */
	/* A segment ends when its lines have this size in bytes. */
	uint64_t segment_bytes;
	int level;        /* zstd level of segments; 0: not compressed */
	unsigned threads; /* number of threads that compress */
	bool chunks; /* if dir is NULL: write the lines of chunks.ndjson to fd,
			too */
};

/* Create the folder of a staging directory unless it exists, for a caller that
 * needs it before writer_open(). */
enum rc writer_make(const char *dir, struct err *e);

/* Open a writer. WHY_EXISTS: the directory is finished and neither `force` nor
 * `append` is set, or it is not a staging directory; WHY_LOCKED: another run
 * has locked it. */
enum rc writer_open(
    struct writer **wp, const struct writer_options *o, struct err *e);

/* If `append` is set, this must be called first: read the manifest into m,
 * visit the lines of its logs.ndjson, and check the sizes of the files in the
 * manifest. Fails as base_manifest_read() does. WHY_TAMPERED: a file is missing
 * or has another size. */
enum rc writer_add_to(struct writer *w, struct manifest *m,
    const struct scan_visit *logs, struct err *e);

/* After writer_add_to(): visit the lines of sources.ndjson or of the segments
 * that existed before. WHY_TAMPERED: they do not match the manifest. */
enum rc writer_base_sources(
    struct writer *w, const struct scan_visit *visit, struct err *e);
enum rc writer_base_lines(
    struct writer *w, const struct scan_visit *visit, struct err *e);

/* Read the checkpoint of an unfinished run. The text is empty if there is no
 * checkpoint; then a new run starts. */
enum rc writer_left(const struct writer *w, struct buf *text, struct err *e);

/* Write the state that a checkpoint needs to resume the writer. All lines are
 * on the disk then, or in the state. */
enum rc writer_write_state(
    struct writer *w, struct state_writer *s, struct err *e);

/* Read the state, then restore the directory to its state at the checkpoint. */
enum rc writer_read_state(
    struct writer *w, struct state_reader *s, struct err *e);
enum rc writer_resume(struct writer *w, struct err *e);

/* Write a new checkpoint in place of the old one. */
enum rc writer_checkpoint(struct writer *w, struct span text, struct err *e);

/* Close without changing anything; takes NULL. */
void writer_close(struct writer *w);

/* Append n whole lines, all to one segment. Their memory must not change until
 * writer_wait() has returned for the mark that writer_mark() returns after this
 * call. */
enum rc writer_lines(
    struct writer *w, struct span lines, uint64_t n, struct err *e);

uint64_t writer_mark(const struct writer *w);
enum rc writer_wait(struct writer *w, uint64_t mark, struct err *e);

/* The digest of the lines, for digest_thread_options.beside. The other digest
 * must be destroyed before the writer is closed. NULL if o.dir is NULL. */
struct digest_thread *writer_digest(const struct writer *w);

/* Write a long value, whose file name is its digest in hex. o.dir must not be
 * NULL. */
enum rc writer_field(
    struct writer *w, const char *sha256, struct span bytes, struct err *e);

/* Append whole lines to damage.ndjson. */
enum rc writer_damage(struct writer *w, struct span lines, struct err *e);

/* Append whole lines to chunks.ndjson. writer_wants_chunks() is false if they
 * are discarded. */
enum rc writer_chunks(struct writer *w, struct span lines, struct err *e);
bool writer_wants_chunks(const struct writer *w);

/* At the end of the run, writer_begin_end() starts sources.ndjson and
 * logs.ndjson. The other functions append whole lines to them. */
enum rc writer_begin_end(struct writer *w, struct err *e);
enum rc writer_sources(struct writer *w, struct span lines, struct err *e);
enum rc writer_logs(struct writer *w, struct span lines, struct err *e);

/* The number of lines in all segments so far. */
uint64_t writer_line_count(const struct writer *w);

/* End the current segment. New segments have this `content`, a string constant,
 * in the manifest. */
enum rc writer_turn(struct writer *w, const char *content, struct err *e);

/* The descriptor of state/, which belongs to the writer; -1 if o.dir is NULL.
 */
int writer_state(const struct writer *w);

/* To be called when the sources of all lines so far are settled: move closed
 * segments to segments/. */
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
