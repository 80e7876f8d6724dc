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
#include "stage/sidecar_writer.h"
#include "stage/staging_dir.h"
#include "stage/writer.h"
#include "util/async_file.h"
#include "util/digest_thread.h"
#include "util/io.h"
#include "util/prefix.h"
#include "util/sign.h"

#define SEGMENT_DIR "segments/"

/* Those that a run writes from its beginning on, and those of its end. */
enum { DAMAGE, CHUNKS, GROWING, SOURCES = GROWING, LOGS, REPORTS };

struct writer {
	struct writer_options o;
	struct staging_dir folder;
	struct digest_thread
	    *digest;             /* of the open segment; NULL without dir */
	uint64_t mark;           /* of the lines that came last */
	struct manifest list;    /* only its segments are used */
	size_t named;            /* how many of them have their name */
	size_t base;             /* and how many were there before the run */
	struct async_file *file; /* the open segment; NULL without dir */
	const char *content;     /* of the segments to come */
	struct sidecar_writer report[REPORTS];
	uint64_t lines; /* in all segments */

	/* Of a checkpoint that was read. */
	bool left; /* there is one */
	bool was_open;
	struct buf rest; /* of the open segment */
	struct digest_state segment_state;
};

/* The name inside segments/ or state/. */
static const char *
base_name(const struct manifest_segment *s)
{
	return s->name + sizeof(SEGMENT_DIR) - 1;
}

static int
create_file(int dirfd, const char *name)
{
	return openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static enum rc
open_dir(struct writer *w, struct err *e)
{
	static const char *const names[] = { STAGING_DIR_DAMAGE,
		STAGING_DIR_CHUNKS, STAGING_DIR_SOURCES, STAGING_DIR_LOGS };
	enum rc rc = staging_dir_open(
	    &w->folder, w->o.dir, w->o.force || w->o.append, e);

	for (int i = 0; rc == RC_OK && i < REPORTS; i++)
		rc = sidecar_writer_init(&w->report[i], names[i], e);
	if (rc != RC_OK)
		return rc;
	w->left = !w->o.force && staging_dir_has_checkpoint(&w->folder);
	if (w->left || w->o.append)
		return RC_OK;
	rc = staging_dir_empty(&w->folder, w->o.dir, e);
	for (int i = 0; rc == RC_OK && i < GROWING; i++)
		rc = sidecar_writer_create(&w->report[i], &w->folder, e);
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
	for (int i = 0; i < REPORTS; i++)
		w->report[i].fd = -1;
	w->folder = (struct staging_dir){ -1, -1, -1 };
	buf_init(&w->rest, ASYNC_FILE_BLOCK);
	enum rc rc =
	    o->dir == NULL ? RC_OK : digest_thread_create(&w->digest, e);
	if (rc == RC_OK && o->dir != NULL)
		rc = async_file_create(&w->file, e);
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
	async_file_destroy(w->file);
	for (int i = 0; i < REPORTS; i++)
		sidecar_writer_close(&w->report[i]);
	staging_dir_close(&w->folder);
	digest_thread_destroy(w->digest);
	manifest_free(&w->list);
	buf_reset(&w->rest);
	free(w);
}

static struct manifest_segment *
last(struct writer *w)
{
	return &w->list.segments[w->list.n_segments - 1];
}

/* Whether there is an open segment. */
static bool
is_open(const struct writer *w)
{
	return w->file != NULL && async_file_is_open(w->file);
}

static enum rc
open_segment(struct writer *w, struct err *e)
{
	struct manifest_segment *const s = manifest_add_segment(&w->list);

	if (s == NULL)
		return err_nomem(e);
	manifest_name_segment(s->name, w->list.n_segments);
	s->content = w->content;
	const int fd = create_file(w->folder.state, base_name(s));
	if (fd == -1)
		return err_sys(e, RC_FATAL, "create state/%s", base_name(s));
	async_file_begin(w->file, fd, s->name);
	return digest_thread_restart(w->digest, e);
}

static enum rc
close_segment(struct writer *w, struct err *e)
{
	const enum rc rc = async_file_end(w->file, e);

	return rc == RC_OK
		   ? digest_thread_final_hex(w->digest, last(w)->sha256, e)
		   : rc;
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
	w->mark = digest_thread_add(w->digest, lines);
	rc = async_file_add(w->file, lines, e);
	if (rc != RC_OK)
		return rc;
	last(w)->bytes += lines.n;
	last(w)->lines += n;
	w->lines += n;
	return last(w)->bytes < w->o.segment_bytes ? RC_OK
						   : close_segment(w, e);
}

uint64_t
writer_mark(const struct writer *w)
{
	return w->mark;
}

enum rc
writer_wait(struct writer *w, uint64_t mark, struct err *e)
{
	return w->digest == NULL ? RC_OK
				 : digest_thread_wait(w->digest, mark, e);
}

enum rc
writer_field(
    struct writer *w, const char *sha256, struct span bytes, struct err *e)
{
	return long_values_write(w->folder.dir, sha256, bytes, e);
}

enum rc
writer_damage(struct writer *w, struct span lines, struct err *e)
{
	return sidecar_writer_add(&w->report[DAMAGE], lines, e);
}

enum rc
writer_chunks(struct writer *w, struct span lines, struct err *e)
{
	if (w->o.dir == NULL && w->o.chunks && lines.n != 0)
		return io_write(w->o.fd, lines, "standard output", e);
	return sidecar_writer_add(&w->report[CHUNKS], lines, e);
}

/* Of an earlier run there are sources; its logs are in those to come. */
enum rc
writer_begin_end(struct writer *w, struct err *e)
{
	if (w->o.dir == NULL)
		return RC_OK;
	const enum rc rc =
	    sidecar_writer_create(&w->report[LOGS], &w->folder, e);
	if (rc != RC_OK)
		return rc;
	return w->o.append
		   ? sidecar_writer_add_to(
			 &w->report[SOURCES], &w->folder, &w->list.sources, e)
		   : sidecar_writer_create(&w->report[SOURCES], &w->folder, e);
}

enum rc
writer_sources(struct writer *w, struct span lines, struct err *e)
{
	return sidecar_writer_add(&w->report[SOURCES], lines, e);
}

enum rc
writer_logs(struct writer *w, struct span lines, struct err *e)
{
	return sidecar_writer_add(&w->report[LOGS], lines, e);
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
	return is_open(w) ? close_segment(w, e) : RC_OK;
}

int
writer_state(const struct writer *w)
{
	return w->folder.state;
}

enum rc
writer_settle(struct writer *w, struct err *e)
{
	const size_t closed = w->list.n_segments - (is_open(w) ? 1 : 0);
	const size_t before = w->named;

	if (before != closed && async_file_wait(w->file, e) != RC_OK)
		return e->rc;
	for (; w->named < closed; w->named++) {
		const char *const name = base_name(&w->list.segments[w->named]);
		if (renameat(w->folder.state, name, w->folder.segments, name) ==
		    -1)
			return err_sys(e, RC_FATAL, "rename state/%s", name);
	}
	return before == closed
		   ? RC_OK
		   : io_sync_dir(w->folder.segments, "segments", e);
}

enum rc
writer_end(struct writer *w, struct manifest *m, struct err *e)
{
	if (w->o.dir == NULL)
		return RC_OK;
	enum rc rc = is_open(w) ? close_segment(w, e) : RC_OK;
	if (rc == RC_OK)
		rc = writer_settle(w, e);
	if (rc == RC_OK && w->o.append)
		rc = staging_dir_keep_logs(&w->folder, e);
	for (int i = 0; rc == RC_OK && i < REPORTS; i++)
		rc = sidecar_writer_publish(&w->report[i], &w->folder, e);
	for (size_t i = 0; rc == RC_OK && i < w->list.n_segments; i++) {
		struct manifest_segment *const s = manifest_add_segment(m);
		if (s == NULL)
			return err_nomem(e);
		*s = w->list.segments[i];
	}
	m->damage = w->report[DAMAGE].sum;
	m->chunks = w->report[CHUNKS].sum;
	m->sources = w->report[SOURCES].sum;
	m->logs = w->report[LOGS].sum;
	return rc == RC_OK ? long_values_list(w->folder.dir, m, e) : rc;
}

/* The signature is there before what it is of, and none is of another. */
static enum rc
sign_manifest(struct writer *w, struct span text, struct err *e)
{
	uint8_t signature[SIGN_BYTES];
	enum rc rc = staging_dir_unsign(&w->folder, e);

	if (rc != RC_OK || w->o.sign == NULL)
		return rc;
	rc = sign_make(w->o.sign, text, signature, e);
	return rc == RC_OK ? io_write_file(w->folder.dir, STAGING_DIR_SIGNATURE,
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
	/* One that is added to is finished when it has no state/ any more; a
	 * checkpoint is of the manifest before. */
	if (rc == RC_OK)
		rc = w->o.append ? staging_dir_forget_checkpoint(&w->folder, e)
				 : staging_dir_end_state(&w->folder, e);
	if (rc == RC_OK)
		rc = sign_manifest(w, buf_span(&text), e);
	if (rc == RC_OK)
		rc = io_write_file(
		    w->folder.dir, "manifest.json", buf_span(&text), e);
	if (rc == RC_OK && w->o.append)
		rc = staging_dir_end_state(&w->folder, e);
	buf_reset(&text);
	return rc;
}

enum rc
writer_finish(const char *dir, struct err *e)
{
	struct staging_dir f = { -1, -1, -1 };

	enum rc rc = staging_dir_open(&f, dir, true, e);
	/* Another run may have begun to add since the caller looked. */
	if (rc == RC_OK && !staging_dir_has_checkpoint(&f))
		rc = staging_dir_end_state(&f, e);
	staging_dir_close(&f);
	return rc;
}

/* --- adding to what is finished ------------------------------------------- */

static void
count_all_lines(struct writer *w)
{
	w->lines = 0;
	for (size_t i = 0; i < w->list.n_segments; i++)
		w->lines += w->list.segments[i].lines;
}

/* A segment that was closed is there, whole, with its name or without. */
static enum rc
find_closed(struct writer *w, size_t i, struct err *e)
{
	const struct manifest_segment *const s = &w->list.segments[i];
	struct stat st;

	const bool named = fstatat(w->folder.segments, base_name(s), &st,
			       AT_SYMLINK_NOFOLLOW) == 0;
	const bool there =
	    named || (errno == ENOENT && fstatat(w->folder.state, base_name(s),
					     &st, AT_SYMLINK_NOFOLLOW) == 0);
	if (!there && errno != ENOENT)
		return err_sys(e, RC_FATAL, "look at %s", s->name);
	if (!there || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != s->bytes)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is missing, or has not the %llu bytes that %s says",
		    s->name, (unsigned long long)s->bytes,
		    i < w->base ? "manifest.json"
				: "the checkpoint (start anew with "
				  "--force)");
	if (named && w->named == i)
		w->named++;
	return RC_OK;
}

/* Without a checkpoint, or one that was made for another manifest. */
static enum rc
start_adding(struct writer *w, struct err *e)
{
	const size_t n = w->list.n_segments;
	enum rc rc = staging_dir_empty_added(&w->folder, n, e);

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = find_closed(w, i, e);
	if (rc == RC_OK)
		rc = sidecar_writer_add_to(
		    &w->report[DAMAGE], &w->folder, &w->list.damage, e);
	return rc == RC_OK ? sidecar_writer_add_to(&w->report[CHUNKS],
				 &w->folder, &w->list.chunks, e)
			   : rc;
}

enum rc
writer_add_to(struct writer *w, struct manifest *m,
    const struct scan_visit *logs, struct err *e)
{
	const enum rc rc =
	    base_manifest_read(w->folder.dir, m, &w->list, logs, e);

	if (rc != RC_OK) {
		staging_dir_refused(&w->folder);
		return rc;
	}
	w->base = w->list.n_segments;
	count_all_lines(w);
	if (w->left || start_adding(w, e) == RC_OK)
		return RC_OK;
	struct err unsaid;
	(void)staging_dir_empty_added(&w->folder, w->base, &unsaid);
	staging_dir_refused(&w->folder);
	return e->rc;
}

enum rc
writer_base_sources(
    struct writer *w, const struct scan_visit *visit, struct err *e)
{
	return sidecar_scan(w->folder.dir, &w->list.sources, visit, NULL, e);
}

enum rc
writer_base_lines(
    struct writer *w, const struct scan_visit *visit, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < w->base; i++)
		rc = base_manifest_lines(
		    w->folder.dir, &w->list.segments[i], visit, e);
	return rc;
}

/* --- checkpoints ---------------------------------------------------------- */

enum rc
writer_left(const struct writer *w, struct buf *text, struct err *e)
{
	return w->left
		   ? io_slurp(w->folder.state, STAGING_DIR_CHECKPOINT, text, e)
		   : RC_OK;
}

enum rc
writer_checkpoint(struct writer *w, struct span text, struct err *e)
{
	return io_write_file(w->folder.state, STAGING_DIR_CHECKPOINT, text, e);
}

static const struct state_field segment_fields[] = {
	STATE_FIELD("sha256", STATE_CHARS, manifest_segment, sha256),
	STATE_FIELD("bytes", STATE_U64, manifest_segment, bytes),
	STATE_FIELD("lines", STATE_U64, manifest_segment, lines),
	STATE_FIELDS_END,
};

/* The open segment: what is on the disk, and what is not yet. */
static const struct state_field open_fields[] = {
	STATE_FIELD("open", STATE_BOOL, writer, was_open),
	STATE_FIELD("rest", STATE_BUF, writer, rest),
	STATE_FIELD("state", STATE_BYTES, writer, segment_state.bytes),
	STATE_FIELDS_END,
};

enum rc
writer_write_state(struct writer *w, struct state_writer *to, struct err *e)
{
	struct span rest = { NULL, 0 };

	state_codec_write_u64(to, "segments", w->list.n_segments);
	for (size_t i = w->base; i < w->list.n_segments; i++)
		state_codec_write(to, segment_fields, &w->list.segments[i]);
	w->was_open = is_open(w);
	enum rc rc = async_file_sync(w->file, &rest, e);
	buf_cut(&w->rest, 0);
	buf_put(&w->rest, rest);
	if (rc == RC_OK && w->rest.full)
		rc = buf_fail(&w->rest, "what is not in a segment yet", e);
	if (rc == RC_OK)
		rc = digest_thread_save(w->digest, &w->segment_state, e);
	state_codec_write(to, open_fields, w);
	for (int i = 0; rc == RC_OK && i < GROWING; i++)
		rc = sidecar_writer_write_state(&w->report[i], to, e);
	return rc;
}

enum rc
writer_read_state(struct writer *w, struct state_reader *from, struct err *e)
{
	const size_t n =
	    state_codec_read_count(from, "segments", MAXIMUM_SEGMENTS);

	for (size_t i = w->base; i < n && !state_codec_failed(from); i++) {
		struct manifest_segment *const one =
		    manifest_add_segment(&w->list);
		if (one == NULL)
			return err_nomem(e);
		manifest_name_segment(one->name, i + 1);
		state_codec_read(from, segment_fields, one);
	}
	state_codec_read(from, open_fields, w);
	for (int i = 0; i < GROWING; i++)
		sidecar_writer_read_state(&w->report[i], from);
	return RC_OK;
}

static enum rc
reopen_segment(struct writer *w, struct err *e)
{
	struct manifest_segment *const s = last(w);
	const uint64_t written = s->bytes - w->rest.n;
	const struct staging_dir_place place = { w->folder.segments,
		base_name(s), w->o.append };
	int fd;

	enum rc rc = staging_dir_take_back(&w->folder, &place, &fd, e);
	if (rc != RC_OK)
		return rc;
	rc = io_go_back(fd, written, s->name, e);
	const struct prefix prefix = { fd, s->name, written };
	if (rc == RC_OK)
		rc = prefix_check(
		    &prefix, buf_span(&w->rest), &w->segment_state, e);
	async_file_resume(w->file, fd, s->name, written);
	if (rc == RC_OK)
		rc = async_file_add(w->file, buf_span(&w->rest), e);
	return rc == RC_OK
		   ? digest_thread_restore(w->digest, &w->segment_state, e)
		   : rc;
}

enum rc
writer_go_on(struct writer *w, struct err *e)
{
	const size_t n = w->list.n_segments;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n - (w->was_open ? 1 : 0); i++)
		rc = find_closed(w, i, e);
	if (rc == RC_OK)
		rc = staging_dir_drop_above(&w->folder, n, e);
	if (rc == RC_OK && w->was_open)
		rc = reopen_segment(w, e);
	for (int i = 0; rc == RC_OK && i < GROWING; i++)
		rc = sidecar_writer_go_on(
		    &w->report[i], &w->folder, w->o.append, e);
	count_all_lines(w);
	return rc;
}
