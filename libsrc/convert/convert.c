/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "convert/convert.h"
#include "convert/deferred_reader.h"
#include "convert/intake.h"
#include "convert/listings.h"
#include "convert/results.h"
#include "coverage/coverage.h"
#include "util/json.h"

/* The parts of a run. */
struct parts {
	const struct convert_options *o;
	struct writer *out;
	struct manifest *m;
	/* Record counts of the staging that this run adds to. */
	struct account base_account;
	/* Thread that makes digests of sources; NULL: none are needed. */
	struct digest_thread *digest;
	/* Channels of sources, to compare with queries; NULL: there are no
	 * queries. */
	struct source_channel *channels;
	/* NULL: o->digests is false, so duplicate sources are not searched for.
	 */
	struct duplicate_sources *duplicate_sources;
	struct duplicate_records *duplicate_records;
	struct deferred_store *deferred;
	struct damage_report *damage;
	struct sources *sources;
	struct progress progress;
	struct results results;
	struct dispatch *dispatch;
	struct intake_state state;
	/* NULL: o->digests is false, so no checkpoints are written. */
	struct checkpoint *checkpoint;
	struct source_reader *reader;
};

/* --- start and end -------------------------------------------------------- */

static enum rc
create_stores(
    struct parts *p, const struct walk *w, bool resumable, struct err *e)
{
	const struct convert_options *const o = p->o;
	const struct queries *const q = o->worker.record.select->queries;
	const int dirfd = writer_state(p->out);
	const struct sources_options so = { dirfd, o->scratch,
		p->m->base_counts.sources, o->looks };
	const struct duplicate_records_options dro = { o->dedupe,
		o->dedupe_memory, dirfd, o->scratch, resumable };
	const struct digest_thread_options shares = {
		.beside = writer_digest(p->out),
	};
	enum rc rc = intake_state_init(&p->state, w, e);

	if (rc == RC_OK && q != NULL)
		rc = source_channel_create(&p->channels, q, o->log_name, e);
	if (rc == RC_OK && (o->digests || options_show_digest(o)))
		rc = digest_thread_create(&p->digest, &shares, e);
	if (rc == RC_OK && o->digests)
		rc = duplicate_sources_create(&p->duplicate_sources, dirfd, e);
	if (rc == RC_OK)
		rc = sources_create(&p->sources, &so, e);
	if (rc == RC_OK)
		rc = deferred_store_create(&p->deferred, dirfd, o->scratch, e);
	if (rc == RC_OK)
		rc = damage_report_create(&p->damage, p->out, e);
	return rc == RC_OK
		   ? duplicate_records_create(&p->duplicate_records, &dro, e)
		   : rc;
}

static enum rc
create_dispatch(struct parts *p, struct err *e)
{
	const struct dispatch_options d = { &p->o->worker, p->o->jobs,
		p->digest, p->out, results_collect, results_settle,
		&p->results };

	p->progress.watch = &p->o->watch;
	p->results = (struct results){
		.o = p->o,
		.out = p->out,
		.sources = p->sources,
		.status = { p->o, p->damage, p->out },
		.damage = p->damage,
		.duplicates = p->duplicate_records,
		.duplicate_sources = p->duplicate_sources,
		.deferred = p->deferred,
		.progress = &p->progress,
	};
	chunk_report_init(&p->results.chunks, p->out, p->o->chunk_table);
	return dispatch_create(&p->dispatch, &d, e);
}

static enum rc
create_reader(
    struct parts *p, const struct walk *w, bool resumable, struct err *e)
{
	const struct checkpoint_parts c = { p->o, p->m, w, p->out, p->dispatch,
		p->sources, p->duplicate_sources, p->duplicate_records,
		p->damage, p->deferred, p->digest, &p->state };
	enum rc rc = RC_OK;

	if (p->o->digests)
		rc = checkpoint_create(&p->checkpoint, &c, e);
	if (rc != RC_OK)
		return rc;
	const struct source_reader_options r = {
		.o = p->o,
		.dispatch = p->dispatch,
		.sources = p->sources,
		.status = &p->results.status,
		.digest = p->digest,
		.duplicates = p->duplicate_sources,
		.channels = p->channels,
		.checkpoint = resumable ? p->checkpoint : NULL,
		.progress = &p->progress,
		.state = &p->state,
		.dirfd = writer_state(p->out),
		.first = p->m->base_counts.sources,
	};
	return source_reader_create(&p->reader, &r, e);
}

static void
destroy_parts(struct parts *p)
{
	source_reader_destroy(p->reader);
	checkpoint_destroy(p->checkpoint);
	/* The threads of dispatch use the parts below. */
	dispatch_destroy(p->dispatch);
	chunk_report_reset(&p->results.chunks);
	duplicate_records_destroy(p->duplicate_records);
	damage_report_destroy(p->damage);
	deferred_store_destroy(p->deferred);
	sources_destroy(p->sources);
	duplicate_sources_destroy(p->duplicate_sources);
	digest_thread_destroy(p->digest);
	source_channel_destroy(p->channels);
	intake_state_reset(&p->state);
}

/* --- a staging that is added to ------------------------------------------- */

static enum rc
add_base_source(void *arg, const struct scan_line *line, struct err *e)
{
	struct parts *const p = arg;
	struct source_entry s;
	struct cJSON *o = NULL;

	enum rc rc = json_parse(line->text, "sources.ndjson", &o, e);
	if (rc == RC_OK)
		rc = source_entry_read(o, &s, e);
	if (rc == RC_OK)
		p->m->base_counts.bytes += s.bytes;
	if (rc == RC_OK && s.error == NULL && s.duplicate_of == NULL)
		rc = duplicate_sources_add(p->duplicate_sources, &s, e);
	json_free(o);
	return rc;
}

/* Add the sources and rows of the staging that is added to, so that copies of
 * them are found. The first bytes of its sources are not known any more. */
static enum rc
add_base(struct parts *p, struct err *e)
{
	const struct scan_visit visit = { add_base_source, p };

	if (p->m->base_counts.sources == 0)
		return RC_OK;
	const enum rc rc = writer_base_sources(p->out, &visit, e);
	duplicate_sources_add_unknown(p->duplicate_sources);
	return rc == RC_OK ? duplicate_records_add_base(p->duplicate_records,
				 p->out, p->o->worker.record.schema, e)
			   : rc;
}

/* --- the run -------------------------------------------------------------- */

static enum rc
read_all(struct parts *p, const struct walk *w, struct err *e)
{
	const struct deferred_reader deferred = { p->o, p->out, p->dispatch,
		p->sources, p->channels, p->deferred };
	struct intake in = {
		.o = p->o,
		.reader = p->reader,
		.dispatch = p->dispatch,
		.sources = p->sources,
		.progress = &p->progress,
		.state = &p->state,
		.spool = { .dirfd = writer_state(p->out),
		    .scratch = p->o->scratch,
		    .max = p->o->spool,
		    .stop = p->o->worker.stop },
	};

	enum rc rc = add_base(p, e);
	if (rc == RC_OK && p->checkpoint != NULL)
		rc = checkpoint_resume(p->checkpoint, e);
	if (rc == RC_OK)
		rc = intake_read(&in, w, e);
	if (rc == RC_OK)
		rc = dispatch_drain(p->dispatch, e);
	return rc == RC_OK ? deferred_reader_read(&deferred, e) : rc;
}

/* Warn of operands that contain no log, and count the files that were skipped.
 */
static void
warn_of_empty_inputs(const struct parts *p, const struct walk *w)
{
	const struct intake_state *const s = &p->state;
	struct manifest *const m = p->m;
	char text[2048];

	m->passed_over += w->passed + s->counts.passed;
	m->unseen += w->unseen + s->counts.unseen;
	m->left_out += s->counts.left_out;
	for (size_t i = 0; i < w->n_operands; i++) {
		if (s->counts.found[i] || w->operands[i].found)
			continue;
		m->inputs_empty++;
		(void)snprintf(text, sizeof(text),
		    "%.2000s: no log was found in it", w->operands[i].path);
		options_warn(p->o, NULL, text);
	}
}

enum rc
convert_run(const struct convert_options *o, const struct walk *w,
    struct writer *out, struct manifest *m, struct err *e)
{
	/* Only a run that writes a staging directory can be resumed, and only
	 * if its inputs can be read again. */
	const bool resumable = o->digests && o->checkpoint != 0 && !w->on_stdin;
	struct parts p = {
		.o = o, .out = out, .m = m, .base_account = m->account
	};

	enum rc rc = create_stores(&p, w, resumable, e);
	if (rc == RC_OK)
		rc = create_dispatch(&p, e);
	if (rc == RC_OK)
		rc = create_reader(&p, w, resumable, e);
	if (rc == RC_OK) {
		struct unmatched unmatched = { .o = o, .channels = p.channels };
		struct template_catalog *templates = NULL;
		rc = read_all(&p, w, e);
		if (rc == RC_OK && o->templates)
			rc = dispatch_templates(p.dispatch, &templates, e);
		const struct listings listings = { o, out, m, p.sources,
			p.damage, &unmatched, templates, p.base_account };
		if (rc == RC_OK)
			rc = listings_write(&listings, e);
		if (rc == RC_OK) {
			warn_of_empty_inputs(&p, w);
			unmatched_warn(&unmatched, m);
		} else {
			listings_count_failed(&listings);
		}
	}
	destroy_parts(&p);
	return rc;
}
