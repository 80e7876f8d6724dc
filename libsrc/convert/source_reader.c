/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/source_copy.h"
#include "convert/source_reader.h"
#include "input/source_name.h"
#include "util/io.h"

/* Pending sources that have no job out wait for those before them. */
#define PENDING_MAX 64U

struct source_reader {
	struct source_reader_options o;
	uint8_t *carry;               /* JOB_BYTES; of a stream */
	uint8_t *head;                /* SOURCE_HEAD_BYTES */
	struct buf name;              /* of the source that came last */
	const char *input;            /* see source_reader_set_input() */
	const struct unpack *archive; /* or NULL */
	char archive_sha256[DIGEST_HEX];
};

/* A source that is being read. */
struct reading {
	struct source_reader *r;
	struct pending_source *s;
	const struct source_item *item;
	struct source src;
	struct stream_peek peek; /* of a stream */
	struct source_stream stream;
	int copy;          /* a temporary copy of the stream, or -1 */
	int file;          /* opened for its first bytes, or -1 */
	bool resumed;      /* at the point of a checkpoint */
	struct err broken; /* why it is not whole */
};

enum rc
source_reader_create(struct source_reader **rp,
    const struct source_reader_options *o, struct err *e)
{
	struct source_reader *const r = calloc(1, sizeof(*r));

	*rp = r;
	if (r == NULL)
		return err_nomem(e);
	r->o = *o;
	buf_init(&r->name, MAXIMUM_LINE);
	r->carry = malloc(JOB_BYTES);
	r->head = malloc(SOURCE_HEAD_BYTES);
	return r->carry == NULL || r->head == NULL ? err_nomem(e) : RC_OK;
}

void
source_reader_destroy(struct source_reader *r)
{
	if (r == NULL)
		return;
	free(r->carry);
	free(r->head);
	buf_reset(&r->name);
	free(r);
}

void
source_reader_set_input(struct source_reader *r, const char *path)
{
	r->input = path;
}

void
source_reader_set_archive(struct source_reader *r, const struct unpack *archive)
{
	r->archive = archive;
}

void
source_reader_set_archive_digest(struct source_reader *r, const char *sha256)
{
	memset(r->archive_sha256, 0, sizeof(r->archive_sha256));
	memcpy(r->archive_sha256, sha256, strnlen(sha256, DIGEST_HEX - 1));
}

const char *
source_reader_last_name(const struct source_reader *r)
{
	return r->name.n == 0 ? "" : (const char *)r->name.p;
}

/* --- jobs ----------------------------------------------------------------- */

/* Write a checkpoint if it is time, and before a run that is to stop. */
static enum rc
write_checkpoint(struct reading *in, struct err *e)
{
	struct source_reader *const r = in->r;
	const bool stop = options_check_stop(r->o.o, e) != RC_OK;
	enum rc rc = RC_OK;

	if (r->o.checkpoint != NULL &&
	    (stop || checkpoint_is_due(r->o.checkpoint))) {
		rc = dispatch_drain(r->o.dispatch, e);
		if (rc == RC_OK)
			rc = checkpoint_write(r->o.checkpoint, &in->src, e);
	}
	return rc == RC_OK ? options_check_stop(r->o.o, e) : rc;
}

/* Read the next bytes of the source into a job, cut them into chunks, and
 * submit it. RC_END behind the last. */
static enum rc
read_job(struct reading *in, struct err *e)
{
	struct source_reader *const r = in->r;
	struct pending_source *const s = in->s;
	const uint64_t before = in->src.at;
	struct chunk_piece cuts[CHUNK_PIECES_MAX];
	struct job *j;

	enum rc rc = write_checkpoint(in, e);
	if (rc == RC_OK)
		rc = dispatch_idle_job(r->o.dispatch, &j, e);
	if (rc != RC_OK)
		return rc;
	struct source_bytes b = { .p = j->bytes, .cap = JOB_BYTES };
	j->pending = s;
	j->source = s->number;
	j->name = s->line.name;
	r->o.progress->now.name = j->name;
	rc = source_read(&in->src, &b, e);
	if (rc == RC_OK) {
		const struct chunk_finder_view v = { span_of(b.p, b.n),
			b.left };
		source_advance(
		    &in->src, chunk_finder_split(&v, cuts, &j->n_pieces));
		j->offset = b.off;
		j->read = b.mark;
		for (size_t i = 0; i < j->n_pieces; i++)
			j->pieces[i].cut = cuts[i];
		if (r->o.channels != NULL)
			rc =
			    source_channel_of_job(r->o.channels, &s->log, j, e);
	}
	if (rc != RC_OK) {
		dispatch_return_job(r->o.dispatch, j);
		return rc;
	}
	memcpy(j->sha256, s->before, sizeof(j->sha256));
	s->out++;
	if (r->o.checkpoint != NULL)
		checkpoint_count(r->o.checkpoint, in->src.at - before);
	dispatch_submit(r->o.dispatch, j);
	progress_report(r->o.progress,
	    r->archive == NULL ? in->src.at : unpack_position(r->archive));
	return RC_OK;
}

/* --- copies of other sources ---------------------------------------------- */

/* The first bytes of the source; they are read again afterwards. Without
 * memory for them, n = 0: p is NULL if they cannot be read. */
static struct span
read_head(struct reading *in)
{
	struct source_reader *const r = in->r;
	struct err e;
	size_t n = 0;

	if (in->item->stream != NULL) {
		const struct span head = stream_peek_read(
		    &in->peek, *in->item->stream, r->head, SOURCE_HEAD_BYTES);
		in->stream.from = stream_of_peek(&in->peek);
		return head;
	}
	/* Not to hang on a FIFO that took the place of a file. */
	in->file = open(in->item->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct io_read read = { in->file, 0, r->head, SOURCE_HEAD_BYTES,
		in->item->path };
	if (in->file == -1 || io_pread(&read, &n, &e) != RC_OK)
		return span_of(NULL, 0);
	return span_of(r->head, n);
}

/* The digest is needed before the source is read for rows that show it, and if
 * another source began with the same bytes. */
static enum rc
needs_digest(struct reading *in, bool *yes, struct err *e)
{
	struct duplicate_sources *const known = in->r->o.duplicates;

	*yes = options_show_digest(in->r->o.o);
	if (known == NULL || *yes)
		return RC_OK;
	const struct span head = read_head(in);
	if (head.n != 0) {
		in->s->head = duplicate_sources_head_sum(head);
		return duplicate_sources_add_head(known, in->s->head, yes, e);
	}
	/* It cannot be compared by its first bytes: neither this source nor
	 * any that follows. */
	*yes = head.p == NULL;
	if (*yes)
		duplicate_sources_add_unknown(known);
	return RC_OK;
}

/* A source that could not be read once is not whole, even if it can be read
 * afterwards: nobody knows whether it is a copy. */
static enum rc
digest_before(struct reading *in, struct err *e)
{
	const struct source_reader_options *const o = &in->r->o;
	const struct source_copy copy = { o->o, o->digest, o->dirfd };
	const bool file = in->item->stream == NULL;
	char *const sha256 = in->s->before;
	bool needed = false;

	enum rc rc = needs_digest(in, &needed, e);
	if (rc != RC_OK || !needed)
		return rc;
	if (file)
		rc = source_digest(in->item->path, o->digest, sha256, e);
	else
		rc = source_copy_make(
		    &copy, in->stream.from, &in->copy, sha256, e);
	if (rc != RC_SKIP)
		return rc;
	if (file)
		sha256[0] = '\0';
	in->broken = *e;
	return RC_OK;
}

/* A source with the same bytes as one before is only listed. */
static enum rc
find_duplicate(struct reading *in, struct err *e)
{
	struct pending_source *const s = in->s;
	struct duplicate_source other;
	bool found = false;

	if (in->r->o.duplicates == NULL || s->before[0] == '\0' ||
	    in->broken.rc != RC_OK)
		return RC_OK;
	const enum rc rc = duplicate_sources_find(
	    in->r->o.duplicates, s->before, &other, &found, e);
	if (rc != RC_OK || !found)
		return rc;
	memcpy(s->line.sha256, s->before, sizeof(s->line.sha256));
	s->line.bytes = other.bytes;
	s->ended = true;
	return pending_sources_set_text(&s->line.duplicate_of, other.name)
		   ? RC_OK
		   : err_nomem(e);
}

/* --- one source ----------------------------------------------------------- */

static enum rc
open_source(struct reading *in, struct err *e)
{
	const struct source_reader_options *const o = &in->r->o;
	struct digest_thread *const digest = o->o->digests ? o->digest : NULL;
	const char *const name = in->s->line.name;
	const int file = in->file;
	const int copy = in->copy;

	/* The source closes them. */
	in->file = -1;
	in->copy = -1;
	if (file != -1)
		return source_open_fd(
		    &in->src, file, in->item->path, digest, e);
	if (copy != -1)
		return source_open_fd(&in->src, copy, name, digest, e);
	if (in->item->stream != NULL)
		return source_open_stream(
		    &in->src, &in->stream, name, digest, e);
	return source_open(&in->src, in->item->path, digest, e);
}

/* The source was read to its end. The digest that its rows show must be that of
 * the bytes that were read. */
static enum rc
end_whole(struct reading *in, struct err *e)
{
	const struct convert_options *const o = in->r->o.o;
	struct pending_source *const s = in->s;

	enum rc rc = source_finish(&in->src, s->line.sha256, e);
	const bool same =
	    s->before[0] == '\0'
		? !options_show_digest(o)
		: !o->digests || strcmp(s->before, s->line.sha256) == 0;
	if (rc == RC_OK && !same)
		rc = err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%s changed after its digest was made", s->line.name);
	s->whole = rc == RC_OK;
	return rc == RC_OK && in->r->o.duplicates != NULL
		   ? duplicate_sources_add(in->r->o.duplicates, &s->line, e)
		   : rc;
}

/* Reading has ended with rc: RC_END, or RC_SKIP if what follows cannot be read.
 * The digest is that of the bytes that were read. */
static enum rc
end_source(struct reading *in, enum rc rc, struct err *e)
{
	struct pending_source *const s = in->s;
	bool empty = false;
	struct err ignored;

	if (rc == RC_END && in->broken.rc == RC_OK)
		return end_whole(in, e);
	if (rc == RC_END)
		*e = in->broken;
	else if (rc != RC_SKIP)
		return rc;
	if (in->src.hashed == 0) {
		empty = source_is_empty(&in->src);
		if (!empty)
			return RC_SKIP;
		if (in->broken.rc != RC_OK)
			*e = in->broken;
	} else if (source_status_fail(in->r->o.status, s, e) != RC_OK) {
		return e->rc;
	}
	if (in->src.digest != NULL) {
		rc = digest_thread_final_hex(
		    in->r->o.digest, s->line.sha256, &ignored);
		if (rc != RC_OK) {
			*e = ignored;
			return rc;
		}
	}
	return empty ? RC_SKIP : RC_OK;
}

/* Read a log that can be opened: only its copy is listed, or all of it is read
 * into jobs. */
static enum rc
read_source(struct source_reader *r, struct pending_source *s,
    const struct source_item *item, struct err *e)
{
	struct intake_point *const point = &r->o.state->point;
	struct reading in = {
		.r = r,
		.s = s,
		.item = item,
		.src = { .fd = -1 },
		.copy = -1,
		.file = -1,
		.resumed = point->resumes,
		.stream.carry = r->carry,
	};
	enum rc rc = RC_OK;

	point->resumes = false;
	if (item->stream != NULL)
		in.stream.from = *item->stream;
	/* A resumed source is not a copy, and its digest is known. */
	if (!in.resumed) {
		if (r->o.channels != NULL)
			s->log =
			    source_channel_by_name(r->o.channels, s->line.name);
		rc = digest_before(&in, e);
		if (rc == RC_OK)
			rc = find_duplicate(&in, e);
	}
	if (rc == RC_OK && s->line.duplicate_of == NULL) {
		rc = open_source(&in, e);
		if (rc == RC_OK && in.resumed)
			rc = source_resume(&in.src, &point->source, e);
		s->header = in.src.header;
		/* Sources without chunks count, too. */
		if (rc == RC_OK && !in.resumed && r->o.checkpoint != NULL)
			checkpoint_count(r->o.checkpoint, CHUNK_FILE_HEADER);
		while (rc == RC_OK)
			rc = read_job(&in, e);
		s->line.bytes = in.src.hashed;
		rc = end_source(&in, rc, e);
	}
	if (r->archive == NULL)
		r->o.progress->now.bytes += s->line.bytes;
	source_close(&in.src);
	if (in.copy != -1)
		(void)close(in.copy);
	if (in.file != -1)
		(void)close(in.file);
	return rc;
}

/* Append a source. Sources without jobs must not pile up. */
static enum rc
add_source(struct source_reader *r, char *name, struct pending_source **s,
    struct err *e)
{
	if (sources_pending(r->o.sources) >= PENDING_MAX) {
		const enum rc rc = dispatch_drain(r->o.dispatch, e);
		if (rc != RC_OK) {
			free(name);
			return rc;
		}
	}
	return sources_add(r->o.sources, name, r->archive_sha256, s, e);
}

/* The source in which the checkpoint was written must be the one that comes
 * first. */
static enum rc
resume_source(struct source_reader *r, char *name, struct pending_source **s,
    struct err *e)
{
	enum rc rc = RC_OK;

	*s = sources_last(r->o.sources);
	if (strcmp(name, (*s)->line.name) != 0)
		rc = err_set(e, RC_FATAL, WHY_EXISTS,
		    "cannot resume: expected %s, found %s: start anew with "
		    "--force",
		    (*s)->line.name, name);
	free(name);
	return rc;
}

/* e says why the item cannot be read. */
static enum rc
refuse_item(const struct source_item *item, const char *name, struct err *e)
{
	if (item->failed != NULL) {
		*e = *item->failed;
		return e->rc;
	}
	if (item->sys == 0)
		return err_set(
		    e, RC_SKIP, WHY_CORRUPT, "%s %s", name, item->why);
	errno = item->sys;
	(void)err_sys(e, RC_SKIP, "%s %s", name, item->why);
	e->rc = RC_SKIP; /* whatever the errno: it is of an input */
	return RC_SKIP;
}

enum rc
source_reader_read(struct source_reader *r, char *name,
    const struct source_item *item, struct err *e)
{
	const bool resumed = r->o.state->point.resumes;
	struct pending_source *s;

	if (name == NULL)
		return err_nomem(e);
	if (r->o.o->log_name != NULL &&
	    sources_count(r->o.sources) - (resumed ? 1 : 0) > r->o.first) {
		free(name);
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--log-name is for exactly one log, and %s holds more",
		    r->input);
	}
	buf_cut(&r->name, 0);
	buf_put(&r->name, span_of(name, strlen(name) + 1));
	enum rc rc = resumed ? resume_source(r, name, &s, e)
			     : add_source(r, name, &s, e);
	if (rc != RC_OK)
		return rc;
	if (item->failed != NULL || item->why != NULL)
		rc = refuse_item(item, s->line.name, e);
	else
		rc = read_source(r, s, item, e);
	r->o.progress->now.name = NULL;
	if (rc == RC_SKIP)
		rc = source_status_fail(r->o.status, s, e);
	s->read = true;
	if (rc == RC_OK && s->out == 0 && !s->ended)
		rc = source_status_end(r->o.status, s, e);
	return rc == RC_OK ? sources_finish(r->o.sources, e) : rc;
}

enum rc
source_reader_fail(struct source_reader *r, const char *name, struct err *e)
{
	const struct err failed = *e;
	const struct source_item item = { .failed = &failed };

	return source_reader_read(r, source_name_make(NULL, name), &item, e);
}

enum rc
source_reader_add_empty(
    struct source_reader *r, const char *name, uint64_t bytes, struct err *e)
{
	char *const copy = strdup(name);
	struct pending_source *s;

	if (copy == NULL)
		return err_nomem(e);
	const enum rc rc = add_source(r, copy, &s, e);
	if (rc != RC_OK)
		return rc;
	memcpy(s->line.sha256, r->archive_sha256, sizeof(s->line.sha256));
	s->line.archive_sha256[0] = '\0';
	s->line.bytes = bytes;
	s->read = true;
	s->ended = true;
	return sources_finish(r->o.sources, e);
}
