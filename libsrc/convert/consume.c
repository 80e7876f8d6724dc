/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The results of jobs, in order: lines and reports into the staging, accounts
 * into sources, what the records say of their logs into the coverage.
 */
#include <string.h>

#include "convert/chunkline.h"
#include "convert/damage.h"
#include "convert/deferred_store.h"
#include "convert/inner.h"
#include "convert/key_journal.h"
#include "convert/sources.h"
#include "select/select.h"

/* Set the records of one chunk aside, which start at `first` of the job's. */
static enum rc
put_aside(struct run *r, const struct job *j, size_t first, struct err *e)
{
	const struct job_deferred *const one = &j->aside[first];
	struct deferred_record records[DEFERRED_RECORDS_MAX];
	struct deferred_chunk c = {
		.source = j->source,
		.offset = j->offset + one->at,
		.n = one->n,
	};

	for (size_t i = first; i < j->n_aside && j->aside[i].at == one->at &&
			       c.n_records < DEFERRED_RECORDS_MAX;
	     i++) {
		struct deferred_record *const to = &records[c.n_records++];
		memset(to, 0, sizeof(*to)); /* padding goes into a file */
		*to = j->aside[i].record;
		if (to->before == 0)
			to->before = j->live->last_time;
	}
	return deferred_store_put(r->aside, &c, j->bytes + one->at, records, e);
}

static enum rc
put_all_aside(struct run *r, const struct job *j, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < j->n_aside; i++) {
		if (i == 0 || j->aside[i].at != j->aside[i - 1].at)
			rc = put_aside(r, j, i, e);
	}
	return rc;
}

/* Before the lines that name them. */
static enum rc
write_long_values(struct run *r, const struct job *j, struct err *e)
{
	struct span spilled = buf_span(&j->out.spilled);
	struct spilled_value v;
	enum rc rc = RC_OK;

	while (rc == RC_OK && value_limit_next_spilled(&spilled, &v))
		rc = writer_field(r->out, v.sha256, v.bytes, e);
	return rc;
}

/* The first damage of a source is told on the terminal. */
static void
note_reason(struct pending_source *s, const struct job *j)
{
	if (s->line.reason == NULL && j->damage.n != 0)
		s->line.reason = damage_reason(buf_span(&j->damage));
}

/* Lines of damage and lines of a job; n lines. */
static enum rc
write_job(struct run *r, struct job *j, uint64_t n, struct err *e)
{
	enum rc rc = write_long_values(r, j, e);

	if (rc == RC_OK)
		rc = writer_lines(r->out, buf_span(&j->out.text), n, e);
	j->written = writer_mark(r->out);
	note_reason(j->live, j);
	return rc == RC_OK ? verdict_damage(r, j->live, buf_span(&j->damage), e)
			   : rc;
}

/* Duplicates and conflicts are counted for the pieces that they are of, too. */
static void
count_answers(struct job *j)
{
	const struct line_key *const keys = j->out.keys;
	size_t key = 0;

	for (size_t i = 0; i < j->n_pieces; i++) {
		struct job_piece *const p = &j->pieces[i];
		for (; key < p->keys; key++)
			dedupe_count(&p->account, &keys[key]);
	}
}

static enum rc
keep_keys(struct run *r, const struct lines *l, struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; r->keylog != NULL && rc == RC_OK && i < l->n_keys;
	     i++) {
		if (l->keys[i].answer != KEYSET_AGAIN && !l->keys[i].none)
			rc = key_journal_add(r->keylog, &l->keys[i].entry, e);
	}
	return rc;
}

static enum rc
cut_copies(struct run *r, struct job *j, struct err *e)
{
	if (r->o->dedupe == DEDUPE_NONE)
		return RC_OK;
	/* Late lines come when their source is long done: one set for all. */
	const uint64_t of = r->o->dedupe == DEDUPE_FILE ? j->source + 1 : 0;
	const enum rc rc = dedupe_lines(r->keys, of, &j->out, e);
	if (rc != RC_OK)
		return rc;
	count_answers(j);
	return keep_keys(r, &j->out, e);
}

/* What a chunk with a wrong checksum has left when copies are out. A run that
 * only looks emits nothing: all that could be read counts. */
static void
count_unchecked(const struct run *r, struct job *j)
{
	j->out.account.unchecked = 0;
	for (size_t i = 0; i < j->n_pieces; i++) {
		struct account *const a = &j->pieces[i].account;
		a->unchecked = !j->pieces[i].bad ? 0
			       : r->o->looks     ? a->found - a->damaged
						 : a->emitted;
		j->out.account.unchecked += a->unchecked;
	}
}

/* --- the coverage -----------------------------------------------------------
 */

static struct coverage_place
place_of(const struct job *j, size_t log, size_t offset)
{
	const struct job_coverage_log *const l = &j->out.job_coverage.logs[log];

	return (
	    struct coverage_place){ .channel = l->name[JOB_COVERAGE_CHANNEL],
		.computer = l->name[JOB_COVERAGE_COMPUTER],
		.source = j->source,
		.name = span_str(j->name),
		.offset = j->offset + offset };
}

static enum rc
count_logs(struct run *r, const struct job *j, struct err *e)
{
	const struct job_coverage *const t = &j->out.job_coverage;
	struct coverage *const own = j->live->coverage;
	enum rc rc = RC_OK;

	copy_kind_add(&j->live->line.copy, &t->copy);
	if (r->o->event_counts != NULL)
		rc = event_counts_merge(
		    r->o->event_counts, &j->out.event_counts, e);
	if (r->o->coverage == NULL)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < t->n_runs; i++) {
		const struct job_coverage_run *const run = &t->runs[i];
		const struct coverage_place at =
		    place_of(j, run->log, run->offset);
		rc = coverage_add(r->o->coverage, own, &at, &run->run, e);
	}
	for (size_t i = 0; rc == RC_OK && i < t->n_notes; i++) {
		const struct job_coverage_clear *const n = &t->notes[i];
		const struct coverage_place at = place_of(j, n->log, n->offset);
		rc = coverage_clear(r->o->coverage, own, &at, &n->what, e);
	}
	return rc;
}

/* --- chunks --------------------------------------------------------------- */

static void
put_chunk(struct run *r, const struct chunkline *c)
{
	if (!r->o->chunk_table) {
		chunkline_put(&r->chunks, c, select_reasons);
		return;
	}
	if (r->headed != c->number + 1)
		chunkline_heading(&r->chunks, c->source);
	r->headed = c->number + 1;
	chunkline_row(&r->chunks, c);
}

/* Lines for the chunks of a job, whose records' lines come next. */
static enum rc
write_chunks(
    struct run *r, const struct job *j, const char *content, struct err *e)
{
	uint64_t line = writer_line_count(r->out) + 1;

	if (!writer_wants_chunks(r->out))
		return RC_OK;
	buf_cut(&r->chunks, 0);
	for (size_t i = 0; i < j->n_pieces; i++) {
		const struct job_piece *const p = &j->pieces[i];
		const struct chunkline c = {
			.source = j->name,
			.number = j->source,
			.offset = j->offset + p->cut.at,
			.bytes = p->cut.n,
			.crc_ok = !p->bad,
			.content = content,
			.account = &p->account,
			.first_line = line,
			.first_id = p->first_id,
			.last_id = p->last_id,
		};
		if (p->kind == JOB_CHUNK)
			put_chunk(r, &c);
		line += p->account.emitted + p->account.recovered;
	}
	if (r->chunks.full)
		return buf_fail(&r->chunks, "what waits for chunks.ndjson", e);
	return writer_chunks(r->out, buf_span(&r->chunks), e);
}

/* --- jobs ----------------------------------------------------------------- */

static enum rc
consume_late(struct run *r, struct job *j, struct err *e)
{
	const struct account *const a = &j->out.account;

	j->live->out--;
	enum rc rc = cut_copies(r, j, e);
	if (rc != RC_OK)
		return rc;
	count_unchecked(r, j);
	lines_patch(&j->out, j->live->first_time);
	account_add(&j->live->line.account, a);
	rc = count_logs(r, j, e);
	if (rc == RC_OK)
		rc = write_chunks(r, j,
		    j->aside[0].record.kind == DEFERRED_ORPHAN ? "borrowed"
							       : "recovered",
		    e);
	return rc == RC_OK ? write_job(r, j, a->emitted + a->recovered, e) : rc;
}

static void
note_times(struct pending_source *s, const struct lines *out)
{
	if (s->first_time == 0)
		s->first_time = out->first_time;
	if (out->last_time != 0)
		s->last_time = out->last_time;
}

static enum rc
consume_chunks(struct run *r, struct job *j, struct err *e)
{
	struct pending_source *const s = j->live;
	struct lines *const out = &j->out;
	enum rc rc = RC_OK;

	s->out--;
	for (size_t i = 0; rc == RC_OK && i < j->n_pieces; i++)
		rc = verdict_piece(r, j, &j->pieces[i], e);
	if (rc == RC_OK)
		rc = put_all_aside(r, j, e);
	if (rc == RC_OK)
		rc = cut_copies(r, j, e);
	count_unchecked(r, j);
	lines_patch(out, s->last_time);
	account_add(&s->line.account, &out->account);
	r->records += out->account.found;
	note_times(s, out);
	if (rc == RC_OK)
		rc = count_logs(r, j, e);
	if (rc == RC_OK)
		rc = write_chunks(r, j, NULL, e);
	if (rc == RC_OK)
		rc = write_job(r, j, out->account.emitted, e);
	if (rc == RC_OK && s->read && s->out == 0)
		rc = verdict_end(r, s, e);
	return rc;
}

enum rc
consume_job(struct run *r, struct job *j, struct err *e)
{
	const enum rc rc =
	    j->known != NULL ? consume_late(r, j, e) : consume_chunks(r, j, e);

	return rc == RC_OK ? sources_close(r, e) : rc;
}
