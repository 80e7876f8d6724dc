/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/listings.h"
#include "convert/collected.h"
#include "convert/inputs_digest.h"
#include "coverage/coverage_json.h"
#include "select/select.h"
#include "util/json.h"

#define FLUSH_BYTES ((size_t)1 << 20)

/* Lines of an .ndjson file that are not written yet. */
struct pending_lines {
	struct writer *out;
	enum rc (*write)(struct writer *w, struct span lines, struct err *e);
	struct buf lines;
};

/* Write the lines if they have at least `from` bytes. */
static enum rc
flush(struct pending_lines *p, size_t from, struct err *e)
{
	if (p->lines.full)
		return buf_fail(
		    &p->lines, "a part of sources.ndjson or logs.ndjson", e);
	if (p->lines.n < from || p->lines.n == 0)
		return RC_OK;
	const enum rc rc = p->write(p->out, buf_span(&p->lines), e);
	buf_cut(&p->lines, 0);
	return rc;
}

/* Pass a source to the caller's watch function, with the coverage of its logs
 * if that is kept. */
static enum rc
show_source(const struct listings *l, const struct source_entry *s,
    uint64_t number, struct err *e)
{
	struct coverage *logs;

	if (l->o->watch.source == NULL)
		return RC_OK;
	enum rc rc = sources_census(l->sources, number, &logs, e);
	if (rc == RC_OK && logs != NULL)
		rc = coverage_end(logs, e);
	if (rc == RC_OK)
		l->o->watch.source(l->o->watch.ctx, s, logs);
	coverage_destroy(logs);
	return rc;
}

static void
count(const struct listings *l, const struct source_entry *s)
{
	manifest_count(&l->m->counts, s);
	account_add(&l->m->account, &s->account);
}

static enum rc
write_sources(const struct listings *l, struct pending_lines *to,
    struct template_list *templates, struct err *e)
{
	struct finished_source one;
	struct collected where;
	enum rc rc;

	to->write = writer_sources;
	sources_rewind(l->sources);
	while ((rc = sources_next(l->sources, &one, e)) == RC_OK) {
		struct source_entry *const s = &one.line;
		if (!account_closes(&s->account))
			return err_set(e, RC_FATAL, WHY_TAMPERED,
			    "the record counts of %.200s do not add up: this "
			    "is a bug of evtxstage",
			    s->name);
		if (l->o->inputs != NULL &&
		    inputs_digest_add_source(l->o->inputs, &one, e) != RC_OK)
			return e->rc;
		count(l, s);
		unmatched_add_source(l->unmatched, &one);
		if (templates != NULL)
			template_list_add(
			    templates, one.number, s->name, l->m->templates);
		rc = collected_find(&where, s, e);
		if (rc == RC_OK && l->o->digests)
			rc = source_entry_write(
			    &to->lines, s, select_reasons, e);
		if (rc == RC_OK)
			rc = show_source(l, s, one.number, e);
		collected_reset(&where);
		if (rc == RC_OK)
			rc = flush(to, FLUSH_BYTES, e);
		if (rc != RC_OK)
			return rc;
	}
	return rc == RC_END ? flush(to, 0, e) : rc;
}

static enum rc
write_logs(const struct listings *l, struct pending_lines *to, struct err *e)
{
	struct cJSON *o;
	enum rc rc = RC_OK;

	to->write = writer_logs;
	for (size_t i = 0;
	     rc == RC_OK && (o = coverage_json(l->o->coverage, i)) != NULL;
	     i++) {
		rc = json_write(&to->lines, o, e);
		json_free(o);
		buf_byte(&to->lines, '\n');
		if (rc == RC_OK)
			rc = flush(to, FLUSH_BYTES, e);
	}
	return rc == RC_OK ? flush(to, 0, e) : rc;
}

enum rc
listings_write(const struct listings *l, struct err *e)
{
	struct pending_lines lines = { .out = l->out };
	struct template_list *templates = NULL;

	buf_init(&lines.lines, FLUSH_BYTES + MAXIMUM_LINE);
	enum rc rc = damage_report_end(l->damage, &l->m->damage_summed, e);
	if (rc == RC_OK)
		rc = writer_begin_end(l->out, e);
	if (rc == RC_OK && l->o->coverage != NULL)
		rc = coverage_end(l->o->coverage, e);
	if (rc == RC_OK && l->templates != NULL) {
		l->m->templates = json_array();
		rc = template_list_create(&templates, l->templates, e);
	}
	if (rc == RC_OK)
		rc = write_sources(l, &lines, templates, e);
	template_list_destroy(templates);
	if (rc == RC_OK && l->o->coverage != NULL && l->o->digests)
		rc = write_logs(l, &lines, e);
	buf_reset(&lines.lines);
	if (rc == RC_OK && !account_closes(&l->m->account))
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "the record counts of the run do not add up: this is a bug "
		    "of evtxstage");
	return rc;
}

void
listings_count_failed(const struct listings *l)
{
	struct finished_source one;
	struct err e;

	l->m->counts = (struct manifest_counts){ .sources = 0 };
	l->m->account = l->earlier;
	if (l->o->coverage != NULL)
		(void)coverage_end(l->o->coverage, &e);
	sources_rewind(l->sources);
	while (sources_next(l->sources, &one, &e) == RC_OK) {
		count(l, &one.line);
		(void)show_source(l, &one.line, one.number, &e);
	}
	for (const struct pending_source *s = sources_first_pending(l->sources);
	     s != NULL; s = s->next) {
		if (s->reopened)
			continue;
		count(l, &s->line);
		(void)show_source(l, &s->line, s->number, &e);
	}
}
