/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "convert/damage.h"
#include "convert/deferred.h"
#include "convert/name_mismatch.h"
#include "convert/recover.h"
#include "convert/worker.h"
#include "evtx/hidden_record.h"
#include "evtx/signature_repair.h"
#include "util/pool.h"

struct worker {
	const struct decoder_kind *kind;
	struct decoder *decoder;
	struct recorder *recorder;
	struct template_catalog *catalog;
	uint8_t *padded; /* CHUNK_BYTES, for a chunk that was cut short, */
	uint8_t *mended; /* and for one with damaged signatures */
	char repaired[SIGNATURE_REPAIR_TEXT_MAX];
	enum recover_what recover;
	bool says_recovered; /* lines do, without being asked */
	struct stop stop;
};

/* A piece of a job that is being worked on. */
struct at {
	struct worker *w;
	struct job *j;
	struct job_piece *piece;
	uint64_t offset; /* in the source */
};

enum rc
worker_create(struct worker **wp, const struct worker_options *o, struct err *e)
{
	struct worker *const w = calloc(1, sizeof(*w));

	*wp = NULL;
	if (w == NULL)
		return err_nomem(e);
	w->kind = o->decoder;
	w->padded = malloc(CHUNK_BYTES);
	w->mended = malloc(CHUNK_BYTES);
	w->recover = o->recover;
	w->stop.flag = o->stop;
	w->says_recovered = o->record.line.provenance == SCHEMA_PROVENANCE_FULL;
	enum rc rc = w->padded == NULL || w->mended == NULL
			 ? err_nomem(e)
			 : template_catalog_create(&w->catalog, e);
	/* Who looks for old records must see each that is not. */
	const struct decoder_options d = { recorder_drop, w->catalog,
		select_asks_head(o->record.select) &&
		    o->recover != RECOVER_SLACK };
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
	template_catalog_destroy(w->catalog);
	free(w->padded);
	free(w->mended);
	free(w);
}

const struct template_catalog *
worker_catalog(const struct worker *w)
{
	return w->catalog;
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
		.salvaged = "nothing",
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
	const uint64_t n = chunk_count_records(c);

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
note_repair(const struct at *a, const struct record *r)
{
	const struct damage d = {
		.kind = "repaired",
		.offset = r->header.offset,
		.length = r->header.size,
		.record = r->header.id,
		.salvaged = "the record",
	};

	note(a, d, r->repaired);
}

static struct recover
recover_at(const struct at *a)
{
	return (struct recover){ a->j, &a->piece->cut,
		a->w->recover != RECOVER_NONE };
}

/* A record in the used area: old ones may stand before it, and behind the
 * header of one that was lost, often by a torn write. */
static void
search_before(const struct at *a, const struct chunk *c, uint32_t *from,
    const struct chunk_record *h, bool whole)
{
	const struct recover to = recover_at(a);

	recover_carved(&to, c, *from, h->offset);
	if (h->offset >= *from)
		*from = h->offset + (whole ? h->size : 1);
}

/* What stands in the bytes of a record besides itself. */
static void
look_into(const struct at *a, const struct chunk *c, const struct record *r)
{
	const struct recover to = recover_at(a);

	if (r->n_name_mismatches != 0)
		name_mismatch_report(a->j, a->offset, c, r);
	if (!r->region)
		recover_hidden(&to, c, r);
}

/* The next record, and what it hides. */
static inline enum rc
find_record(
    const struct at *a, const struct chunk *c, struct record *r, struct err *e)
{
	const enum rc rc = a->w->kind->next(a->w->decoder, r, e);

	/* An unknown end, 0, leaves room. */
	if (rc == RC_OK && r->n_name_mismatches == 0 &&
	    !hidden_record_has_room(&r->header, r->content_end))
		return rc;
	if (rc == RC_OK || rc == RC_SKIP)
		look_into(a, c, r);
	return rc;
}

static enum rc
whole_record(
    const struct at *a, const struct chunk *c, struct record *r, struct err *e)
{
	const enum rc rc = a->w->kind->complete(a->w->decoder, r, e);

	if (r->n_name_mismatches != 0)
		name_mismatch_report(a->j, a->offset, c, r);
	return rc;
}

/* The next record that is not rejected by its System alone. */
static enum rc
next_record(
    const struct at *a, const struct chunk *c, struct record *r, struct err *e)
{
	struct lines *const out = &a->j->out;
	enum rc rc = find_record(a, c, r, e);

	while (rc == RC_OK && r->system_only) {
		rc = recorder_add(a->w->recorder, r, out, e);
		if (rc == RC_RETRY)
			return whole_record(a, c, r, e);
		if (rc == RC_OK) {
			out->account.found++;
			rc = find_record(a, c, r, e);
		}
	}
	return rc;
}

/* A record that was read: its line, and what there is to say of it. */
static enum rc
take_record(
    const struct at *a, const struct chunk *c, struct record *r, struct err *e)
{
	const struct chunk_record *const h = &r->header;

	if (c->raw != NULL)
		signature_repair_report(c, r, a->w->repaired);
	if ((size_t)h->offset + h->size > a->piece->cut.n)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the source ends in the middle of it");
	if (r->note != NULL)
		note_opinion(a, r);
	const enum rc rc = recorder_add(a->w->recorder, r, &a->j->out, e);
	if (rc == RC_OK && r->repaired != NULL)
		note_repair(a, r);
	return rc;
}

/* True if the run is to stop: the job is given up. */
static bool
is_stopped(const struct at *a)
{
	struct err e;

	if (!stop_overdue(&a->w->stop))
		return false;
	(void)err_set(&e, RC_FATAL, WHY_STOPPED, "interrupted");
	job_fail(a->j, &e);
	return true;
}

/* Returns where old records may stand behind the last one. */
static uint32_t
convert_records(const struct at *a, const struct chunk *c)
{
	uint32_t from = CHUNK_HEADER;
	struct record r;
	struct err e;

	for (;;) {
		err_clear(&e);
		enum rc rc = next_record(a, c, &r, &e);
		const struct chunk_record *const h = &r.header;
		if (rc == RC_END || is_stopped(a))
			return from;
		if (r.region) {
			refuse_region(a, h->offset, h->size, e.text);
			continue;
		}
		if (a->w->recover == RECOVER_SLACK)
			search_before(
			    a, c, &from, h, rc == RC_OK || r.template_missing);
		if (rc == RC_SKIP && r.template_missing) {
			const struct recover to = recover_at(a);
			recover_orphan(&to, h);
			continue;
		}
		a->j->out.account.found++;
		if (rc == RC_OK)
			rc = take_record(a, c, &r, &e);
		if (rc == RC_SKIP)
			refuse_record(a, h, e.text);
		if (rc == RC_FATAL) {
			job_fail(a->j, &e);
			return from;
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
	if (chunk_checksums_hold(c))
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

/* Behind the last record: those that are older than the chunk, and what is left
 * of their templates behind the used area. */
static void
search_behind(const struct at *a, const struct chunk *c, uint32_t from)
{
	if (a->w->recover != RECOVER_SLACK || a->j->failed)
		return;
	a->w->kind->scan_templates(
	    a->w->decoder, chunk_used_end(c), CHUNK_BYTES);
	const struct recover to = recover_at(a);
	recover_carved(&to, c, from, CHUNK_BYTES);
}

static void
convert_chunk(const struct at *a, const struct chunk *c)
{
	const struct provenance from = job_provenance(a->j, &a->piece->cut, c);
	struct err e;

	err_clear(&e);
	lines_limit(&a->j->out, JOB_CHUNK_LINES_MAX);
	find_faults(a, c);
	find_rest(a, c);
	find_gap(a, c);
	recorder_from(a->w->recorder, &from, c);
	const enum rc rc = a->w->kind->start(a->w->decoder, c, &e);
	if (rc == RC_OK)
		search_behind(a, c, convert_records(a, c));
	else if (rc == RC_SKIP)
		refuse_chunk(a, c, e.text);
	else
		job_fail(a->j, &e);
}

/* A slot without the signature of a chunk may hold old records. */
static void
search_slot(const struct at *a, struct span bytes)
{
	struct chunk c;
	struct err e;

	chunk_init_headerless(&c, bytes);
	if (a->w->kind->start(a->w->decoder, &c, &e) == RC_OK)
		search_behind(a, &c, CHUNK_HEADER);
}

/* The bytes of the piece as those of a whole chunk. */
static struct span
whole_chunk(const struct at *a)
{
	const struct chunk_piece *const cut = &a->piece->cut;

	if (cut->n == CHUNK_BYTES)
		return span_of(a->j->bytes + cut->at, CHUNK_BYTES);
	memcpy(a->w->padded, a->j->bytes + cut->at, cut->n);
	memset(a->w->padded + cut->n, 0, CHUNK_BYTES - cut->n);
	return span_of(a->w->padded, CHUNK_BYTES);
}

static void
convert_piece(const struct at *a)
{
	const struct chunk_piece *const cut = &a->piece->cut;
	struct chunk c;

	if (cut->kind != PIECE_CHUNK) {
		const bool zero =
		    is_zero(span_of(a->j->bytes + cut->at, cut->n));
		a->piece->kind = zero ? JOB_UNUSED : JOB_REGION;
		if (a->w->recover == RECOVER_SLACK && !zero)
			search_slot(a, whole_chunk(a));
		return;
	}
	a->piece->kind = JOB_CHUNK;
	if (!chunk_read(&c, whole_chunk(a)))
		return;
	chunk_truncate(&c, cut->n);
	signature_repair_chunk(&c, a->w->mended);
	convert_chunk(a, &c);
}

/* The account of the job is that of its pieces. */
static void
count_piece(const struct at *a)
{
	struct lines *const out = &a->j->out;
	const struct account before = out->account;

	memset(&out->account, 0, sizeof(out->account));
	job_coverage_start_piece(&out->job_coverage, a->piece->cut.at);
	convert_piece(a);
	a->piece->account = out->account;
	a->piece->keys = out->n_keys;
	a->piece->first_id = out->job_coverage.first_id;
	a->piece->last_id = out->job_coverage.last_id;
	out->account = before;
	account_add(&out->account, &a->piece->account);
}

static void
run_pieces(struct worker *w, struct job *j)
{
	for (size_t i = 0; i < j->n_pieces && !j->failed; i++) {
		struct job_piece *const p = &j->pieces[i];
		const struct at a = { w, j, p, j->offset + p->cut.at };
		p->bad = false;
		if (j->pool != NULL && j->out.text.n > JOB_LINES_AHEAD)
			pool_wait_turn(j->pool, j);
		count_piece(&a);
	}
}

/* Decoders, plans and libraries take a lack of memory for a limit or do
 * without, and a record would count as damaged. malloc(3) tells by errno, which
 * nothing else here sets so. */
void
worker_run(void *worker, void *job)
{
	struct worker *const w = worker;
	struct job *const j = job;
	const struct deferred_tools t = { w->kind, w->decoder, w->recorder,
		w->padded, w->mended, w->repaired, w->says_recovered,
		&w->stop };

	job_clear(j);
	recorder_log(w->recorder, &j->log);
	errno = 0;
	if (j->known != NULL)
		deferred_run(&t, j);
	else
		run_pieces(w, j);
	struct err e;
	if (recorder_settle(w->recorder, &j->out, &e) != RC_OK)
		job_fail(j, &e);
	if (errno != ENOMEM)
		return;
	j->failed = true;
	(void)err_nomem(&j->err);
}
