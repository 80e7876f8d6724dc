/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert/small_reader.h"
#include "convert/source_copy.h"
#include "convert/source_duplicate.h"
#include "convert/source_reader.h"
#include "util/io.h"

/* Maximum number of pending sources: PENDING_MIN, and PENDING_THREAD for each
 * thread, which may have JOB_GROUP_MAX in each of two jobs. Those without jobs,
 * too, stay pending until the sources before them are finished. */
#define PENDING_MIN 64U
#define PENDING_THREAD (3 * JOB_GROUP_MAX)

struct source_reader {
	struct source_reader_options o;
	uint8_t *carry; /* buffer of JOB_BYTES for source_stream.carry */
	/* Buffer of SOURCE_HEAD_BYTES for the first bytes of a source. */
	uint8_t *head;
	const struct input *cursor;
};

/* A source that is being read. */
struct reading {
	struct source_reader *r;
	struct pending_source *s;
	struct input_item *item;
	bool in_archive;
	struct source src;
	struct stream_peek peek; /* first bytes of a stream */
	struct source_stream stream;
	/* Descriptor of a temporary copy of the stream; -1: there is none. */
	int copy;
	bool resumed; /* reading continues at the position in a checkpoint */
	struct err broken; /* why the source cannot be read to its end */
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
	free(r);
}

void
source_reader_set_input(struct source_reader *r, const struct input *cursor)
{
	r->cursor = cursor;
}

/* --- jobs ----------------------------------------------------------------- */

/* True if a checkpoint is due or the run is to stop. */
static bool
must_pause(const struct source_reader *r)
{
	struct err e;

	return options_check_stop(r->o.o, &e) != RC_OK ||
	       (r->o.checkpoint != NULL && checkpoint_is_due(r->o.checkpoint));
}

/* Write a checkpoint if one is due or the run is to stop. */
static enum rc
write_checkpoint(struct reading *in, struct err *e)
{
	struct source_reader *const r = in->r;
	enum rc rc = RC_OK;

	if (r->o.checkpoint != NULL && must_pause(r)) {
		rc = dispatch_drain(r->o.dispatch, e);
		if (rc == RC_OK)
			rc = checkpoint_write(r->o.checkpoint, &in->src, e);
	}
	return rc == RC_OK ? options_check_stop(r->o.o, e) : rc;
}

/* Read the next bytes of the source into a job, split them into chunks, and
 * submit the job. RC_END at the end of the source. */
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
	    input_bytes(r->cursor) + (in->in_archive ? 0 : in->src.at));
	return RC_OK;
}

/* --- copies of other sources ---------------------------------------------- */

/* Read the first bytes of the source, which will be read again. If n is 0, no
 * byte can be read; p is NULL if reading a file has failed. */
static struct span
read_head(struct reading *in)
{
	struct source_reader *const r = in->r;
	struct err e;
	size_t n = 0;

	if (in->item->fd == -1) {
		const struct span head = stream_peek_read(
		    &in->peek, in->item->stream, r->head, SOURCE_HEAD_BYTES);
		in->stream.from = stream_of_peek(&in->peek);
		return head;
	}
	const struct io_read read = { in->item->fd, 0, r->head,
		SOURCE_HEAD_BYTES, in->item->name };
	if (io_pread(&read, &n, &e) != RC_OK)
		return span_of(NULL, 0);
	return span_of(r->head, n);
}

/* Find out if the digest must be made before the source is converted: if rows
 * show it, or if another source may begin with the same bytes. */
static enum rc
needs_digest(struct reading *in, bool *yes, struct err *e)
{
	struct duplicate_sources *const known = in->r->o.duplicates;
	bool again = false;
	enum rc rc = RC_OK;

	*yes = options_show_digest(in->r->o.o);
	if (known == NULL)
		return RC_OK;
	const struct span head = read_head(in);
	/* If the first bytes cannot be read, neither earlier nor later sources
	 * can be compared with them. */
	if (head.p == NULL) {
		duplicate_sources_add_unknown(known);
		*yes = true;
	}
	if (head.n != 0) {
		in->s->head = duplicate_sources_head_sum(head);
		rc = duplicate_sources_add_head(known, in->s->head, &again, e);
	}
	*yes = *yes || again;
	return rc;
}

/* True if the digest of a pending source is still being made, and the source
 * may have the same bytes. */
static bool
has_pending_twin(const struct reading *in)
{
	const struct source_reader_options *const o = &in->r->o;
	const bool any = duplicate_sources_has_unknown(o->duplicates);

	for (const struct pending_source *p = sources_first_pending(o->sources);
	     p != NULL; p = p->next) {
		if (p->digesting && (any || p->head == in->s->head))
			return true;
	}
	return false;
}

/* Make the digest of the source before it is converted, if it is needed. A
 * source that cannot be read now counts as incomplete, even if it can be read
 * afterwards, and is not compared with others. */
static enum rc
digest_before(struct reading *in, struct err *e)
{
	const struct source_reader_options *const o = &in->r->o;
	const struct source_copy copy = { o->o, o->digest, o->dirfd };
	const bool file = in->item->fd != -1;
	char *const sha256 = in->s->before;
	bool needed = false;

	enum rc rc = needs_digest(in, &needed, e);
	if (rc != RC_OK || !needed)
		return rc;
	if (file)
		rc = source_digest_fd(
		    in->item->fd, in->s->line.name, o->digest, sha256, e);
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

/* If an earlier source has the same bytes, set line.duplicate_of: the source is
 * only listed. */
static enum rc
find_duplicate(struct reading *in, struct err *e)
{
	struct duplicate_sources *const known = in->r->o.duplicates;
	enum rc rc = RC_OK;

	if (known == NULL || in->s->before[0] == '\0' || in->broken.rc != RC_OK)
		return RC_OK;
	if (has_pending_twin(in))
		rc = dispatch_drain(in->r->o.dispatch, e);
	return rc == RC_OK
		   ? source_duplicate_find(known, in->s, in->s->before, e)
		   : rc;
}

/* --- one source ----------------------------------------------------------- */

static enum rc
open_source(struct reading *in, struct err *e)
{
	const struct source_reader_options *const o = &in->r->o;
	struct digest_thread *const digest = o->o->digests ? o->digest : NULL;
	const char *const name = in->s->line.name;
	const int copy = in->copy;
	const int file = in->item->fd;

	/* source_close() closes the descriptors. */
	in->copy = -1;
	in->item->fd = -1;
	if (file != -1)
		return source_open_fd(
		    &in->src, file, input_path(in->r->cursor), digest, e);
	return copy != -1
		   ? source_open_fd(&in->src, copy, name, digest, e)
		   : source_open_stream(&in->src, &in->stream, name, digest, e);
}

/* End a source that was read to its end. The digest that its rows show must be
 * the digest of the bytes that were read. */
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

/* End a source after reading has returned rc: RC_END, or RC_SKIP if the rest
 * cannot be read. Its digest is the digest of the bytes that were read. */
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

/* Read a source piece by piece into jobs. If it is a copy of an earlier one,
 * only list it. */
static enum rc
read_pieces(struct reading *in, struct err *e)
{
	struct source_reader *const r = in->r;
	struct pending_source *const s = in->s;
	enum rc rc = RC_OK;

	/* A resumed source is not a duplicate, and its digest is already known.
	 */
	if (!in->resumed) {
		rc = digest_before(in, e);
		if (rc == RC_OK)
			rc = find_duplicate(in, e);
	}
	if (rc != RC_OK || s->line.duplicate_of != NULL)
		return rc;
	rc = open_source(in, e);
	if (rc == RC_OK && in->resumed)
		rc = source_resume(&in->src, &r->o.state->point.source, e);
	s->header = in->src.header;
	/* Count the header towards the next checkpoint too; otherwise a run
	 * over many sources without chunks would not write one. */
	if (rc == RC_OK && !in->resumed && r->o.checkpoint != NULL)
		checkpoint_count(r->o.checkpoint, CHUNK_FILE_HEADER);
	while (rc == RC_OK)
		rc = read_job(in, e);
	s->line.bytes = in->src.hashed;
	return end_source(in, rc, e);
}

static enum rc
read_source(struct source_reader *r, struct pending_source *s,
    struct input_item *item, struct err *e)
{
	struct intake_point *const point = &r->o.state->point;
	struct reading in = {
		.r = r,
		.s = s,
		.item = item,
		.src = { .fd = -1 },
		.copy = -1,
		.in_archive = input_position(r->cursor)->n_levels != 0,
		.resumed = point->resumes,
		.stream.carry = r->carry,
	};
	enum rc rc = RC_OK;
	bool done = false;

	point->resumes = false;
	in.stream.from = item->stream;
	if (!in.resumed && r->o.channels != NULL)
		s->log = source_channel_by_name(r->o.channels, s->line.name);
	if (!in.resumed && item->fd != -1 && !must_pause(r))
		rc = small_reader_read(&r->o,
		    &(struct small_input){ item->fd, input_path(r->cursor),
			input_bytes(r->cursor) },
		    s, &done, e);
	if (rc == RC_OK && !done)
		rc = read_pieces(&in, e);
	if (!in.in_archive)
		r->o.progress->now.bytes += s->line.bytes;
	source_close(&in.src);
	if (in.copy != -1)
		(void)close(in.copy);
	return rc;
}

/* Append a source. If there are too many pending sources, wait for their jobs
 * first. */
static enum rc
add_source(struct source_reader *r, const struct input_item *item,
    struct pending_source **s, struct err *e)
{
	enum rc rc = RC_OK;

	if (sources_pending(r->o.sources) >=
	    PENDING_MIN + (size_t)PENDING_THREAD * r->o.o->jobs)
		rc = dispatch_drain(r->o.dispatch, e);
	if (rc != RC_OK)
		return rc;
	char *const name = strdup(item->name);
	return name == NULL ? err_nomem(e)
			    : sources_add(r->o.sources, name,
				  item->archive_sha256, s, e);
}

/* Get the pending source that the checkpoint has restored. The first log that
 * is found must have its name. */
static enum rc
resume_source(struct source_reader *r, const char *name,
    struct pending_source **s, struct err *e)
{
	*s = sources_last(r->o.sources);
	return strcmp(name, (*s)->line.name) == 0
		   ? RC_OK
		   : err_set(e, RC_FATAL, WHY_EXISTS,
			 "cannot resume: expected %s, found %s: start anew "
			 "with --force",
			 (*s)->line.name, name);
}

enum rc
source_reader_read(
    struct source_reader *r, struct input_item *item, struct err *e)
{
	const bool resumed = r->o.state->point.resumes;
	struct pending_source *s = NULL;

	if (r->o.o->log_name != NULL && item->kind != INPUT_EMPTY &&
	    sources_count(r->o.sources) - (resumed ? 1 : 0) > r->o.first)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--log-name needs exactly one log, but %s contains more",
		    input_path(r->cursor));
	enum rc rc = resumed ? resume_source(r, item->name, &s, e)
			     : add_source(r, item, &s, e);
	if (rc != RC_OK)
		return rc;
	assert(s != NULL);
	s->input = input_position(r->cursor)->entry;
	if (item->kind == INPUT_EMPTY) {
		/* The input is an archive without logs, which becomes a source
		 * without records. */
		memcpy(s->line.sha256, item->archive_sha256, DIGEST_HEX);
		s->line.archive_sha256[0] = '\0';
		s->line.bytes = item->bytes;
		s->ended = true;
	} else if (item->kind == INPUT_UNREADABLE) {
		*e = item->why;
		rc = e->rc;
	} else {
		rc = read_source(r, s, item, e);
	}
	r->o.progress->now.name = NULL;
	if (rc == RC_SKIP)
		rc = source_status_fail(r->o.status, s, e);
	s->read = true;
	if (rc == RC_OK && s->out == 0 && !s->ended)
		rc = source_status_end(r->o.status, s, e);
	return rc == RC_OK ? sources_finish(r->o.sources, e) : rc;
}
