/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stage/fields.h"
#include "stage/folder.h"
#include "stage/writer.h"
#include "util/hasher.h"
#include "util/io.h"
#include "util/outfile.h"

#define SEGMENT_DIR "segments/"
#define DAMAGE "damage.ndjson"

struct writer {
	struct writer_options o;
	struct folder folder;
	struct hasher *digest; /* of the open segment; NULL without dir */
	uint64_t mark;         /* of the lines that came last */
	struct manifest list;  /* only its segments are used */
	size_t named;          /* how many of them have their name */
	struct outfile *file;  /* the open segment; NULL without dir */
	const char *content;   /* of the segments to come */
	int damage;
	struct digest *damage_digest;
	struct manifest_damage damaged; /* what it has so far */
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
	const enum rc rc = folder_open(&w->folder, w->o.dir, w->o.force, e);

	if (rc != RC_OK)
		return rc;
	w->damage = create_file(w->folder.state, DAMAGE);
	if (w->damage == -1)
		return err_sys(e, RC_FATAL, "create state/" DAMAGE);
	return digest_create(&w->damage_digest, e);
}

enum rc
writer_make(const char *dir, struct err *e)
{
	return folder_make(dir, e);
}

enum rc
writer_open(struct writer **wp, const struct writer_options *o, struct err *e)
{
	struct writer *const w = calloc(1, sizeof(*w));

	*wp = NULL;
	if (w == NULL)
		return err_nomem(e);
	w->o = *o;
	w->damage = -1;
	w->folder = (struct folder){ -1, -1, -1 };
	enum rc rc = o->dir == NULL ? RC_OK : hasher_create(&w->digest, e);
	if (rc == RC_OK && o->dir != NULL)
		rc = outfile_create(&w->file, e);
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
	outfile_destroy(w->file);
	if (w->damage != -1)
		(void)close(w->damage);
	folder_close(&w->folder);
	hasher_destroy(w->digest);
	digest_destroy(w->damage_digest);
	manifest_free(&w->list);
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
	return w->file != NULL && outfile_is_open(w->file);
}

static enum rc
open_segment(struct writer *w, struct err *e)
{
	struct manifest_segment *const s = manifest_add_segment(&w->list);

	if (s == NULL)
		return err_nomem(e);
	(void)snprintf(s->name, sizeof(s->name), SEGMENT_DIR "%06zu.ndjson",
	    w->list.n_segments);
	s->content = w->content;
	const int fd = create_file(w->folder.state, base_name(s));
	if (fd == -1)
		return err_sys(e, RC_FATAL, "create state/%s", base_name(s));
	outfile_begin(w->file, fd, s->name);
	return hasher_restart(w->digest, e);
}

static enum rc
close_segment(struct writer *w, struct err *e)
{
	const enum rc rc = outfile_end(w->file, e);

	return rc == RC_OK ? hasher_final_hex(w->digest, last(w)->sha256, e)
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
	w->mark = hasher_add(w->digest, lines);
	rc = outfile_add(w->file, lines, e);
	if (rc != RC_OK)
		return rc;
	last(w)->bytes += lines.n;
	last(w)->lines += n;
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
	return w->digest == NULL ? RC_OK : hasher_wait(w->digest, mark, e);
}

enum rc
writer_field(
    struct writer *w, const char *sha256, struct span bytes, struct err *e)
{
	return fields_put(w->folder.dir, sha256, bytes, e);
}

enum rc
writer_damage(struct writer *w, struct span lines, struct err *e)
{
	if (w->o.dir == NULL || lines.n == 0)
		return RC_OK;
	w->damaged.bytes += lines.n;
	for (size_t i = 0; i < lines.n; i++)
		w->damaged.lines += lines.p[i] == '\n' ? 1 : 0;
	const enum rc rc = digest_add(w->damage_digest, lines, e);
	return rc == RC_OK ? io_write(w->damage, lines, DAMAGE, e) : rc;
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

	if (before != closed && outfile_wait(w->file, e) != RC_OK)
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

static enum rc
publish_damage(struct writer *w, struct err *e)
{
	if (fsync(w->damage) == -1)
		return err_sys(e, RC_FATAL, "sync " DAMAGE);
	if (renameat(w->folder.state, DAMAGE, w->folder.dir, DAMAGE) == -1)
		return err_sys(e, RC_FATAL, "rename " DAMAGE);
	const enum rc rc = io_sync_dir(w->folder.dir, DAMAGE, e);
	return rc == RC_OK
		   ? digest_final_hex(w->damage_digest, w->damaged.sha256, e)
		   : rc;
}

enum rc
writer_end(struct writer *w, struct manifest *m, struct err *e)
{
	if (w->o.dir == NULL)
		return RC_OK;
	enum rc rc = is_open(w) ? close_segment(w, e) : RC_OK;
	if (rc == RC_OK)
		rc = writer_settle(w, e);
	if (rc == RC_OK)
		rc = publish_damage(w, e);
	for (size_t i = 0; rc == RC_OK && i < w->list.n_segments; i++) {
		struct manifest_segment *const s = manifest_add_segment(m);
		if (s == NULL)
			return err_nomem(e);
		*s = w->list.segments[i];
	}
	m->damage = w->damaged;
	return rc == RC_OK ? fields_list(w->folder.dir, m, e) : rc;
}

enum rc
writer_publish(struct writer *w, const struct manifest *m, struct err *e)
{
	struct buf text;

	if (w->o.dir == NULL)
		return RC_OK;
	buf_init(&text, MANIFEST_MAX);
	enum rc rc = manifest_write(m, &text, e);
	if (rc == RC_OK)
		rc = folder_end_state(&w->folder, e);
	if (rc == RC_OK)
		rc = io_write_file(
		    w->folder.dir, "manifest.json", buf_span(&text), e);
	buf_reset(&text);
	return rc;
}
