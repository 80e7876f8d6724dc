/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/aside.h"
#include "convert/collected.h"
#include "convert/convert.h"
#include "convert/identity.h"
#include "convert/inner.h"
#include "util/hasher.h"
#include "util/num.h"
#include "util/pool.h"
#include "util/text.h"

#define SLOTS_PER_JOB 2U
#define DAMAGE_MAX ((size_t)1 << 20)

bool
convert_source_good(const struct manifest_source *s)
{
	return s->error == NULL && s->chunks_bad == 0 &&
	       s->account.damaged == 0 && s->account.regions == 0 &&
	       s->account.borrowed == 0 && s->account.disagreements == 0 &&
	       s->account.one_sided == 0;
}

/* Set the records of one chunk aside, which start at `first` of the job's. */
static enum rc
put_aside(struct run *r, const struct job *j, size_t first, struct err *e)
{
	const struct job_aside *const one = &j->aside[first];
	struct aside_record records[ASIDE_RECORDS_MAX];
	struct aside_chunk c = {
		.source = j->source,
		.offset = j->offset + one->at,
		.n = one->n,
	};

	for (size_t i = first; i < j->n_aside && j->aside[i].at == one->at &&
			       c.n_records < ASIDE_RECORDS_MAX;
	     i++) {
		struct aside_record *const to = &records[c.n_records++];
		memset(to, 0, sizeof(*to)); /* padding goes into a file */
		*to = j->aside[i].record;
		if (to->before == 0)
			to->before = r->tracks[j->source].last_time;
	}
	return aside_put(r->aside, &c, j->bytes + one->at, records, e);
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

/* The one that was given back first is taken first: its digests are done. */
void
convert_give_back(struct run *r, const struct job *j)
{
	r->idle[(r->first_idle + r->n_idle++) % r->slots] =
	    (size_t)(j - r->jobs);
}

/* Before the lines that name them. */
static enum rc
write_long_values(struct run *r, const struct job *j, struct err *e)
{
	struct span spilled = buf_span(&j->out.spilled);
	struct longfield_value v;
	enum rc rc = RC_OK;

	while (rc == RC_OK && longfield_next(&spilled, &v))
		rc = writer_field(r->out, v.sha256, v.bytes, e);
	return rc;
}

/* Lines of damage and lines of a job; n lines. */
static enum rc
write_job(struct run *r, struct job *j, uint64_t n, struct err *e)
{
	enum rc rc = write_long_values(r, j, e);

	if (rc == RC_OK)
		rc = writer_lines(r->out, buf_span(&j->out.text), n, e);
	j->written = writer_mark(r->out);
	return rc == RC_OK ? writer_damage(r->out, buf_span(&j->damage), e)
			   : rc;
}

static enum rc
cut_copies(struct run *r, struct job *j, struct err *e)
{
	if (r->o->dedupe == DEDUPE_NONE)
		return RC_OK;
	/* Late lines come when their source is long done: one set for all. */
	const uint64_t of = r->o->dedupe == DEDUPE_FILE ? j->source + 1 : 0;
	return dedupe_lines(&r->keys, of, &j->out, e);
}

static enum rc
consume_late(struct run *r, struct job *j, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[j->source];
	struct account *const a = &j->out.account;
	const enum rc rc = cut_copies(r, j, e);

	if (rc != RC_OK)
		return rc;
	lines_patch(&j->out, r->tracks[j->source].first_time);
	account_add(&s->account, a);
	return write_job(r, j, a->emitted + a->recovered, e);
}

static enum rc
consume_chunks(struct run *r, struct job *j, struct err *e)
{
	struct manifest_source *const s = &r->m->sources[j->source];
	struct track *const t = &r->tracks[j->source];
	struct lines *const out = &j->out;
	enum rc rc = RC_OK;

	t->out--;
	for (size_t i = 0; rc == RC_OK && i < j->n_pieces; i++)
		rc = verdict_piece(r, j, &j->pieces[i], e);
	if (rc == RC_OK)
		rc = put_all_aside(r, j, e);
	if (rc == RC_OK)
		rc = cut_copies(r, j, e);
	lines_patch(out, t->last_time);
	account_add(&s->account, &out->account);
	if (t->first_time == 0)
		t->first_time = out->first_time;
	if (out->last_time != 0)
		t->last_time = out->last_time;
	if (rc == RC_OK)
		rc = write_job(r, j, out->account.emitted, e);
	if (rc == RC_OK && t->read && t->out == 0)
		rc = verdict_end(r, j->source, e);
	return rc;
}

/* Take the results of a job. */
static enum rc
consume(struct run *r, struct job *j, struct err *e)
{
	convert_give_back(r, j);
	if (j->failed) {
		*e = j->err;
		return e->rc;
	}
	return j->known != NULL ? consume_late(r, j, e)
				: consume_chunks(r, j, e);
}

/* An idle job. What is done is taken at once, so that its digest and the next
 * job go on side by side; if there is none yet, the oldest one out is waited
 * for. */
enum rc
convert_get_job(struct run *r, struct job **j, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && (r->n_idle == 0 || pool_ready(r->pool)))
		rc = consume(r, pool_take(r->pool), e);
	if (rc != RC_OK)
		return rc;
	*j = &r->jobs[r->idle[r->first_idle++ % r->slots]];
	r->n_idle--;
	/* What it holds may still be on its way into a digest. */
	rc = writer_wait(r->out, (*j)->written, e);
	if (rc == RC_OK && r->digest != NULL)
		rc = hasher_wait(r->digest, (*j)->read, e);
	return rc;
}

enum rc
convert_check_stop(const struct run *r, struct err *e)
{
	if (r->o->stop != NULL && *r->o->stop != 0)
		return err_set(e, RC_FATAL, WHY_STOPPED, "interrupted");
	return RC_OK;
}

bool
convert_shows_digest(const struct run *r)
{
	return r->o->worker.record.line.provenance == SCHEMA_PROVENANCE_FULL;
}

static enum rc
start_worker(struct run *r, unsigned i, struct err *e)
{
	struct worker *w;

	const enum rc rc = worker_create(&w, &r->o->worker, e);
	r->workers[i] = w;
	return rc;
}

static enum rc
start_workers(struct run *r, struct err *e)
{
	const unsigned n = r->o->jobs;
	enum rc rc = RC_OK;

	r->workers = calloc(n, sizeof(*r->workers));
	/* Two, if one of them may have to wait for digests. */
	r->slots = n > 1               ? (size_t)n * SLOTS_PER_JOB + 1
		   : r->digest != NULL ? 2
				       : 1;
	r->jobs = calloc(r->slots, sizeof(*r->jobs));
	r->idle = calloc(r->slots, sizeof(*r->idle));
	r->carry = malloc(JOB_BYTES);
	r->head = malloc(IDENTITY_HEAD_BYTES);
	if (r->workers == NULL || r->jobs == NULL || r->idle == NULL ||
	    r->carry == NULL || r->head == NULL)
		return err_nomem(e);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		rc = start_worker(r, i, e);
	for (size_t i = 0; rc == RC_OK && i < r->slots; i++) {
		rc = job_init(&r->jobs[i], e);
		convert_give_back(r, &r->jobs[i]);
	}
	const struct pool_options po = {
		.threads = n,
		.slots = r->slots,
		.workers = r->workers,
		.work = worker_run,
	};
	return rc == RC_OK ? pool_create(&r->pool, &po, e) : rc;
}

static void
stop_workers(struct run *r)
{
	struct err e;

	/* Threads first: they use what is freed below. What a digest of the
	 * lines fails with is said when its segment is closed. */
	pool_destroy(r->pool);
	(void)writer_wait(r->out, writer_mark(r->out), &e);
	hasher_destroy(r->digest);
	for (unsigned i = 0; r->workers != NULL && i < r->o->jobs; i++)
		worker_destroy(r->workers[i]);
	for (size_t i = 0; r->jobs != NULL && i < r->slots; i++)
		job_free(&r->jobs[i]);
	free(r->workers);
	free(r->jobs);
	free(r->idle);
	free(r->tracks);
	free(r->carry);
	free(r->head);
	identity_destroy(r->seen);
	keyset_free(&r->keys);
	aside_destroy(r->aside);
	catalog_destroy(r->known);
	catalog_destroy(r->learned);
	buf_reset(&r->damage);
}

enum rc
convert_drain(struct run *r, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && pool_out(r->pool) != 0)
		rc = consume(r, pool_take(r->pool), e);
	return rc;
}

/* The next chunk that was set aside, with its orphans or its old records, as a
 * job; without any, it is idle again. */
static enum rc
submit_aside(struct run *r, bool old, struct err *e)
{
	struct aside_record records[ASIDE_RECORDS_MAX];
	struct aside_chunk c;
	struct job *j;

	enum rc rc = convert_get_job(r, &j, e);
	if (rc != RC_OK)
		return rc;
	rc = aside_next(r->aside, &c, j->bytes, records, e);
	j->n_aside = 0;
	for (size_t i = 0; rc == RC_OK && i < c.n_records; i++) {
		const struct job_aside one = { 0, c.n, records[i] };
		if (records[i].old == old)
			rc = job_add_aside(j, &one, e);
	}
	if (rc != RC_OK || j->n_aside == 0) {
		convert_give_back(r, j);
		return rc;
	}
	j->known = r->known;
	j->source = c.source;
	memcpy(j->sha256, r->tracks[c.source].sha256, sizeof(j->sha256));
	j->name = r->m->sources[c.source].name;
	j->offset = c.offset;
	pool_submit(r->pool, j);
	return convert_check_stop(r, e);
}

/* Read what was set aside: the orphans, or the old records. */
static enum rc
read_aside(struct run *r, bool old, struct err *e)
{
	if (aside_count(r->aside, old) == 0)
		return RC_OK;
	enum rc rc = writer_turn(r->out, old ? "recovered" : "borrowed", e);
	aside_rewind(r->aside);
	while (rc == RC_OK)
		rc = submit_aside(r, old, e);
	return rc == RC_END ? convert_drain(r, e) : rc;
}

/* All sources are read: now the templates of the run are known. */
static enum rc
read_late(struct run *r, struct err *e)
{
	enum rc rc = catalog_create(&r->known, e);

	if (rc == RC_OK && r->learned != NULL)
		catalog_merge(r->known, r->learned);
	for (unsigned i = 0; rc == RC_OK && i < r->o->jobs; i++)
		catalog_merge(r->known, worker_catalog(r->workers[i]));
	if (rc == RC_OK)
		rc = read_aside(r, false, e);
	if (rc == RC_OK)
		rc = read_aside(r, true, e);
	return rc;
}

/* The account of the run is that of its sources. */
static bool
close_account(struct run *r)
{
	bool closes = true;

	for (size_t i = 0; i < r->m->n_sources; i++) {
		const struct account *const a = &r->m->sources[i].account;
		closes = closes && account_closes(a);
		account_add(&r->m->account, a);
	}
	return closes && account_closes(&r->m->account);
}

/* Sources that were converted before the run: their copies are told. */
static enum rc
know_earlier(struct run *r, struct err *e)
{
	const struct manifest *const m = r->m;
	enum rc rc = RC_OK;

	if (m->n_earlier == 0)
		return RC_OK;
	r->cap_tracks = m->n_earlier;
	r->tracks = calloc(m->n_earlier, sizeof(*r->tracks));
	if (r->tracks == NULL)
		return err_nomem(e);
	for (size_t i = 0; rc == RC_OK && i < m->n_earlier; i++) {
		const struct manifest_source *const s = &m->sources[i];
		r->tracks[i].read = true;
		if (s->error == NULL && s->duplicate_of == NULL)
			rc = identity_whole(r->seen, m, i, e);
	}
	identity_doubt(r->seen);
	return rc;
}

static enum rc
convert_all(struct run *r, struct err *e)
{
	enum rc rc = RC_OK;

	if (r->o->digests || convert_shows_digest(r))
		rc = hasher_create(&r->digest, e);
	if (rc == RC_OK && r->o->digests)
		rc = identity_create(&r->seen, e);
	if (rc == RC_OK)
		rc = aside_create(
		    &r->aside, writer_state(r->out), r->o->scratch, e);
	if (rc == RC_OK)
		rc = start_workers(r, e);
	if (rc == RC_OK)
		rc = know_earlier(r, e);
	if (rc == RC_OK && r->o->digests)
		rc = checkpoint_load(r, e);
	for (size_t i = r->point.entry; rc == RC_OK && i < r->walk->n; i++) {
		r->point.entry = i;
		rc = intake_entry(r, &r->walk->entries[i], e);
	}
	if (rc == RC_OK)
		rc = convert_drain(r, e);
	if (rc == RC_OK)
		rc = read_late(r, e);
	if (rc == RC_OK)
		rc = collected_note(r->m, e);
	if (!close_account(r) && rc == RC_OK)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the account of the records does not close: this is a bug "
		    "of evtxstage");
	return rc;
}

enum rc
convert_run(const struct convert_options *o, const struct walk *w,
    struct writer *out, struct manifest *m, struct err *e)
{
	struct run r = { .o = o, .walk = w, .out = out, .m = m };

	buf_init(&r.damage, DAMAGE_MAX);
	for (size_t i = 0; i < w->n; i++)
		r.on_stdin = r.on_stdin || w->entries[i].is_stdin;
	const enum rc rc = convert_all(&r, e);
	stop_workers(&r);
	return rc;
}
