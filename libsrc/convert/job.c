/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/damage.h"
#include "convert/job.h"

struct worker {
	const struct decoder_kind *kind;
	struct decoder *decoder;
	struct recorder *recorder;
	uint8_t *padded; /* CHUNK_BYTES, for a chunk that was cut short */
};

/* A piece of a job that is being worked on. */
struct at {
	struct worker *w;
	struct job *j;
	struct job_piece *piece;
	uint64_t offset; /* in the source */
};

enum rc
job_init(struct job *j, struct err *e)
{
	memset(j, 0, sizeof(*j));
	lines_init(&j->out, JOB_LINES_MAX);
	buf_init(&j->damage, JOB_DAMAGE_MAX);
	/* The kernel copies to the start of a page three times as fast as to
	 * a place 16 bytes behind it (measured, Zen). */
	j->bytes = aligned_alloc(JOB_PAGE, JOB_ROOM);
	return j->bytes == NULL ? err_nomem(e) : RC_OK;
}

void
job_free(struct job *j)
{
	free(j->bytes);
	lines_free(&j->out);
	buf_reset(&j->damage);
}

enum rc
worker_create(struct worker **wp, const struct worker_options *o, struct err *e)
{
	const struct decoder_options d = { .drop = recorder_drop };
	struct worker *const w = calloc(1, sizeof(*w));

	*wp = NULL;
	if (w == NULL)
		return err_nomem(e);
	w->kind = o->decoder;
	w->padded = malloc(CHUNK_BYTES);
	enum rc rc = w->padded == NULL ? err_nomem(e) : RC_OK;
	if (rc == RC_OK)
		rc = o->decoder->create(&w->decoder, &d, e);
	if (rc == RC_OK)
		rc = recorder_create(&w->recorder, &o->record, e);
	if (rc != RC_OK) {
		worker_destroy(w);
		return rc;
	}
	*wp = w;
	return RC_OK;
}

void
worker_destroy(struct worker *w)
{
	if (w == NULL)
		return;
	/* The decoder first: it drops what the recorder kept with it. */
	w->kind->destroy(w->decoder);
	recorder_destroy(w->recorder);
	free(w->padded);
	free(w);
}

static void
fail(struct job *j, const struct err *e)
{
	j->failed = true;
	j->err = *e;
}

/* A line of damage about bytes of the piece. */
static void
note(const struct at *a, struct damage d, const char *reason)
{
	d.source = a->j->name;
	d.offset += a->offset;
	damage_put(&a->j->damage, &d, reason);
}

static void
refuse_record(
    const struct at *a, const struct chunk_record *h, const char *reason)
{
	const struct damage d = {
		.kind = "record",
		.offset = h->offset,
		.length = h->size,
		.record = h->id,
		.salvaged = "nothing",
	};

	a->j->out.account.damaged++;
	note(a, d, reason);
}

static void
refuse_region(
    const struct at *a, uint32_t offset, uint32_t n, const char *reason)
{
	const struct damage d = {
		.kind = "region",
		.offset = offset,
		.length = n,
		.salvaged = "records that can be read",
	};

	a->j->out.account.regions++;
	note(a, d, reason);
}

static void
refuse_chunk(const struct at *a, const struct chunk *c, const char *reason)
{
	const struct damage d = {
		.kind = "chunk",
		.length = a->piece->cut.n,
		.salvaged = "nothing",
	};
	const uint64_t n = chunk_count(c);

	a->j->out.account.found += n;
	a->j->out.account.damaged += n;
	note(a, d, reason);
}

/* What the second decoder says of a record that is not lost. */
static void
note_opinion(const struct at *a, const struct record *r)
{
	const bool both = r->note->disagreement;
	const struct damage d = {
		.kind = both ? "disagreement" : "one-sided",
		.offset = r->header.offset,
		.length = r->header.size,
		.record = r->header.id,
		.salvaged = "the record",
		.note = both ? r->note : NULL,
	};

	if (both)
		a->j->out.account.disagreements++;
	else
		a->j->out.account.one_sided++;
	note(a, d, r->note->reason);
}

static void
convert_records(const struct at *a)
{
	struct record r;
	struct err e;

	for (;;) {
		err_clear(&e);
		enum rc rc = a->w->kind->next(a->w->decoder, &r, &e);
		if (rc == RC_END)
			return;
		if (r.region) {
			refuse_region(
			    a, r.header.offset, r.header.size, e.text);
			continue;
		}
		a->j->out.account.found++;
		if (rc == RC_OK && r.note != NULL)
			note_opinion(a, &r);
		if (rc == RC_OK)
			rc = recorder_add(a->w->recorder, &r, &a->j->out, &e);
		if (rc == RC_SKIP)
			refuse_record(a, &r.header, e.text);
		if (rc == RC_FATAL) {
			fail(a->j, &e);
			return;
		}
	}
}

/* What is wrong with a chunk that may still be read. */
static void
find_faults(const struct at *a, const struct chunk *c)
{
	const struct damage d = {
		.kind = "chunk",
		.length = a->piece->cut.n,
		.salvaged = "records that can be read",
	};

	if (a->piece->cut.n < CHUNK_BYTES) {
		a->piece->bad = true;
		a->j->out.account.regions++;
		note(a, d, "the chunk is cut short");
	}
	if (chunk_good(c))
		return;
	a->piece->bad = true;
	note(a, d,
	    c->header_crc_ok ? "the checksum of its records is wrong"
	    : c->data_crc_ok ? "the checksum of its header is wrong"
			     : "the checksums of header and records are "
			       "wrong");
}

static bool
is_zero(struct span s)
{
	return s.n == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

/* Bytes that the header counts as used, behind the record that it calls the
 * last: older ones, or somebody wants them to look so. */
static void
find_rest(const struct at *a, const struct chunk *c)
{
	const uint32_t end =
	    c->free_offset < CHUNK_BYTES ? c->free_offset : CHUNK_BYTES;
	const uint32_t from = chunk_used_end(c);

	if (from < end && !is_zero(span_of(c->bytes.p + from, end - from)))
		refuse_region(a, from, end - from,
		    "used bytes behind the record that the header calls the "
		    "last");
}

/* Bytes of the used area where a record header should be and none is: what
 * was there is lost, though libevtx does not say so. */
static void
find_gap(const struct at *a, const struct chunk *c)
{
	const uint32_t at = chunk_records_end(c);
	const uint32_t end = chunk_used_end(c);

	if (!a->w->kind->silent_gaps || at >= end ||
	    a->piece->cut.n < CHUNK_BYTES)
		return;
	refuse_region(
	    a, at, end - at, "no record header where the next one should be");
}

/* What rows that show it say of the place of the chunk. */
static void
say_origin(const struct at *a, const struct chunk *c)
{
	const struct origin from = {
		.sha256 = a->j->sha256,
		.name = a->j->name,
		.chunk = a->offset < CHUNK_FILE_HEADER
			     ? 0
			     : (a->offset - CHUNK_FILE_HEADER) / CHUNK_BYTES,
		.offset = a->offset,
		.crc_ok = chunk_good(c) && a->piece->cut.n == CHUNK_BYTES,
	};

	recorder_from(a->w->recorder, &from);
}

static void
convert_chunk(const struct at *a, const struct chunk *c)
{
	struct err e;

	err_clear(&e);
	lines_limit(&a->j->out, JOB_CHUNK_LINES_MAX);
	find_faults(a, c);
	find_rest(a, c);
	find_gap(a, c);
	say_origin(a, c);
	const enum rc rc = a->w->kind->start(a->w->decoder, c, &e);
	if (rc == RC_OK)
		convert_records(a);
	else if (rc == RC_SKIP)
		refuse_chunk(a, c, e.text);
	else
		fail(a->j, &e);
}

static void
convert_piece(const struct at *a)
{
	const struct cut_piece *const cut = &a->piece->cut;
	struct span bytes = span_of(a->j->bytes + cut->at, cut->n);
	struct chunk c;

	if (cut->kind != CUT_CHUNK) {
		a->piece->kind = is_zero(bytes) ? JOB_UNUSED : JOB_REGION;
		return;
	}
	if (cut->n < CHUNK_BYTES) {
		memcpy(a->w->padded, bytes.p, bytes.n);
		memset(a->w->padded + bytes.n, 0, CHUNK_BYTES - bytes.n);
		bytes = span_of(a->w->padded, CHUNK_BYTES);
	}
	a->piece->kind = JOB_CHUNK;
	if (chunk_read(&c, bytes))
		convert_chunk(a, &c);
}

void
worker_run(void *worker, void *job)
{
	struct job *const j = job;

	lines_clear(&j->out);
	buf_cut(&j->damage, 0);
	j->failed = false;
	for (size_t i = 0; i < j->n_pieces && !j->failed; i++) {
		struct job_piece *const p = &j->pieces[i];
		const struct at a = { worker, j, p, j->offset + p->cut.at };
		p->bad = false;
		convert_piece(&a);
	}
}
