/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a staging directory, or NDJSON to a descriptor.
 *
 *   STAGING/segments/000001.ndjson ...   whole lines, immutable once named
 *   STAGING/fields/SHA256                a long value that lines name, whole
 *   STAGING/damage.ndjson                one line per damaged thing
 *   STAGING/chunks.ndjson                one line per chunk: its account
 *   STAGING/sources.ndjson               one line per source
 *   STAGING/logs.ndjson                  one line per log
 *   STAGING/manifest.json                published last: then it is finished
 *   STAGING/manifest.json.sig            its signature, if there is a key
 *   STAGING/state/                       unfinished segments, checkpoint
 *
 * A segment is written in state/, synced, and gets its name only when its
 * sources are settled, that is read to the end and digested. A directory
 * without manifest.json is unfinished: the next run goes on at the checkpoint
 * in state/; without one it discards what is there. Either way the bytes are
 * the same in the end. So is one with state/, which is being added to: what it
 * had is never touched but for damage.ndjson, chunks.ndjson and sources.ndjson,
 * which grow, and logs.ndjson and the manifest, which are replaced.
 * One run at a time: the directory is locked.
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

struct writer;

struct sign_key;

struct writer_options {
	const char *dir; /* NULL: write lines to fd */
	int fd;
	bool force;                  /* replace a finished staging directory */
	bool append;                 /* add to it; with force: anew */
	const struct sign_key *sign; /* the manifest with it, or NULL */
	uint64_t segment_bytes;      /* close a segment when it has this many */
	bool chunks; /* without dir: the lines of chunks.ndjson go to fd, too */
};

/* Make an empty staging directory unless the folder is there, for a caller
 * that must have it before writer_open(). */
enum rc writer_make(const char *dir, struct err *e);

/* RC_FATAL: WHY_EXISTS for a finished directory without force, or one that is
 * no staging directory; WHY_LOCKED when another run has it. */
enum rc writer_open(
    struct writer **wp, const struct writer_options *o, struct err *e);

/* With `append`, before anything else: m begins with what the manifest says,
 * and the directory has what it names, in the sizes that it says. The lines of
 * its logs.ndjson are visited. The errors of
 * base_manifest_read(), and WHY_TAMPERED. */
enum rc writer_add_to(struct writer *w, struct manifest *m,
    const struct scan_visit *logs, struct err *e);

/* After that: read the sources, and the rows, that are there already.
 * WHY_TAMPERED if they are not what the manifest says. */
enum rc writer_base_sources(
    struct writer *w, const struct scan_visit *visit, struct err *e);
enum rc writer_base_lines(
    struct writer *w, const struct scan_visit *visit, struct err *e);

/* The text of the checkpoint that an unfinished run left in the directory, to
 * go on from it; empty: there is none, and a new run starts. */
enum rc writer_left(const struct writer *w, struct buf *text, struct err *e);

/* What a checkpoint knows of the writer. Writing: all of that is on the disk.
 * Reading: remembered for writer_go_on(), which makes the directory what it was
 * then. */
enum rc writer_write_state(
    struct writer *w, struct state_writer *to, struct err *e);
enum rc writer_read_state(
    struct writer *w, struct state_reader *from, struct err *e);
enum rc writer_go_on(struct writer *w, struct err *e);

/* Put the text of a checkpoint in the place of the one before. */
enum rc writer_checkpoint(struct writer *w, struct span text, struct err *e);

/* Leave it as it is, unfinished if it is; takes NULL. */
void writer_close(struct writer *w);

/* Append whole lines. They stay together in one segment, and must not change
 * before writer_wait() for the mark that is set then. */
enum rc writer_lines(
    struct writer *w, struct span lines, uint64_t n, struct err *e);

uint64_t writer_mark(const struct writer *w);
enum rc writer_wait(struct writer *w, uint64_t mark, struct err *e);

/* Keep a long value: `sha256` is its digest as hex, and its name. Only with a
 * staging directory. */
enum rc writer_field(
    struct writer *w, const char *sha256, struct span bytes, struct err *e);

/* Append whole lines to damage.ndjson. */
enum rc writer_damage(struct writer *w, struct span lines, struct err *e);

/* The same to chunks.ndjson, if anybody wants its lines. */
enum rc writer_chunks(struct writer *w, struct span lines, struct err *e);
bool writer_wants_chunks(const struct writer *w);

/* Everything is read: begin sources.ndjson and logs.ndjson, and append whole
 * lines to them. */
enum rc writer_begin_end(struct writer *w, struct err *e);
enum rc writer_sources(struct writer *w, struct span lines, struct err *e);
enum rc writer_logs(struct writer *w, struct span lines, struct err *e);

/* How many lines the segments have so far. */
uint64_t writer_line_count(const struct writer *w);

/* From here on lines go into a new segment: such that the manifest calls them
 * `content`, a constant. */
enum rc writer_turn(struct writer *w, const char *content, struct err *e);

/* The folder for unfinished work, borrowed, or -1 if there is none. */
int writer_state(const struct writer *w);

/* All lines so far come from sources whose digests are fixed: closed segments
 * may be named. */
enum rc writer_settle(struct writer *w, struct err *e);

/* Close the last segment and put all of them into m->segments, the long values
 * into m->fields. */
enum rc writer_end(struct writer *w, struct manifest *m, struct err *e);

/* Remove what is left of a run that was killed behind the end of --append, when
 * the manifest was published: the directory is finished. WHY_LOCKED when
 * another run has it. */
enum rc writer_finish(const char *dir, struct err *e);

/* Publish the manifest: the directory is finished. */
enum rc writer_publish(
    struct writer *w, const struct manifest *m, struct err *e);

#endif
