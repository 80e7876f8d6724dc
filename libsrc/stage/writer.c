/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/base_manifest.h"
#include "stage/long_values.h"
#include "stage/segment_writer.h"
#include "stage/sidecar_writer.h"
#include "stage/staging_dir.h"
#include "stage/writer.h"
#include "util/io.h"
#include "util/sign.h"

#define SEGMENT_DIR "segments/"

/* Numbers of the sidecars. Those before GROWING grow during a run, the others
 * are written at its end. */
enum { DAMAGE, CHUNKS, GROWING, SOURCES = GROWING, LOGS, SIDECARS };

struct writer {
	struct writer_options o;
	struct staging_dir dir;
	/* Manifest that lists the segments and sidecars. */
	struct manifest list;
	size_t named; /* number of segments that are in segments/ */
	size_t base;  /* number of segments from before the run */
	/* `content` of new segments, set by writer_turn(). */
	const char *content;
	uint64_t lines; /* number of lines in all segments */
	struct sidecar_writer sidecar[SIDECARS];

	/* Writer of the segments; NULL: lines are written to o.fd. */
	struct segment_writer *segment;

	bool left;     /* a killed run left a checkpoint */
	bool was_open; /* a segment was open at that checkpoint */
};

/* The name of a segment's file in segments/ or state/. */
static const char *
base_name(const struct manifest_segment *s)
{
	return s->name + sizeof(SEGMENT_DIR) - 1;
}

static enum rc
open_dir(struct writer *w, struct err *e)
{
	static const char *const names[] = { STAGING_DIR_DAMAGE,
		STAGING_DIR_CHUNKS, STAGING_DIR_SOURCES, STAGING_DIR_LOGS };
	enum rc rc =
	    staging_dir_open(&w->dir, w->o.dir, w->o.force || w->o.append, e);

	for (int i = 0; rc == RC_OK && i < SIDECARS; i++)
		rc = sidecar_writer_init(&w->sidecar[i], names[i], e);
	if (rc != RC_OK)
		return rc;
	w->left = !w->o.force && staging_dir_has_checkpoint(&w->dir);
	if (w->left || w->o.append)
		return RC_OK;
	rc = staging_dir_empty(&w->dir, w->o.dir, e);
	for (int i = 0; rc == RC_OK && i < GROWING; i++)
		rc = sidecar_writer_create(&w->sidecar[i], &w->dir, e);
	return rc;
}

enum rc
writer_make(const char *dir, struct err *e)
{
	return staging_dir_make(dir, e);
}

enum rc
writer_open(struct writer **wp, const struct writer_options *o, struct err *e)
{
	struct writer *const w = calloc(1, sizeof(*w));

	*wp = NULL;
	if (w == NULL)
		return err_nomem(e);
	w->o = *o;
	for (int i = 0; i < SIDECARS; i++)
		w->sidecar[i].fd = -1;
	w->dir = (struct staging_dir){ -1, -1, -1 };
	enum rc rc = o->dir == NULL ? RC_OK
				    : segment_writer_create(
					  &w->segment, o->level, o->threads, e);
	if (rc == RC_OK && o->dir != NULL)
		rc = open_dir(w, e);
	if (rc != RC_OK) {
		writer_close(w);
		return rc;
	}
	*wp = w;
	return RC_OK;
}

void
writer_close(struct writer *w)
{
	if (w == NULL)
		return;
	segment_writer_destroy(w->segment);
	for (int i = 0; i < SIDECARS; i++)
		sidecar_writer_close(&w->sidecar[i]);
	staging_dir_close(&w->dir);
	manifest_free(&w->list);
	free(w);
}

static struct manifest_segment *
last(struct writer *w)
{
	return &w->list.segments[w->list.n_segments - 1];
}

static bool
is_open(const struct writer *w)
{
	return w->segment != NULL && segment_writer_is_open(w->segment);
}

static enum rc
open_segment(struct writer *w, struct err *e)
{
	struct manifest_segment *const s = manifest_add_segment(&w->list);

	if (s == NULL)
		return err_nomem(e);
	manifest_name_segment(s->name, w->list.n_segments, w->o.level != 0);
	s->content = w->content;
	const int fd = openat(w->dir.state, base_name(s),
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, RC_FATAL, "create state/%s", base_name(s));
	return segment_writer_begin(w->segment, fd, s, e);
}

enum rc
writer_lines(struct writer *w, struct span lines, uint64_t n, struct err *e)
{
	if (lines.n == 0)
		return RC_OK;
	if (w->o.dir == NULL)
		return io_write(w->o.fd, lines, "standard output", e);
	enum rc rc = is_open(w) ? RC_OK : open_segment(w, e);
	if (rc != RC_OK)
		return rc;
	segment_writer_add(w->segment, lines, n);
	w->lines += n;
	return last(w)->lines_bytes < w->o.segment_bytes
		   ? RC_OK
		   : segment_writer_end(w->segment, e);
}

uint64_t
writer_mark(const struct writer *w)
{
	return w->segment == NULL ? 0 : segment_writer_mark(w->segment);
}

enum rc
writer_wait(struct writer *w, uint64_t mark, struct err *e)
{
	return w->segment == NULL ? RC_OK
				  : segment_writer_wait(w->segment, mark, e);
}

struct digest_thread *
writer_digest(const struct writer *w)
{
	return w->segment == NULL ? NULL : segment_writer_digest(w->segment);
}

enum rc
writer_field(
    struct writer *w, const char *sha256, struct span bytes, struct err *e)
{
	return long_values_write(w->dir.dir, sha256, bytes, e);
}

enum rc
writer_damage(struct writer *w, struct span lines, struct err *e)
{
	return sidecar_writer_add(&w->sidecar[DAMAGE], lines, e);
}

enum rc
writer_chunks(struct writer *w, struct span lines, struct err *e)
{
	if (w->o.dir == NULL && w->o.chunks && lines.n != 0)
		return io_write(w->o.fd, lines, "standard output", e);
	return sidecar_writer_add(&w->sidecar[CHUNKS], lines, e);
}

/* With --append, sources.ndjson is continued. logs.ndjson is always written
 * anew, including the logs from before the run. */
enum rc
writer_begin_end(struct writer *w, struct err *e)
{
	if (w->o.dir == NULL)
		return RC_OK;
	const enum rc rc = sidecar_writer_create(&w->sidecar[LOGS], &w->dir, e);
	if (rc != RC_OK)
		return rc;
	return w->o.append
		   ? sidecar_writer_append_to(
			 &w->sidecar[SOURCES], &w->dir, &w->list.sources, e)
		   : sidecar_writer_create(&w->sidecar[SOURCES], &w->dir, e);
}

enum rc
writer_sources(struct writer *w, struct span lines, struct err *e)
{
	return sidecar_writer_add(&w->sidecar[SOURCES], lines, e);
}

enum rc
writer_logs(struct writer *w, struct span lines, struct err *e)
{
	return sidecar_writer_add(&w->sidecar[LOGS], lines, e);
}

bool
writer_wants_chunks(const struct writer *w)
{
	return w->o.dir != NULL || w->o.chunks;
}

uint64_t
writer_line_count(const struct writer *w)
{
	return w->lines;
}

enum rc
writer_turn(struct writer *w, const char *content, struct err *e)
{
	w->content = content;
	return is_open(w) ? segment_writer_end(w->segment, e) : RC_OK;
}

int
writer_state(const struct writer *w)
{
	return w->dir.state;
}

enum rc
writer_settle(struct writer *w, struct err *e)
{
	const size_t closed = w->list.n_segments - (is_open(w) ? 1 : 0);
	const size_t before = w->named;

	if (before != closed && segment_writer_sync(w->segment, e) != RC_OK)
		return e->rc;
	for (; w->named < closed; w->named++) {
		const char *const name = base_name(&w->list.segments[w->named]);
		if (renameat(w->dir.state, name, w->dir.segments, name) == -1)
			return err_sys(e, RC_FATAL, "rename state/%s", name);
	}
	return before == closed ? RC_OK
				: io_sync_dir(w->dir.segments, "segments", e);
}

enum rc
writer_end(struct writer *w, struct manifest *m, struct err *e)
{
	if (w->o.dir == NULL)
		return RC_OK;
	enum rc rc = is_open(w) ? segment_writer_end(w->segment, e) : RC_OK;
	if (rc == RC_OK)
		rc = writer_settle(w, e);
	if (rc == RC_OK && w->o.append)
		rc = staging_dir_keep_logs(&w->dir, e);
	for (int i = 0; rc == RC_OK && i < SIDECARS; i++)
		rc = sidecar_writer_publish(&w->sidecar[i], &w->dir, e);
	for (size_t i = 0; rc == RC_OK && i < w->list.n_segments; i++) {
		struct manifest_segment *const s = manifest_add_segment(m);
		if (s == NULL)
			return err_nomem(e);
		*s = w->list.segments[i];
	}
	m->damage = w->sidecar[DAMAGE].sum;
	m->chunks = w->sidecar[CHUNKS].sum;
	m->sources = w->sidecar[SOURCES].sum;
	m->logs = w->sidecar[LOGS].sum;
	return rc == RC_OK ? long_values_list(w->dir.dir, m, e) : rc;
}

/* Replace the signature. This is done before the manifest is written, so that a
 * finished directory never has the signature of another manifest. */
static enum rc
sign_manifest(struct writer *w, struct span text, struct err *e)
{
	uint8_t signature[SIGN_BYTES];
	enum rc rc = staging_dir_remove_signature(&w->dir, e);

	if (rc != RC_OK || w->o.sign == NULL)
		return rc;
	rc = sign_make(w->o.sign, text, signature, e);
	return rc == RC_OK ? io_write_file(w->dir.dir, STAGING_DIR_SIGNATURE,
				 span_of(signature, SIGN_BYTES), e)
			   : rc;
}

enum rc
writer_publish(struct writer *w, const struct manifest *m, struct err *e)
{
	struct buf text;

	if (w->o.dir == NULL)
		return RC_OK;
	buf_init(&text, MAXIMUM_MANIFEST);
	enum rc rc = manifest_write(m, &text, e);
	/* With --append, the directory is finished when state/ is removed,
	 * after the manifest is written. Only the checkpoint, which belongs to
	 * the old manifest, is removed before. */
	if (rc == RC_OK)
		rc = w->o.append ? staging_dir_remove_checkpoint(&w->dir, e)
				 : staging_dir_remove_state(&w->dir, e);
	if (rc == RC_OK)
		rc = sign_manifest(w, buf_span(&text), e);
	if (rc == RC_OK)
		rc = io_write_file(
		    w->dir.dir, "manifest.json", buf_span(&text), e);
	if (rc == RC_OK && w->o.append)
		rc = staging_dir_remove_state(&w->dir, e);
	buf_reset(&text);
	return rc;
}

enum rc
writer_finish(const char *dir, struct err *e)
{
	struct staging_dir f = { -1, -1, -1 };

	enum rc rc = staging_dir_open(&f, dir, true, e);
	/* Another run may have started to append since the caller checked. */
	if (rc == RC_OK && !staging_dir_has_checkpoint(&f))
		rc = staging_dir_remove_state(&f, e);
	staging_dir_close(&f);
	return rc;
}

/* --- adding to a finished directory --------------------------------------- */

static void
count_all_lines(struct writer *w)
{
	w->lines = 0;
	for (size_t i = 0; i < w->list.n_segments; i++)
		w->lines += w->list.segments[i].lines;
}

/* Check that a closed segment exists in segments/ or state/ and that its size
 * is right. */
static enum rc
find_closed(struct writer *w, size_t i, struct err *e)
{
	const struct manifest_segment *const s = &w->list.segments[i];
	struct stat st;

	const bool named = fstatat(w->dir.segments, base_name(s), &st,
			       AT_SYMLINK_NOFOLLOW) == 0;
	const bool there =
	    named || (errno == ENOENT && fstatat(w->dir.state, base_name(s),
					     &st, AT_SYMLINK_NOFOLLOW) == 0);
	if (!there && errno != ENOENT)
		return err_sys(e, RC_FATAL, "stat %s", s->name);
	if (!there || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != s->bytes)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is missing, or does not have the %llu bytes that %s "
		    "says",
		    s->name, (unsigned long long)s->bytes,
		    i < w->base ? "manifest.json"
				: "the checkpoint (start anew with "
				  "--force)");
	if (named && w->named == i)
		w->named++;
	return RC_OK;
}

/* Start to append when no checkpoint exists. */
static enum rc
start_adding(struct writer *w, struct err *e)
{
	const size_t n = w->list.n_segments;
	enum rc rc = staging_dir_undo_append(&w->dir, n, e);

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = find_closed(w, i, e);
	if (rc == RC_OK)
		rc = sidecar_writer_append_to(
		    &w->sidecar[DAMAGE], &w->dir, &w->list.damage, e);
	return rc == RC_OK ? sidecar_writer_append_to(&w->sidecar[CHUNKS],
				 &w->dir, &w->list.chunks, e)
			   : rc;
}

enum rc
writer_add_to(struct writer *w, struct manifest *m,
    const struct scan_visit *logs, struct err *e)
{
	const enum rc rc = base_manifest_read(w->dir.dir, m, &w->list, logs, e);

	if (rc != RC_OK) {
		staging_dir_abandon(&w->dir);
		return rc;
	}
	w->base = w->list.n_segments;
	count_all_lines(w);
	if (w->left || start_adding(w, e) == RC_OK)
		return RC_OK;
	struct err unused;
	(void)staging_dir_undo_append(&w->dir, w->base, &unused);
	staging_dir_abandon(&w->dir);
	return e->rc;
}

enum rc
writer_base_sources(
    struct writer *w, const struct scan_visit *visit, struct err *e)
{
	return sidecar_scan(w->dir.dir, &w->list.sources, visit, NULL, e);
}

enum rc
writer_base_lines(
    struct writer *w, const struct scan_visit *visit, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < w->base; i++)
		rc = base_manifest_lines(
		    w->dir.dir, &w->list.segments[i], visit, e);
	return rc;
}

/* --- checkpoints ---------------------------------------------------------- */

enum rc
writer_left(const struct writer *w, struct buf *text, struct err *e)
{
	return w->left ? io_slurp(w->dir.state, STAGING_DIR_CHECKPOINT, text, e)
		       : RC_OK;
}

enum rc
writer_checkpoint(struct writer *w, struct span text, struct err *e)
{
	return io_write_file(w->dir.state, STAGING_DIR_CHECKPOINT, text, e);
}

static const struct state_field segment_fields[] = {
	STATE_FIELD("sha256", STATE_CHARS, manifest_segment, sha256),
	STATE_FIELD("bytes", STATE_U64, manifest_segment, bytes),
	STATE_FIELD(
	    "lines_sha256", STATE_CHARS, manifest_segment, lines_sha256),
	STATE_FIELD("lines_bytes", STATE_U64, manifest_segment, lines_bytes),
	STATE_FIELD("lines", STATE_U64, manifest_segment, lines),
	STATE_FIELDS_END,
};

enum rc
writer_write_state(struct writer *w, struct state_writer *s, struct err *e)
{
	enum rc rc = segment_writer_write_state(w->segment, s, e);

	state_codec_write_u64(s, "segments", w->list.n_segments);
	for (size_t i = w->base; i < w->list.n_segments; i++)
		state_codec_write(s, segment_fields, &w->list.segments[i]);
	for (int i = 0; rc == RC_OK && i < GROWING; i++)
		rc = sidecar_writer_write_state(&w->sidecar[i], s, e);
	return rc;
}

enum rc
writer_read_state(struct writer *w, struct state_reader *s, struct err *e)
{
	w->was_open = segment_writer_read_state(w->segment, s);
	const size_t n =
	    state_codec_read_count(s, "segments", MAXIMUM_SEGMENTS);
	for (size_t i = w->base; i < n && !state_codec_failed(s); i++) {
		struct manifest_segment *const one =
		    manifest_add_segment(&w->list);
		if (one == NULL)
			return err_nomem(e);
		manifest_name_segment(one->name, i + 1, w->o.level != 0);
		one->compressed = w->o.level != 0;
		state_codec_read(s, segment_fields, one);
	}
	for (int i = 0; i < GROWING; i++)
		sidecar_writer_read_state(&w->sidecar[i], s);
	return RC_OK;
}

static enum rc
reopen_segment(struct writer *w, struct err *e)
{
	struct manifest_segment *const s = last(w);
	const struct staging_dir_file place = { w->dir.segments, base_name(s),
		w->o.append };
	int fd;

	const enum rc rc = staging_dir_reopen(&w->dir, &place, &fd, e);
	return rc == RC_OK ? segment_writer_resume(w->segment, fd, s, e) : rc;
}

enum rc
writer_resume(struct writer *w, struct err *e)
{
	const size_t n = w->list.n_segments;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n - (w->was_open ? 1 : 0); i++)
		rc = find_closed(w, i, e);
	if (rc == RC_OK)
		rc = staging_dir_remove_segments(&w->dir, n, e);
	if (rc == RC_OK && w->was_open)
		rc = reopen_segment(w, e);
	for (int i = 0; rc == RC_OK && i < GROWING; i++)
		rc = sidecar_writer_resume(
		    &w->sidecar[i], &w->dir, w->o.append, e);
	count_all_lines(w);
	return rc;
}
