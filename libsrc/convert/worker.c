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
#include "util/digest_lanes.h"
#include "util/digest_texts.h"
#include "util/pool.h"

struct worker {
	const struct decoder_kind *kind;
	struct decoder *decoder;
	struct recorder *recorder;
	struct template_catalog *catalog;
	/* Buffer of CHUNK_BYTES for a chunk that is cut short. */
	uint8_t *padded;
	/* Buffer of CHUNK_BYTES for a chunk with repaired signatures. */
	uint8_t *mended;
	char repaired[SIGNATURE_REPAIR_TEXT_MAX];
	enum recover_what recover;
	bool says_recovered; /* see says_recovered in struct deferred_tools */
	bool lanes;          /* result of digest_lanes_available() */
	/* Length in bytes of the lines of those jobs of the group that were
	 * processed before the current one. */
	size_t group_lines;
	struct stop stop;
};

/* A piece of a job that a worker processes. */
struct work {
	struct worker *w;
	struct job *j;
	struct job_piece *piece;
	const struct chunk *chunk;
	struct recover recover;
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
	w->lanes = digest_lanes_available();
	w->stop.flag = o->stop;
	w->says_recovered = o->record.line.provenance == SCHEMA_PROVENANCE_FULL;
	enum rc rc = w->padded == NULL || w->mended == NULL
			 ? err_nomem(e)
			 : template_catalog_create(&w->catalog, e);
	/* Do not request System-only records if carved records are searched
	 * for: the search must know where each record is. */
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
	/* Destroy the decoder first: it frees what the recorder keeps in its
	 * slots. */
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

/* --- records -------------------------------------------------------------- */

/* Add a damage line. d.offset is an offset in the piece. */
static void
report(const struct work *k, struct damage d, const char *reason)
{
	d.offset += k->piece->cut.at;
	job_report_damage(k->j, &d, reason);
}

static void
report_region(
    const struct work *k, uint32_t offset, uint32_t n, const char *reason)
{
	k->j->out.account.regions++;
	report(k,
	    (struct damage){ .kind = "region",
		.offset = offset,
		.length = n,
		.salvaged = "nothing" },
	    reason);
}

/* Find the next record of the chunk, and handle records that it hides and names
 * that do not match their hash. */
static inline enum rc
find_record(const struct work *k, struct record *r, struct err *e)
{
	const enum rc rc = k->w->kind->next(k->w->decoder, r, e);

	if (rc == RC_OK && r->n_name_mismatches == 0 &&
	    !hidden_record_has_room(&r->header, r->content_end))
		return rc;
	if (rc != RC_OK && rc != RC_SKIP)
		return rc;
	if (r->n_name_mismatches != 0)
		name_mismatch_report(k->j, k->piece->cut.at, k->chunk, r);
	if (!r->region)
		recover_hidden(&k->recover, k->chunk, r);
	return rc;
}

/* Find the next record for which the System is not enough; records before it
 * are rejected and counted. */
static enum rc
next_record(const struct work *k, struct record *r, struct err *e)
{
	struct lines *const out = &k->j->out;
	enum rc rc = find_record(k, r, e);

	while (rc == RC_OK && r->system_only) {
		rc = recorder_add(k->w->recorder, r, out, e);
		if (rc == RC_OK) {
			out->account.found++;
			rc = find_record(k, r, e);
		} else if (rc == RC_RETRY) {
			rc = k->w->kind->complete(k->w->decoder, r, e);
			if (r->n_name_mismatches != 0)
				name_mismatch_report(
				    k->j, k->piece->cut.at, k->chunk, r);
			return rc;
		}
	}
	return rc;
}

/* Render a record that was decoded, and report disagreements and repairs. */
static enum rc
add_record(const struct work *k, struct record *r, struct err *e)
{
	const struct chunk_record *const h = &r->header;
	struct account *const a = &k->j->out.account;

	if (k->chunk->raw != NULL)
		signature_repair_report(k->chunk, r, k->w->repaired);
	if ((size_t)h->offset + h->size > k->piece->cut.n)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the source ends in the middle of the record");
	if (r->note != NULL) {
		const bool both = r->note->disagreement;
		struct damage d = damage_of_record(
		    h, both ? "disagreement" : "one-sided", "the record");
		if (both)
			d.note = r->note;
		a->disagreements += both ? 1 : 0;
		a->one_sided += both ? 0 : 1;
		report(k, d, r->note->reason);
	}
	const enum rc rc = recorder_add(k->w->recorder, r, &k->j->out, e);
	if (rc == RC_OK && r->repaired != NULL)
		report(k, damage_of_record(h, "repaired", "the record"),
		    r->repaired);
	return rc;
}

/* Convert the consecutive records of the used area. Returns the offset at which
 * the search for carved records behind the last record starts. */
static uint32_t
convert_records(const struct work *k)
{
	struct job *const j = k->j;
	uint32_t from = CHUNK_HEADER;
	struct record r;
	struct err e;

	while (!j->failed) {
		err_clear(&e);
		enum rc rc = next_record(k, &r, &e);
		const struct chunk_record *const h = &r.header;
		if (rc == RC_END)
			break;
		if (stop_overdue(&k->w->stop)) {
			(void)err_set(&e, RC_FATAL, WHY_STOPPED, "interrupted");
			job_fail(j, &e);
			break;
		}
		if (r.region) {
			report_region(k, h->offset, h->size, e.text);
			continue;
		}
		/* Old records may be before a record in use, and behind the
		 * header of a record that was lost, often by a torn write. */
		if (k->w->recover == RECOVER_SLACK) {
			const bool whole = rc == RC_OK || r.template_missing;
			recover_carved(&k->recover, k->chunk, from, h->offset);
			if (h->offset >= from)
				from = h->offset + (whole ? h->size : 1);
		}
		if (rc == RC_SKIP && r.template_missing) {
			recover_orphan(&k->recover, h);
			continue;
		}
		j->out.account.found++;
		if (rc == RC_OK)
			rc = add_record(k, &r, &e);
		if (rc == RC_SKIP) {
			j->out.account.damaged++;
			report(k, damage_of_record(h, "record", "nothing"),
			    e.text);
		} else if (rc == RC_FATAL) {
			job_fail(j, &e);
		}
	}
	return from;
}

/* --- chunks --------------------------------------------------------------- */

static bool
is_zero(struct span s)
{
	return s.n == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

/* Report what is wrong with a chunk whose records may still be read. */
static void
check_chunk(const struct work *k)
{
	const struct chunk *const c = k->chunk;
	const struct damage d = {
		.kind = "chunk",
		.length = k->piece->cut.n,
		.salvaged = "records that can be read",
	};
	const uint32_t used_end = chunk_used_end(c);
	const uint32_t free_offset =
	    c->free_offset < CHUNK_BYTES ? c->free_offset : CHUNK_BYTES;
	const bool torn = k->piece->cut.n < CHUNK_BYTES;

	if (torn) {
		k->j->out.account.regions++;
		report(k, d, "the chunk is cut short");
	}
	k->piece->bad = torn || !chunk_checksums_hold(c);
	if (!chunk_checksums_hold(c))
		report(k, d,
		    c->header_crc_ok ? "the checksum of its records is wrong"
		    : c->data_crc_ok ? "the checksum of its header is wrong"
				     : "the checksums of header and records "
				       "are wrong");
	/* These bytes are older records, or somebody has changed the header to
	 * hide them. */
	if (used_end < free_offset &&
	    !is_zero(span_of(c->bytes.p + used_end, free_offset - used_end)))
		report_region(k, used_end, free_offset - used_end,
		    "used bytes behind the record that the header calls the "
		    "last");
	/* libevtx does not report bytes that are not a record. */
	if (k->w->kind->silent_gaps && !torn &&
	    chunk_records_end(c) < used_end) {
		const uint32_t at = chunk_records_end(c);
		report_region(k, at, used_end - at,
		    "no record header where the next one should be");
	}
}

/* Find carved records from this offset to the end of the chunk, and templates
 * behind the used area. */
static void
search_free_space(const struct work *k, uint32_t from)
{
	if (k->w->recover != RECOVER_SLACK || k->j->failed)
		return;
	k->w->kind->scan_templates(
	    k->w->decoder, chunk_used_end(k->chunk), CHUNK_BYTES);
	recover_carved(&k->recover, k->chunk, from, CHUNK_BYTES);
}

static void
convert_chunk(const struct work *k)
{
	const struct chunk *const c = k->chunk;
	const struct provenance from = job_provenance(k->j, &k->piece->cut, c);
	struct account *const a = &k->j->out.account;
	struct err e;

	err_clear(&e);
	lines_limit(&k->j->out, JOB_CHUNK_LINES_MAX);
	check_chunk(k);
	recorder_from(k->w->recorder, &from, c);
	const enum rc rc = k->w->kind->start(k->w->decoder, c, &e);
	if (rc == RC_OK) {
		search_free_space(k, convert_records(k));
	} else if (rc == RC_SKIP) {
		const uint64_t n = chunk_count_records(c);
		a->found += n;
		a->damaged += n;
		report(k,
		    (struct damage){ .kind = "chunk",
			.length = k->piece->cut.n,
			.salvaged = "nothing" },
		    e.text);
	} else {
		job_fail(k->j, &e);
	}
}

/* The bytes of the piece. A chunk that is cut short is filled up with zeros. */
static struct span
whole_chunk(struct worker *w, const uint8_t *bytes, size_t n)
{
	if (n == CHUNK_BYTES)
		return span_of(bytes, n);
	memcpy(w->padded, bytes, n);
	memset(w->padded + n, 0, CHUNK_BYTES - n);
	return span_of(w->padded, CHUNK_BYTES);
}

/* Convert a piece. A slot without the signature of a chunk may contain carved
 * records. */
static void
convert_piece(struct worker *w, struct job *j, struct job_piece *p)
{
	const uint8_t *const bytes = j->bytes + p->cut.at;
	struct chunk c;
	struct err e;
	const struct work k = { w, j, p, &c,
		{ j, &p->cut, w->recover != RECOVER_NONE } };

	p->bad = false;
	if (p->cut.kind == PIECE_CHUNK) {
		p->kind = JOB_CHUNK;
		if (!chunk_read(&c, whole_chunk(w, bytes, p->cut.n)))
			return;
		chunk_truncate(&c, p->cut.n);
		signature_repair_chunk(&c, w->mended);
		convert_chunk(&k);
		return;
	}
	const bool zero = is_zero(span_of(bytes, p->cut.n));
	p->kind = zero ? JOB_UNUSED : JOB_REGION;
	if (zero || w->recover != RECOVER_SLACK)
		return;
	chunk_init_headerless(&c, whole_chunk(w, bytes, p->cut.n));
	if (w->kind->start(w->decoder, &c, &e) == RC_OK)
		search_free_space(&k, CHUNK_HEADER);
}

/* Convert the pieces. The record counts of the job are the sums of theirs. */
static void
convert_pieces(struct worker *w, struct job *j)
{
	struct lines *const out = &j->out;

	for (size_t i = 0; i < j->n_pieces && !j->failed; i++) {
		struct job_piece *const p = &j->pieces[i];
		const struct account before = out->account;
		if (j->pool != NULL &&
		    w->group_lines + out->text.n > JOB_LINES_AHEAD)
			pool_wait_turn(
			    j->pool, j->first == NULL ? j : j->first);
		memset(&out->account, 0, sizeof(out->account));
		job_coverage_start_piece(&out->job_coverage, p->cut.at);
		convert_piece(w, j, p);
		p->account = out->account;
		p->keys = out->n_keys;
		p->first_id = out->job_coverage.first_id;
		p->last_id = out->job_coverage.last_id;
		out->account = before;
		account_add(&out->account, &p->account);
	}
}

/* If malloc(3) fails, decoders, plans and libraries behave as if a limit was
 * reached, and a record would count as damaged. So the job fails if errno is
 * ENOMEM, to which nothing else sets it here. */
static void
run_job(struct worker *w, struct job *j)
{
	const struct deferred_tools t = { w->kind, w->decoder, w->recorder,
		w->padded, w->mended, w->repaired, w->says_recovered,
		&w->stop };
	struct err e;

	job_clear(j);
	template_catalog_set_source(w->catalog, j->source);
	recorder_log(w->recorder, &j->log);
	errno = 0;
	if (j->templates != NULL)
		deferred_run(&t, j);
	else
		convert_pieces(w, j);
	if (recorder_settle(w->recorder, &j->out, &e) != RC_OK)
		job_fail(j, &e);
	if (errno == ENOMEM) {
		j->failed = true;
		(void)err_nomem(&j->err);
	}
	w->group_lines += j->out.text.n;
}

/* Make the digests of the sources of a group, two at a time. */
static enum rc
digest_sources(
    const struct worker *w, struct job *const *jobs, size_t n, struct err *e)
{
	struct digest_text text[JOB_GROUP_MAX];
	size_t n_texts = 0;

	for (size_t i = 0; i < n; i++) {
		if (jobs[i]->whole != 0)
			text[n_texts++] = (struct digest_text){
				.text = span_of(jobs[i]->bytes, jobs[i]->whole)
			};
	}
	const enum rc rc = digest_texts(text, n_texts, w->lanes, e);
	n_texts = 0;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		if (jobs[i]->whole != 0)
			digest_hex(
			    text[n_texts++].sum, DIGEST_BYTES, jobs[i]->sha256);
	}
	return rc;
}

void
worker_run(void *worker, void *job)
{
	struct worker *const w = worker;
	struct job *const first = job;
	struct job *jobs[JOB_GROUP_MAX] = { first };
	const size_t n = 1 + first->n_others;
	struct err e;

	for (size_t i = 1; i < n; i++)
		jobs[i] = &first->others[i - 1];
	const enum rc rc = digest_sources(w, jobs, n, &e);
	w->group_lines = 0;
	for (size_t i = 0; i < n; i++) {
		if (!first->digests_only)
			run_job(w, jobs[i]);
		if (rc != RC_OK)
			job_fail(jobs[i], &e);
	}
}
