/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint/batch.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/meta.h"
#include "checkpoint/scope.h"
#include "load/inner.h"
#include "sink/sink_table.h"
#include "util/clock.h"

/* --- where the checkpoint is --------------------------------------------- */

static enum rc
make_folder(const char *path, struct err *e)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return RC_OK;
	const bool closed = errno == EROFS || errno == EACCES || errno == EPERM;
	(void)err_sys(
	    e, RC_FATAL, "create the folder of the checkpoint %s", path);
	if (!closed)
		return e->rc;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the checkpoint cannot be kept in %.300s: %s: give --state DIR",
	    path, strerror(e->sys));
}

/* The endpoint is the road to it and may change. */
static void
describe(const struct load_target *t, char out[LOAD_TEXT])
{
	(void)snprintf(
	    out, LOAD_TEXT, "%s rule %s stream %s", t->sink, t->dcr, t->stream);
}

static enum rc
open_embedded(const struct load_target *t, bool look, struct checkpoint **out,
    struct err *e)
{
	const struct checkpoint_place where = { t->path, t->path, t->sink,
		true };

	return look ? checkpoint_open_read_only(&where, out, e)
		    : checkpoint_open(&where, out, e);
}

enum rc
load_open_state(const struct load_target *target, bool look,
    struct checkpoint **out, struct err *e)
{
	char file[LOAD_PATH];
	char lock[LOAD_PATH];
	char name[LOAD_TEXT];
	enum rc rc = RC_OK;

	if (sink_table_find(target->sink)->local != NULL)
		return open_embedded(target, look, out, e);
	const int n =
	    snprintf(file, sizeof(file), "%s/state.db", target->state);
	if (n < 0 || (size_t)n >= sizeof(file) - 8)
		return err_set(
		    e, RC_FATAL, WHY_USAGE, "path too long: %s", target->state);
	(void)snprintf(lock, sizeof(lock), "%.4080s/lock", target->state);
	/* To look at it one need not say what it is for. */
	const bool told = target->endpoint != NULL && target->dcr != NULL &&
			  target->stream != NULL;
	if (told)
		describe(target, name);
	const struct checkpoint_place where = { file, lock, told ? name : NULL,
		false };
	if (look)
		return checkpoint_open_read_only(&where, out, e);
	rc = make_folder(target->state, e);
	return rc == RC_OK ? checkpoint_open(&where, out, e) : rc;
}

/* --- the plan in it ------------------------------------------------------ */

static enum rc
check_stop(const struct load *load, struct err *e)
{
	if (load_stopping(load))
		return err_set(e, RC_FATAL, WHY_STOPPED,
		    "interrupted before anything was sent");
	return RC_OK;
}

static enum rc
add_batch(struct load_cut *cut, struct batch *b, struct err *e)
{
	struct checkpoint *const state = cut->load->state;
	char text[120];
	enum rc rc = check_stop(cut->load, e);

	if (rc == RC_OK)
		rc = batch_add(state, cut->sha256, b, e);
	if (rc != RC_OK || b->status != BATCH_REFUSED)
		return rc;
	(void)snprintf(text, sizeof(text),
	    "a record of %llu bytes is over the target's limit of %llu",
	    (unsigned long long)b->length - 1,
	    (unsigned long long)cut->sink->max_bytes - 1);
	const struct batch_refusal refusal = { .segment = b->segment,
		.offset = b->offset,
		.length = b->length - 1,
		.text = text,
		.batch = b->id };
	return batch_add_refusal(state, &refusal, e);
}

/* A segment that was planned before: verified again, and of its records those
 * that are left are looked at. */
struct again {
	struct load *load;
	struct batch left; /* the next batch that is; records 0: none */
};

static enum rc
next_left(struct again *a, uint64_t from, struct err *e)
{
	const int64_t segment = a->left.segment;
	const enum rc rc =
	    batch_next_of_segment(a->load->state, segment, from, &a->left, e);

	if (rc != RC_END)
		return rc;
	a->left = (struct batch){ .segment = segment };
	return RC_OK;
}

static enum rc
look_line_again(void *arg, const struct scan_line *line, struct err *e)
{
	struct again *const a = arg;
	const struct batch *const b = &a->left;
	uint64_t time = 0;
	enum rc rc = check_stop(a->load, e);

	if (rc == RC_OK && b->records > 0 &&
	    line->offset >= b->offset + b->length)
		rc = next_left(a, line->offset, e);
	if (rc != RC_OK || b->records == 0 || line->offset < b->offset)
		return rc;
	if (!look_time(line->text, &time))
		time = 0;
	look_line(&a->load->look, line->text, time);
	return RC_OK;
}

static enum rc
look_again(struct load *load, const struct reader *reader, size_t i,
    int64_t segment, struct err *e)
{
	struct again a = { load, { .segment = segment } };
	const struct scan_visit visit = { look_line_again, &a };

	if (load->sink->remote == NULL)
		return reader_scan(reader, i, NULL, e);
	const enum rc rc = next_left(&a, 0, e);
	return rc == RC_OK ? reader_scan(reader, i, &visit, e) : rc;
}

static enum rc
plan_segment(struct load *load, size_t source, size_t i, struct err *e)
{
	const struct reader *const reader = load->run->sources[source].reader;
	const struct reader_segment *const meta = reader_segment(reader, i);
	struct scope_segment known;
	enum rc rc = scope_add_segment(load->state, meta->sha256, &known, e);

	if (rc != RC_OK)
		return rc;
	if (known.seen)
		load->report->same += meta->lines;
	else
		load->segments[load->n++] =
		    (struct load_segment){ known.id, source, i };
	if (known.planned)
		return look_again(load, reader, i, known.id, e);
	struct load_cut cut = { .sink = load->sink,
		.put = add_batch,
		.load = load,
		.sha256 = meta->sha256,
		.look = load->sink->remote != NULL ? &load->look : NULL,
		.span = load->run->target->limits.batch_span_ms * 10000,
		.now = { .segment = known.id } };
	return load_cut_scan(&cut, reader, i, e);
}

/* evtxstage --append adds to a staging directory. */
static bool
grew_from(const void *arg, const char *digest)
{
	return reader_grew_from(arg, digest);
}

static enum rc
plan_source(struct load *load, size_t source, struct err *e)
{
	const struct reader *const reader = load->run->sources[source].reader;
	const struct scope_staging staging = { reader_digest(reader),
		reader_schema(reader), reader_dir(reader),
		/* Those of one run belong together; rows of a database tell
		 * themselves apart. */
		source > 0 || load->sink->local != NULL, grew_from, reader };
	enum rc rc = scope_add_staging(load->state, &staging, e);
	if (rc == RC_OK && load->sink->local != NULL)
		rc = meta_check_key_version(
		    load->state, reader_key_version(reader), e);

	for (size_t i = 0; rc == RC_OK && i < reader_count(reader); i++) {
		rc = plan_segment(load, source, i, e);
		if (rc == RC_OK)
			rc = check_stop(load, e);
		if (rc == RC_OK && load_expired(load))
			rc = load_ended(load, "--max-duration is over", e);
	}
	return rc;
}

static int
by_id(const void *a, const void *b)
{
	const int64_t x = ((const struct load_segment *)a)->id;
	const int64_t y = ((const struct load_segment *)b)->id;

	return (x > y) - (x < y);
}

static uint64_t
bytes_of_run(const struct load *load)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < load->n; i++) {
		const struct load_segment *const s = &load->segments[i];
		bytes += reader_segment(
		    load->run->sources[s->source].reader, s->index)
			     ->bytes;
	}
	return bytes;
}

static enum rc
note_revived(void *arg, uint64_t n, struct err *e)
{
	struct load *const load = arg;

	load->report->revived = n;
	load_progress(load);
	return check_stop(load, e);
}

static enum rc
revive(struct load *load, struct err *e)
{
	const struct batch_requeue revival = { note_revived, load };
	enum rc rc = load_count(load, e);

	load->report->dead = load->report->refused;
	if (rc == RC_OK)
		rc = batch_requeue_refused(load->state, &revival, e);
	load->report->dead = 0;
	return rc;
}

static enum rc
plan_all(struct load *load, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < load->run->n; i++)
		rc = plan_source(load, i, e);
	if (rc == RC_OK)
		rc = batch_requeue_unanswered(
		    load->state, &load->report->resumed, e);
	if (rc == RC_OK && load->run->retry_dead)
		rc = revive(load, e);
	if (rc == RC_OK)
		rc = load_count(load, e);
	if (rc == RC_OK && load->report->all.bytes != bytes_of_run(load))
		rc = err_set(e, RC_FATAL, WHY_CORRUPT,
		    "the checkpoint was damaged: its batches do not cover the "
		    "segments; restore it from a copy");
	return rc;
}

enum rc
load_open_plan(struct load *load, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < load->run->n; i++)
		n += reader_count(load->run->sources[i].reader);
	look_init(&load->look,
	    load->sink->remote != NULL ? load->sink->remote->rules : NULL,
	    load_now(load));
	load->look.stamps = load->run->target->limits.arrival;
	load->segments = calloc(n + 1, sizeof(*load->segments));
	if (load->segments == NULL)
		return err_nomem(e);
	enum rc rc = checkpoint_begin(load->state, e);
	if (rc != RC_OK)
		return rc;
	/* One transaction: a segment that fails leaves no trace of the run. */
	rc = plan_all(load, e);
	if (rc == RC_OK)
		rc = checkpoint_commit(load->state, e);
	if (rc != RC_OK)
		checkpoint_rollback(load->state);
	qsort(load->segments, load->n, sizeof(*load->segments), by_id);
	load->report->to_do = load->report->left.records;
	load->report->before = load->report->acked.records;
	if (load->run->target->hold)
		batch_hold_ambiguous(load->state);
	load->report->look = load->look.counts;
	return rc;
}

/* --- reading a batch ----------------------------------------------------- */

const struct load_segment *
load_known(const struct load *load, int64_t id)
{
	const struct load_segment wanted = { .id = id };

	return load->n == 0 ? NULL
			    : bsearch(&wanted, load->segments, load->n,
				  sizeof(wanted), by_id);
}

const struct load_segment *
load_find(const struct load *load, int64_t id)
{
	const struct load_segment *const found = load_known(load, id);

	/* batch_next() gives batches of this run only. */
	assert(found != NULL);
	return found;
}

const struct reader_segment *
load_meta(const struct load *load, const struct batch *b)
{
	const struct load_segment *const s = load_find(load, b->segment);

	return reader_segment(load->run->sources[s->source].reader, s->index);
}

enum rc
load_read(const struct load *load, const struct batch *b, struct buf *out,
    struct err *e)
{
	const struct load_segment *const s = load_find(load, b->segment);
	const struct reader_range range = { s->index, b->offset, b->length };

	return reader_read(
	    load->run->sources[s->source].reader, &range, out, e);
}
