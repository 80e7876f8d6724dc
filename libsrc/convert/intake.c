/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sources of a run, one after the other, into jobs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/duplicate_sources.h"
#include "convert/inner.h"
#include "convert/sources.h"
#include "input/nested.h"
#include "input/source_name.h"
#include "input/stream.h"
#include "input/zipdir.h"
#include "util/io.h"
#include "util/pool.h"

/* Read bytes for a job and cut them into pieces. */
static enum rc
fill_job(struct job *j, struct source *src, struct err *e)
{
	struct source_bytes b = { .p = j->bytes, .cap = JOB_BYTES };
	struct chunk_piece cuts[CHUNK_PIECES_MAX];

	const enum rc rc = source_read(src, &b, e);
	if (rc != RC_OK)
		return rc;
	const struct chunk_finder_view v = { span_of(b.p, b.n), b.left };
	source_take(src, chunk_finder_split(&v, cuts, &j->n_pieces));
	j->offset = b.off;
	j->read = b.mark;
	for (size_t i = 0; i < j->n_pieces; i++)
		j->pieces[i].cut = cuts[i];
	return RC_OK;
}

static void
tell_progress(const struct run *r, uint64_t more)
{
	if (r->o->watch.progress != NULL)
		r->o->watch.progress(r->o->watch.ctx,
		    &(struct convert_progress){
			r->bytes + more, r->records, r->reading });
}

void
convert_progress(struct run *r, uint64_t n)
{
	r->bytes += n;
	tell_progress(r, 0);
}

/* A run that is to stop keeps what it has. */
static enum rc
keep(struct run *r, struct source *src, struct err *e)
{
	const bool stop = convert_check_stop(r, e) != RC_OK;
	enum rc rc = RC_OK;

	if (checkpoint_possible(r) && (stop || r->since >= r->o->checkpoint))
		rc = checkpoint_take(r, src, e);
	return rc == RC_OK ? convert_check_stop(r, e) : rc;
}

static enum rc
read_job(
    struct run *r, struct source *src, struct pending_source *s, struct err *e)
{
	const uint64_t before = src->at;
	struct job *j;

	enum rc rc = keep(r, src, e);
	if (rc == RC_OK)
		rc = convert_get_job(r, &j, e);
	if (rc != RC_OK)
		return rc;
	j->live = s;
	j->source = s->number;
	j->name = s->line.name;
	r->reading = j->name;
	rc = fill_job(j, src, e);
	if (rc == RC_OK && r->logs != NULL)
		rc = source_channel_of_job(r->logs, &s->log, j, e);
	if (rc != RC_OK) {
		convert_give_back(r, j);
		return rc;
	}
	memcpy(j->sha256, s->before, sizeof(j->sha256));
	s->out++;
	r->since += src->at - before;
	pool_submit(r->pool, j);
	tell_progress(
	    r, r->archive == NULL ? src->at : unpack_position(r->archive));
	return RC_OK;
}

/* The digest of what could be read of a source that failed on the way. */
static enum rc
digest_part(struct run *r, const struct source *src, char sha256[DIGEST_HEX])
{
	struct err e;

	if (src->digest == NULL)
		return RC_OK;
	return digest_thread_final_hex(r->digest, sha256, &e);
}

/* An item that is being read. */
struct reading {
	const struct intake_item *item;
	struct source src;
	struct stream_peek peek; /* of a stream */
	struct source_stream stream;
	int spool;         /* its copy, or -1 */
	int file;          /* opened for its first bytes, or -1 */
	bool go_on;        /* at the point of a checkpoint */
	struct err broken; /* why it is not whole */
};

/* Whether the digest is needed before it is read: for rows that show it, and
 * where another source began with the same bytes. */
static struct span
peek_file(const char *path, int *fd, uint8_t *to, size_t room)
{
	/* Not to hang on a FIFO that took the place of a file. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct io_read r = { *fd, 0, to, room, path };
	struct err e;
	size_t n = 0;

	if (*fd == -1)
		return span_of(NULL, 0);
	const enum rc rc = io_pread(&r, &n, &e);
	return rc == RC_OK ? span_of(to, n) : span_of(NULL, 0);
}

static enum rc
look_ahead(struct run *r, struct pending_source *s, struct reading *in,
    bool *digest, struct err *e)
{
	const struct intake_item *const item = in->item;
	struct span head;

	*digest = convert_shows_digest(r);
	if (r->seen == NULL || *digest)
		return RC_OK;
	if (item->stream == NULL) {
		head = peek_file(
		    item->path, &in->file, r->head, SOURCE_HEAD_BYTES);
	} else {
		head = stream_peek_read(
		    &in->peek, item->stream->from, r->head, SOURCE_HEAD_BYTES);
		in->stream.from = stream_of_peek(&in->peek);
	}
	if (head.n != 0) {
		s->head = duplicate_sources_head_sum(head);
		return duplicate_sources_add_head(r->seen, s->head, digest, e);
	}
	/* Nobody knows how it begins: what it is, and what comes, may be
	 * again what was there. */
	*digest = head.p == NULL;
	if (*digest)
		duplicate_sources_add_unknown(r->seen);
	return RC_OK;
}

/* What could not be read once is not whole, though it may be read now: nobody
 * knows whether it is a copy. */
static enum rc
digest_before(
    struct run *r, struct pending_source *s, struct reading *in, struct err *e)
{
	char *const sha256 = s->before;
	bool wanted = false;

	enum rc rc = look_ahead(r, s, in, &wanted, e);
	if (rc != RC_OK || !wanted)
		return rc;
	rc = in->item->stream == NULL
		 ? source_digest(in->item->path, r->digest, sha256, e)
		 : spool_stream(r, &in->stream, &in->spool, sha256, e);
	if (rc != RC_SKIP)
		return rc;
	if (in->item->stream == NULL)
		sha256[0] = '\0';
	in->broken = *e;
	return RC_OK;
}

/* The same bytes as a source before: it is only named. */
static enum rc
find_twin(struct run *r, struct pending_source *s, const struct reading *in,
    struct err *e)
{
	struct duplicate_source twin;
	bool found = false;

	if (r->seen == NULL || s->before[0] == '\0' || in->broken.rc != RC_OK)
		return RC_OK;
	const enum rc rc =
	    duplicate_sources_find(r->seen, s->before, &twin, &found, e);
	if (rc != RC_OK || !found)
		return rc;
	memcpy(s->line.sha256, s->before, sizeof(s->line.sha256));
	s->line.bytes = twin.bytes;
	s->ended = true;
	return pending_sources_set_text(&s->line.duplicate_of, twin.name)
		   ? RC_OK
		   : err_nomem(e);
}

static enum rc
open_reading(struct run *r, const struct pending_source *s, struct reading *in,
    struct err *e)
{
	struct digest_thread *const digest = r->o->digests ? r->digest : NULL;
	const char *const name = s->line.name;
	const int file = in->file;

	in->file = -1; /* the source closes it */
	if (file != -1)
		return source_open_fd(
		    &in->src, file, in->item->path, digest, e);
	if (in->spool != -1)
		return source_open_fd(&in->src, in->spool, name, digest, e);
	if (in->item->stream != NULL)
		return source_open_stream(
		    &in->src, &in->stream, name, digest, e);
	return source_open(&in->src, in->item->path, digest, e);
}

/* A file that changed in between would make its rows lie. */
static enum rc
same_digest(const struct run *r, const struct pending_source *s, struct err *e)
{
	if (s->before[0] == '\0'
		? !convert_shows_digest(r)
		: !r->o->digests || strcmp(s->before, s->line.sha256) == 0)
		return RC_OK;
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "%s is not what it was when its digest was made", s->line.name);
}

/* The source ended, or what comes cannot be read: what is behind such a place
 * is lost, the rest is not. */
static enum rc
end_reading(struct run *r, struct pending_source *s, struct reading *in,
    enum rc rc, struct err *e)
{
	char *const sha256 = s->line.sha256;

	if (rc == RC_END && in->broken.rc != RC_OK) {
		*e = in->broken;
		rc = RC_SKIP;
	}
	if (rc == RC_END) {
		rc = source_finish(&in->src, sha256, e);
		if (rc == RC_OK)
			rc = same_digest(r, s, e);
		s->whole = rc == RC_OK;
		return rc == RC_OK && r->seen != NULL
			   ? duplicate_sources_add(r->seen, &s->line, e)
			   : rc;
	}
	if (rc == RC_SKIP && in->src.hashed != 0) {
		rc = verdict_spoil(r, s, e);
		return rc == RC_OK ? digest_part(r, &in->src, sha256) : rc;
	}
	if (rc == RC_SKIP && source_is_empty(&in->src)) {
		if (in->broken.rc != RC_OK)
			*e = in->broken;
		const enum rc part = digest_part(r, &in->src, sha256);
		return part == RC_OK ? RC_SKIP : part;
	}
	return rc;
}

/* Read the source to its end, or as far as it goes. */
static enum rc
convert_source(
    struct run *r, struct pending_source *s, struct reading *in, struct err *e)
{
	enum rc rc = open_reading(r, s, in, e);

	in->spool = -1; /* the source closes it */
	if (rc == RC_OK && in->go_on)
		rc = source_go_on(&in->src, &r->point.source, e);
	s->header = in->src.header;
	/* Sources without chunks count towards the next checkpoint, too. */
	if (rc == RC_OK && !in->go_on)
		r->since += CHUNK_FILE_HEADER;
	while (rc == RC_OK)
		rc = read_job(r, &in->src, s, e);
	s->line.bytes = in->src.hashed;
	return end_reading(r, s, in, rc, e);
}

static enum rc
read_source(struct run *r, struct pending_source *s,
    const struct intake_item *item, struct err *e)
{
	struct reading in = {
		.item = item,
		.spool = -1,
		.file = -1,
		.go_on = r->point.go_on,
	};

	r->point.go_on = false;
	if (item->stream != NULL)
		in.stream = *item->stream;

	in.src.fd = -1;
	if (r->logs != NULL && !in.go_on)
		s->log = source_channel_by_name(r->logs, s->line.name);
	/* What is going on is no copy, and its digest is known. */
	enum rc rc = in.go_on ? RC_OK : digest_before(r, s, &in, e);
	if (rc == RC_OK && !in.go_on)
		rc = find_twin(r, s, &in, e);
	if (rc == RC_OK && s->line.duplicate_of == NULL)
		rc = convert_source(r, s, &in, e);
	if (r->archive == NULL)
		r->bytes += s->line.bytes;
	source_close(&in.src);
	if (in.spool != -1)
		(void)close(in.spool);
	if (in.file != -1)
		(void)close(in.file);
	return rc;
}

/* Sources that bring no job wait for those before them: not too many. */
#define WAITING_MAX 64U

enum rc
intake_add(
    struct run *r, char *name, struct pending_source **added, struct err *e)
{
	struct pending_source *s = NULL;
	enum rc rc = RC_OK;

	if (r->lives.n >= WAITING_MAX)
		rc = convert_drain(r, e);
	if (rc == RC_OK) {
		s = pending_sources_add(&r->lives, name);
		rc = s == NULL ? err_nomem(e) : RC_OK;
	} else {
		free(name);
	}
	*added = s;
	if (s == NULL)
		return rc;
	s->number = r->n_sources++;
	memcpy(s->line.archive_sha256, r->archive_sha256, DIGEST_HEX);
	return RC_OK;
}

static enum rc
take_item(struct run *r, struct pending_source *s,
    const struct intake_item *item, struct err *e)
{
	if (item->failed != NULL) {
		*e = *item->failed;
		return e->rc;
	}
	if (item->why != NULL && item->sys != 0) {
		errno = item->sys;
		(void)err_sys(e, RC_SKIP, "%s %s", s->line.name, item->why);
		e->rc = RC_SKIP; /* whatever the errno: it is of an input */
		return RC_SKIP;
	}
	if (item->why != NULL)
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "%s %s", s->line.name, item->why);
	return read_source(r, s, item, e);
}

/* The source that a checkpoint was taken in must be the one that comes now. */
static enum rc
take_up(struct run *r, char *name, struct err *e)
{
	const char *const then = r->lives.last->line.name;
	const bool same = strcmp(name, then) == 0;

	if (!same)
		(void)err_set(e, RC_FATAL, WHY_EXISTS,
		    "the last run stopped in %s, now %s stands there: start "
		    "anew with --force",
		    then, name);
	free(name);
	return same ? RC_OK : RC_FATAL;
}

enum rc
intake_source(
    struct run *r, char *name, const struct intake_item *item, struct err *e)
{
	struct pending_source *s = r->lives.last;

	if (name == NULL)
		return err_nomem(e);
	if (r->o->log_name != NULL && r->n_sources - (r->point.go_on ? 1 : 0) >
					  r->m->base_counts.sources) {
		free(name);
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--log-name is for exactly one log, and %s holds more",
		    r->entry);
	}
	buf_cut(&r->last_name, 0);
	buf_str(&r->last_name, name);
	enum rc rc =
	    r->point.go_on ? take_up(r, name, e) : intake_add(r, name, &s, e);
	if (rc != RC_OK)
		return rc;
	rc = take_item(r, s, item, e);
	r->reading = NULL;
	if (rc == RC_SKIP)
		rc = verdict_spoil(r, s, e);
	s->read = true;
	if (rc == RC_OK && s->out == 0 && !s->ended)
		rc = verdict_end(r, s, e);
	return rc == RC_OK ? sources_close(r, e) : rc;
}

enum rc
intake_failed(struct run *r, const char *name, struct err *e)
{
	const struct err failed = *e;
	const struct intake_item item = { .failed = &failed };

	return intake_source(r, source_name_make(NULL, name), &item, e);
}

static enum rc
take_stream(struct run *r, const char *name, struct nested *n, struct err *e)
{
	const struct source_stream stream = { nested_stream(n), r->carry };
	const struct intake_item log = { .stream = &stream,
		.why = file_type_unsupported(n->first, name) };
	struct unpack_from archive = { .name = name };

	if (n->magic == FILE_TYPE_UNKNOWN)
		return intake_source(r, source_name_make(NULL, name), &log, e);
	const enum rc rc = nested_open(n, &r->spool, &archive, e);
	if (rc == RC_OK)
		return archive_take(r, &archive, e);
	return rc == RC_SKIP ? intake_failed(r, name, e) : rc;
}

static enum rc
take_stdin(struct run *r, const char *name, struct err *e)
{
	struct stream_file *f;
	struct nested n;

	enum rc rc = stream_file_create(&f, STDIN_FILENO, name, e);
	if (rc != RC_OK)
		return rc;
	nested_look(&n, stream_of_file(f));
	rc = take_stream(r, name, &n, e);
	nested_close(&n, &r->spool);
	stream_file_destroy(f);
	return rc;
}

/* A zip may be told by its end, if its beginning is damaged. */
static bool
is_archive(int fd, const char *path, struct span head)
{
	uint8_t room[ZIPDIR_END_BYTES];
	struct zipdir_end end;
	struct err e;

	if (file_type_of(head) != FILE_TYPE_UNKNOWN)
		return true;
	err_clear(&e);
	return !file_type_is_evtx(head) &&
	       zipdir_end_of(fd, path, room, &end, &e) == RC_OK &&
	       zipdir_is_there(&end);
}

/* The descriptor of an archive, or -1: a log. RC_SKIP: nobody knows. */
static enum rc
open_archive(const char *path, int *fd, struct err *e)
{
	uint8_t bytes[FILE_TYPE_BYTES];
	struct io_read head = { -1, 0, bytes, sizeof(bytes), path };
	size_t n = 0;

	*fd = -1;
	if (file_type_is_log_name(path))
		return RC_OK;
	head.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (head.fd == -1) {
		(void)err_sys(e, RC_SKIP, "open %s", path);
		return RC_SKIP;
	}
	const enum rc rc = io_pread(&head, &n, e);
	if (rc == RC_OK && is_archive(head.fd, path, span_of(bytes, n))) {
		*fd = head.fd;
		return RC_OK;
	}
	(void)close(head.fd);
	return rc == RC_OK ? RC_OK : RC_SKIP;
}

static enum rc
take_archive(struct run *r, const char *path, int fd, struct err *e)
{
	char *const name = source_name_make(NULL, path);
	const struct unpack_from from = { .name = name, .fd = fd };

	const enum rc rc =
	    name == NULL ? err_nomem(e) : archive_take(r, &from, e);
	free(name);
	(void)close(fd);
	return rc;
}

/* A glob is for names in folders; an archive's are its members'. */
bool
intake_leaves_out(const struct run *r, const struct walk_entry *entry)
{
	return entry->inside != 0 && entry->log &&
	       !names_match(&r->o->names, entry->path + entry->inside);
}

static enum rc
take_entry(struct run *r, const struct walk_entry *entry, struct err *e)
{
	struct intake_item item = {
		.path = entry->path,
		.why = entry->why,
		.sys = entry->sys,
	};
	struct err failed;
	int fd = -1;

	if (entry->is_stdin)
		return take_stdin(r, entry->path, e);
	if (entry->why == NULL &&
	    open_archive(entry->path, &fd, &failed) == RC_SKIP) {
		failed.rc = RC_SKIP;
		item.failed = &failed;
	}
	if (fd != -1)
		return take_archive(r, entry->path, fd, e);
	return intake_source(r, source_name_make(NULL, entry->path), &item, e);
}

enum rc
intake_entry(struct run *r, const struct walk_entry *entry, struct err *e)
{
	const uint64_t before =
	    r->n_sources - r->n_none - (r->point.go_on ? 1 : 0);

	r->entry = entry->path;
	if (!r->point.go_on)
		r->point.n_levels = 0;
	if (intake_leaves_out(r, entry)) {
		r->left_out++;
		r->found[entry->operand] = true;
		return RC_OK;
	}
	const uint64_t left_out = r->left_out;
	const enum rc rc = take_entry(r, entry, e);
	if (r->left_out != left_out)
		r->found[entry->operand] = true;
	if (rc == RC_OK && r->n_sources - r->n_none != before)
		r->found[entry->operand] = true;
	return rc;
}
