/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "convert/coverage_store.h"
#include "convert/damage_summary.h"
#include "convert/deferred_store.h"
#include "convert/duplicate_sources.h"
#include "convert/finished_sources.h"
#include "convert/inner.h"
#include "convert/inputs.h"
#include "convert/key_journal.h"
#include "convert/source_channel.h"
#include "convert/sources.h"
#include "util/digest_thread.h"
#include "util/json.h"
#include "util/num.h"
#include "util/pool.h"
#include "util/sorter.h"
#include "util/text.h"

#define SLOTS_PER_JOB 2U
#define REPORT_MAX ((size_t)64 << 20) /* lines of a job, with long names */

/* The one that was given back first is taken first: its digests are done. */
void
convert_give_back(struct run *r, const struct job *j)
{
	r->idle[(r->first_idle + r->n_idle++) % r->slots] =
	    (size_t)(j - r->jobs);
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
	return consume_job(r, j, e);
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
		rc = digest_thread_wait(r->digest, (*j)->read, e);
	return rc;
}

enum rc
convert_check_stop(const struct run *r, struct err *e)
{
	const volatile sig_atomic_t *const stop = r->o->worker.stop;

	if (stop != NULL && *stop != 0)
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
	r->head = malloc(SOURCE_HEAD_BYTES);
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
	digest_thread_destroy(r->digest);
	for (unsigned i = 0; r->workers != NULL && i < r->o->jobs; i++)
		worker_destroy(r->workers[i]);
	for (size_t i = 0; r->jobs != NULL && i < r->slots; i++)
		job_free(&r->jobs[i]);
	free(r->workers);
	free(r->jobs);
	free(r->idle);
	pending_sources_clear(&r->lives);
	finished_sources_destroy(r->done);
	coverage_store_destroy(r->kept);
	buf_reset(&r->last_name);
	free(r->found);
	free(r->carry);
	free(r->head);
	duplicate_sources_destroy(r->seen);
	keyset_destroy(r->keys);
	key_journal_destroy(r->keylog);
	inputs_destroy(r->inputs);
	deferred_store_destroy(r->aside);
	source_channel_destroy(r->logs);
	template_catalog_destroy(r->known);
	template_catalog_destroy(r->learned);
	buf_reset(&r->damage);
	damage_summary_destroy(r->damage_sum);
	buf_reset(&r->chunks);
}

enum rc
convert_drain(struct run *r, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && pool_out(r->pool) != 0)
		rc = consume(r, pool_take(r->pool), e);
	return rc;
}

/* Give a job the records of a kind that were set aside of a chunk. */
static enum rc
take_kind(struct job *j, const struct deferred_chunk *c,
    const struct deferred_record *records, enum deferred_kind kind,
    struct err *e)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < c->n_records; i++) {
		const struct job_deferred one = { 0, c->n, records[i] };
		if (records[i].kind == kind)
			rc = job_defer(j, &one, e);
	}
	return rc;
}

/* The next chunk that was set aside, with its records of the kinds from `first`
 * to `last`, as a job; without any, it is idle again. */
static enum rc
submit_aside(struct run *r, enum deferred_kind first, enum deferred_kind last,
    struct err *e)
{
	struct deferred_record records[DEFERRED_RECORDS_MAX];
	struct deferred_chunk c = { .n = 0 };
	struct job *j;

	enum rc rc = convert_get_job(r, &j, e);
	if (rc != RC_OK)
		return rc;
	rc = deferred_store_next(r->aside, &c, j->bytes, records, e);
	j->n_aside = 0;
	for (enum deferred_kind k = first; rc == RC_OK && k <= last; k++)
		rc = take_kind(j, &c, records, k, e);
	if (rc != RC_OK || j->n_aside == 0) {
		convert_give_back(r, j);
		return rc;
	}
	j->known = r->known;
	rc = sources_late(r, c.source, &j->live, e);
	if (rc != RC_OK)
		return rc;
	j->live->out++;
	j->source = c.source;
	memcpy(j->sha256, j->live->before, sizeof(j->sha256));
	j->name = j->live->line.name;
	if (r->logs != NULL)
		j->log = source_channel_mask(r->logs, j->name, &j->live->log);
	j->offset = c.offset;
	pool_submit(r->pool, j);
	return convert_check_stop(r, e);
}

/* Read what was set aside: the orphans, or what is recovered. */
static enum rc
read_aside(struct run *r, bool recovered, struct err *e)
{
	const enum deferred_kind first =
	    recovered ? DEFERRED_HIDDEN : DEFERRED_ORPHAN;
	const enum deferred_kind last =
	    recovered ? DEFERRED_INNER : DEFERRED_ORPHAN;
	uint64_t n = 0;

	for (enum deferred_kind k = first; k <= last; k++)
		n += deferred_store_count(r->aside, k);
	if (n == 0)
		return RC_OK;
	enum rc rc =
	    writer_turn(r->out, recovered ? "recovered" : "borrowed", e);
	deferred_store_rewind(r->aside);
	finished_sources_rewind(r->done);
	while (rc == RC_OK)
		rc = submit_aside(r, first, last, e);
	if (rc == RC_END)
		rc = convert_drain(r, e);
	return rc == RC_OK ? sources_late_end(r, e) : rc;
}

/* All sources are read: now the templates of the run are known. */
static enum rc
read_late(struct run *r, struct err *e)
{
	enum rc rc = template_catalog_create(&r->known, e);

	/* A catalog without memory calls itself full. */
	errno = 0;
	if (rc == RC_OK && r->learned != NULL)
		template_catalog_merge(r->known, r->learned);
	for (unsigned i = 0; rc == RC_OK && i < r->o->jobs; i++)
		template_catalog_merge(r->known, worker_catalog(r->workers[i]));
	if (rc == RC_OK && errno == ENOMEM)
		rc = err_nomem(e);
	if (rc == RC_OK)
		rc = read_aside(r, false, e);
	finished_sources_next_pass(r->done);
	if (rc == RC_OK)
		rc = read_aside(r, true, e);
	return rc;
}

static enum rc
know_source(void *arg, const struct scan_line *line, struct err *e)
{
	struct run *const r = arg;
	struct source_entry s;
	struct cJSON *o = NULL;

	enum rc rc = json_parse(line->text, "sources.ndjson", &o, e);
	if (rc == RC_OK)
		rc = source_entry_read(o, &s, e);
	if (rc == RC_OK)
		r->m->base_counts.bytes += s.bytes;
	if (rc == RC_OK && s.error == NULL && s.duplicate_of == NULL)
		rc = duplicate_sources_add(r->seen, &s, e);
	json_free(o);
	return rc;
}

/* Sources that were converted before the run: their copies are told. */
static enum rc
know_earlier(struct run *r, struct err *e)
{
	const struct scan_visit visit = { know_source, r };

	if (r->m->base_counts.sources == 0)
		return RC_OK;
	const enum rc rc = writer_base_sources(r->out, &visit, e);
	duplicate_sources_add_unknown(r->seen);
	return rc == RC_OK ? convert_know_lines(r, e) : rc;
}

/* Only a run that can be resumed needs its keys on disk. */
static enum rc
start_keys(struct run *r, struct err *e)
{
	const struct keyset_options o = { writer_state(r->out), r->o->scratch,
		r->o->dedupe_memory };

	if (r->o->dedupe == DEDUPE_NONE)
		return RC_OK;
	const enum rc rc = keyset_create(&r->keys, &o, e);
	return rc == RC_OK && checkpoint_possible(r)
		   ? key_journal_create(&r->keylog, o.dirfd, e)
		   : rc;
}

static enum rc
start_logs(struct run *r, struct err *e)
{
	const struct queries *const q = r->o->worker.record.select->queries;

	return q == NULL
		   ? RC_OK
		   : source_channel_create(&r->logs, q, r->o->log_name, e);
}

/* All inputs, from the one on that a checkpoint was taken in. */
static enum rc
read_inputs(struct run *r, struct err *e)
{
	const uint64_t first = r->point.entry;
	struct sorter_reader *list = NULL;
	struct walk_entry entry;

	enum rc rc = walk_read(&list, r->walk, e);
	for (uint64_t i = 0; rc == RC_OK; i++) {
		rc = walk_next(list, &entry, e);
		if (rc != RC_OK || i < first)
			continue;
		r->point.entry = i;
		rc = intake_entry(r, &entry, e);
	}
	sorter_reader_destroy(list);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
convert_all(struct run *r, struct err *e)
{
	enum rc rc = start_logs(r, e);

	if (rc == RC_OK && (r->o->digests || convert_shows_digest(r)))
		rc = digest_thread_create(&r->digest, e);
	if (rc == RC_OK && r->o->digests)
		rc =
		    duplicate_sources_create(&r->seen, writer_state(r->out), e);
	if (rc == RC_OK)
		rc = finished_sources_create(&r->done, writer_state(r->out),
		    r->o->scratch, r->n_sources, e);
	if (rc == RC_OK && r->o->looks)
		rc = coverage_store_create(
		    &r->kept, writer_state(r->out), r->o->scratch, e);
	if (rc == RC_OK)
		rc = deferred_store_create(
		    &r->aside, writer_state(r->out), r->o->scratch, e);
	if (rc == RC_OK && checkpoint_possible(r))
		rc =
		    inputs_create(&r->inputs, r->walk, writer_state(r->out), e);
	if (rc == RC_OK)
		rc = damage_summary_create(&r->damage_sum, e);
	if (rc == RC_OK)
		rc = start_keys(r, e);
	if (rc == RC_OK)
		rc = start_workers(r, e);
	if (rc == RC_OK)
		rc = know_earlier(r, e);
	if (rc == RC_OK && r->o->digests)
		rc = checkpoint_load(r, e);
	if (rc == RC_OK)
		rc = read_inputs(r, e);
	if (rc == RC_OK)
		rc = convert_drain(r, e);
	if (rc == RC_OK)
		rc = read_late(r, e);
	return rc == RC_OK ? sources_write(r, e) : rc;
}

enum rc
convert_run(const struct convert_options *o, const struct walk *w,
    struct writer *out, struct manifest *m, struct err *e)
{
	struct run r = { .o = o, .walk = w, .out = out, .m = m };

	r.spool = (struct spool){ .dirfd = writer_state(out),
		.scratch = o->scratch,
		.max = o->spool,
		.stop = o->worker.stop };

	r.n_sources = m->base_counts.sources;
	r.earlier_account = m->account;
	buf_init(&r.last_name, REPORT_MAX);
	buf_init(&r.damage, REPORT_MAX);
	buf_init(&r.chunks, REPORT_MAX);
	r.found = calloc(w->n_operands + 1, sizeof(*r.found));
	const enum rc rc = r.found == NULL ? err_nomem(e) : convert_all(&r, e);
	if (rc == RC_OK) {
		unmet_inputs(&r);
		unmet_tell(&r);
	} else {
		sources_tell(&r);
	}
	stop_workers(&r);
	return rc;
}
