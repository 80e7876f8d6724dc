/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert/results.h"
#include "convert/source_duplicate.h"
#include "coverage/coverage.h"
#include "schema/value_limit.h"

/* --- deferred records ----------------------------------------------------- */

/* Store the records that a job has deferred, chunk by chunk. */
static enum rc
store_deferred(struct results *r, const struct job *j, struct err *e)
{
	struct deferred_record records[DEFERRED_RECORDS_MAX];
	enum rc rc = RC_OK;
	size_t i = 0;

	while (rc == RC_OK && i < j->n_deferred) {
		const struct job_deferred *const first = &j->deferred[i];
		struct deferred_chunk c = {
			.source = j->source,
			.offset = j->offset + first->at,
			.n = first->n,
		};
		for (; i < j->n_deferred && j->deferred[i].at == first->at;
		     i++) {
			if (c.n_records == DEFERRED_RECORDS_MAX)
				continue;
			struct deferred_record *const to =
			    &records[c.n_records++];
			/* The padding of *to is written too. */
			memset(to, 0, sizeof(*to));
			*to = j->deferred[i].record;
			if (to->before == 0)
				to->before = j->pending->last_time;
		}
		rc = deferred_store_put(
		    r->deferred, &c, j->bytes + first->at, records, e);
	}
	return rc;
}

/* --- lines ---------------------------------------------------------------- */

/* Write the long values of a job, then its lines, which refer to the long
 * values, and its damage. */
static enum rc
write_job(struct results *r, struct job *j, struct err *e)
{
	const struct account *const a = &j->out.account;
	struct pending_source *const s = j->pending;
	struct span spilled = buf_span(&j->out.spilled);
	struct spilled_value v;
	enum rc rc = RC_OK;

	while (rc == RC_OK && value_limit_next_spilled(&spilled, &v))
		rc = writer_field(r->out, v.sha256, v.bytes, e);
	if (rc == RC_OK)
		rc = writer_lines(r->out, buf_span(&j->out.text),
		    a->emitted + a->recovered, e);
	j->written = writer_mark(r->out);
	/* The reason that the terminal shows for a source is that of its first
	 * damage line. */
	if (s->line.reason == NULL && j->damage.n != 0)
		s->line.reason = damage_reason(buf_span(&j->damage));
	return rc == RC_OK ? damage_report_add(r->damage, s->number,
				 s->line.name, buf_span(&j->damage), e)
			   : rc;
}

/* Count the emitted records of chunks with wrong checksums, after duplicates
 * were removed. With `looks` nothing is emitted, so all records that could be
 * read are counted. */
static void
count_unchecked(const struct results *r, struct job *j)
{
	j->out.account.unchecked = 0;
	for (size_t i = 0; i < j->n_pieces; i++) {
		struct account *const a = &j->pieces[i].account;
		a->unchecked = r->o->looks ? a->found - a->damaged : a->emitted;
		if (!j->pieces[i].bad)
			a->unchecked = 0;
		j->out.account.unchecked += a->unchecked;
	}
}

/* --- the coverage --------------------------------------------------------- */

static enum rc
count_logs(struct results *r, const struct job *j, struct err *e)
{
	const struct job_coverage *const t = &j->out.job_coverage;
	const struct coverage_place at = { .source = j->source,
		.name = span_str(j->name),
		.offset = j->offset };
	enum rc rc = RC_OK;

	copy_kind_add(&j->pending->line.copy, &t->copy);
	if (r->o->event_counts != NULL)
		rc = event_counts_merge(
		    r->o->event_counts, &j->out.event_counts, e);
	return rc == RC_OK && r->o->coverage != NULL
		   ? job_coverage_merge(
			 t, r->o->coverage, j->pending->coverage, &at, e)
		   : rc;
}

/* --- jobs ----------------------------------------------------------------- */

static enum rc
collect_deferred(struct results *r, struct job *j, struct err *e)
{
	struct pending_source *const s = j->pending;
	const bool orphans = j->deferred[0].record.kind == DEFERRED_ORPHAN;

	s->out--;
	enum rc rc = duplicate_records_remove(r->duplicates, j, e);
	if (rc != RC_OK)
		return rc;
	count_unchecked(r, j);
	lines_patch(&j->out, s->first_time);
	account_add(&s->line.account, &j->out.account);
	rc = count_logs(r, j, e);
	if (rc == RC_OK)
		rc = chunk_report_add(
		    &r->chunks, j, orphans ? "borrowed" : "recovered", e);
	return rc == RC_OK ? write_job(r, j, e) : rc;
}

/* Set the digest of a small source, which its worker has made. */
static enum rc
set_digest(struct results *r, const struct job *j, struct err *e)
{
	struct pending_source *const s = j->pending;

	s->digesting = false;
	if (options_show_digest(r->o))
		memcpy(s->before, j->sha256, sizeof(s->before));
	if (!r->o->digests)
		return RC_OK;
	memcpy(s->line.sha256, j->sha256, sizeof(s->line.sha256));
	return duplicate_sources_add(r->duplicate_sources, &s->line, e);
}

enum rc
results_settle(void *results, struct job *j, bool *copy, struct err *e)
{
	struct results *const r = results;
	struct pending_source *const s = j->pending;
	enum rc rc = RC_OK;

	if (j->doubtful)
		rc = source_duplicate_find(
		    r->duplicate_sources, s, j->sha256, e);
	*copy = s->line.duplicate_of != NULL;
	if (rc == RC_OK && !*copy)
		rc = set_digest(r, j, e);
	s->digesting = false;
	j->whole = 0;
	return rc;
}

static enum rc
collect_chunks(struct results *r, struct job *j, struct err *e)
{
	struct pending_source *const s = j->pending;
	struct lines *const out = &j->out;
	enum rc rc = j->whole != 0 ? set_digest(r, j, e) : RC_OK;

	s->out--;
	if (s->line.duplicate_of != NULL)
		return RC_OK;
	for (size_t i = 0; rc == RC_OK && i < j->n_pieces; i++)
		rc = source_status_add_piece(&r->status, j, &j->pieces[i], e);
	/* store_deferred() has a large array, which hardened builds clear on
	 * each call. */
	if (rc == RC_OK && j->n_deferred != 0)
		rc = store_deferred(r, j, e);
	if (rc == RC_OK)
		rc = duplicate_records_remove(r->duplicates, j, e);
	count_unchecked(r, j);
	lines_patch(out, s->last_time);
	account_add(&s->line.account, &out->account);
	r->progress->now.records += out->account.found;
	if (s->first_time == 0)
		s->first_time = out->first_time;
	if (out->last_time != 0)
		s->last_time = out->last_time;
	if (rc == RC_OK)
		rc = count_logs(r, j, e);
	if (rc == RC_OK)
		rc = chunk_report_add(&r->chunks, j, NULL, e);
	if (rc == RC_OK)
		rc = write_job(r, j, e);
	if (rc == RC_OK && s->read && s->out == 0)
		rc = source_status_end(&r->status, s, e);
	return rc;
}

enum rc
results_collect(void *results, struct job *j, struct err *e)
{
	struct results *const r = results;
	const enum rc rc = j->templates != NULL ? collect_deferred(r, j, e)
						: collect_chunks(r, j, e);

	return rc == RC_OK ? sources_finish(r->sources, e) : rc;
}
