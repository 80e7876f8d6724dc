/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "convert/checkpoint.h"
#include "convert/moved_inputs.h"
#include "coverage/coverage_state.h"
#include "stage/base_manifest.h"

#define TEXT_MAX ((size_t)1 << 30)
/* Version of the text. A checkpoint with another version is refused. */
#define FORMAT 18U
#define COUNT_MAX ((size_t)1 << 32)

struct checkpoint {
	struct checkpoint_parts p;
	struct inputs *inputs; /* inputs of the run */
	uint64_t since; /* number of bytes read since the last checkpoint */
};

enum rc
checkpoint_create(
    struct checkpoint **cp, const struct checkpoint_parts *parts, struct err *e)
{
	struct checkpoint *const c = calloc(1, sizeof(*c));

	*cp = c;
	if (c == NULL)
		return err_nomem(e);
	c->p = *parts;
	return inputs_create(
	    &c->inputs, parts->walk, writer_state(parts->out), e);
}

void
checkpoint_destroy(struct checkpoint *c)
{
	if (c == NULL)
		return;
	inputs_destroy(c->inputs);
	free(c);
}

void
checkpoint_count(struct checkpoint *c, uint64_t bytes)
{
	c->since += bytes;
}

bool
checkpoint_is_due(const struct checkpoint *c)
{
	return c->since >= c->p.o->checkpoint;
}

/* --- what must be the same ------------------------------------------------ */

/* Report a difference between the interrupted run and this one. A value that is
 * NULL was not given. */
static enum rc
differs(struct err *e, const char *what, const char *then, const char *now)
{
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "cannot resume: %s was %s%s%s, now it is %s%s%s: use the same, or "
	    "start anew with --force",
	    what, then == NULL ? "" : "\"", then == NULL ? "not given" : then,
	    then == NULL ? "" : "\"", now == NULL ? "" : "\"",
	    now == NULL ? "not given" : now, now == NULL ? "" : "\"");
}

static void
write_conditions(const struct manifest *m, struct state_writer *w)
{
	size_t n = 0;

	while (m->options[n].name != NULL)
		n++;
	state_codec_write_u64(w, "checkpoint", FORMAT);
	state_codec_write_text(w, "manifest", base_manifest_digest(m));
	state_codec_write_text(w, "version", m->tool_version);
	state_codec_write_text(w, "commit", m->tool_commit);
	state_codec_write_u64(w, "options", n);
	for (size_t i = 0; i < n; i++) {
		state_codec_write_text(w, "option", m->options[i].name);
		state_codec_write_text(w, "text", m->options[i].text);
	}
	state_codec_write_text(w, "event_set", m->set_sha256);
}

/* Read a string from the checkpoint, which must be equal to `now`. */
static enum rc
check_text(struct state_reader *r, const char *name, const char *what,
    const char *now, struct err *e)
{
	char *const then = state_codec_read_text(r, name);
	enum rc rc = RC_OK;

	if (then != NULL && strcmp(then, now) != 0)
		rc = differs(e, what, then, now);
	free(then);
	return rc;
}

/* Read an option of the interrupted run. This run must have the same, which is
 * marked in `seen`. */
static enum rc
check_option(
    const struct manifest *m, struct state_reader *r, bool *seen, struct err *e)
{
	char *const name = state_codec_read_text(r, "option");
	char *const then = state_codec_read_text(r, "text");
	const char *now = NULL;
	enum rc rc = RC_OK;

	for (size_t i = 0; name != NULL && m->options[i].name != NULL; i++) {
		if (strcmp(m->options[i].name, name) != 0)
			continue;
		now = m->options[i].text;
		seen[i] = true;
	}
	if (name != NULL && then != NULL &&
	    (now == NULL || strcmp(now, then) != 0))
		rc = differs(e, name, then, now);
	free(name);
	free(then);
	return rc;
}

/* Read the options of the interrupted run. This run must have the same, and no
 * others. */
static enum rc
check_options(const struct manifest *m, struct state_reader *r, struct err *e)
{
	const size_t n = state_codec_read_count(r, "options", COUNT_MAX);
	size_t n_now = 0;
	enum rc rc = RC_OK;

	while (m->options[n_now].name != NULL)
		n_now++;
	bool *const seen = calloc(n_now + 1, sizeof(*seen));
	if (seen == NULL)
		return err_nomem(e);
	for (size_t i = 0; rc == RC_OK && i < n && !state_codec_failed(r); i++)
		rc = check_option(m, r, seen, e);
	for (size_t i = 0; rc == RC_OK && i < n_now && !state_codec_failed(r);
	     i++) {
		if (!seen[i])
			rc = differs(
			    e, m->options[i].name, NULL, m->options[i].text);
	}
	free(seen);
	return rc;
}

static enum rc
check_conditions(
    const struct manifest *m, struct state_reader *r, struct err *e)
{
	if (state_codec_read_u64(r, "checkpoint") != FORMAT)
		return err_set(e, RC_FATAL, WHY_EXISTS,
		    "cannot resume: the checkpoint is of another version of "
		    "evtxstage: start anew with --force");
	enum rc rc =
	    check_text(r, "manifest", "manifest", base_manifest_digest(m), e);
	if (rc == RC_OK)
		rc = check_text(r, "version", "version", m->tool_version, e);
	if (rc == RC_OK)
		rc = check_text(r, "commit", "commit", m->tool_commit, e);
	if (rc == RC_OK)
		rc = check_options(m, r, e);
	if (rc == RC_OK)
		rc = check_text(r, "event_set", "event set", m->set_sha256, e);
	return rc;
}

/* --- templates ------------------------------------------------------------ */

static const struct state_field template_fields[] = {
	STATE_FIELD("guid", STATE_BYTES, template_entry, guid),
	STATE_FIELD("sound", STATE_BOOL, template_entry, sound),
	STATE_FIELD("source", STATE_U64, template_entry, source),
	STATE_FIELDS_END,
};

static const struct state_field template_text[] = {
	{ "definition", STATE_BUF, 0, sizeof(struct buf) },
	STATE_FIELDS_END,
};

static enum rc
write_templates(struct dispatch *d, struct state_writer *w, struct err *e)
{
	const struct template_entry *one = NULL;
	struct template_catalog *all;
	uint64_t n = 0;

	if (dispatch_templates(d, &all, e) != RC_OK)
		return e->rc;
	while ((one = template_catalog_next(all, one)) != NULL)
		n++;
	state_codec_write_u64(
	    w, "templates_full", template_catalog_is_full(all) ? 1 : 0);
	state_codec_write_u64(w, "templates", n);
	while ((one = template_catalog_next(all, one)) != NULL) {
		struct buf text;
		buf_init(&text, TEMPLATE_CATALOG_BYTES_MAX);
		buf_put(&text, one->text);
		state_codec_write(w, template_fields, one);
		state_codec_write(w, template_text, &text);
		const bool starved = text.full;
		buf_reset(&text);
		if (starved)
			return err_nomem(e);
	}
	return RC_OK;
}

static enum rc
read_templates(struct dispatch *d, struct state_reader *r, struct err *e)
{
	struct template_catalog *all;
	struct buf text;

	if (dispatch_templates(d, &all, e) != RC_OK)
		return e->rc;
	if (state_codec_read_u64(r, "templates_full") != 0)
		template_catalog_mark_full(all);
	buf_init(&text, TEMPLATE_CATALOG_BYTES_MAX);
	/* If memory is exhausted, the catalog only marks itself as full. */
	errno = 0;
	for (size_t n = state_codec_read_count(r, "templates", COUNT_MAX);
	     n > 0 && !state_codec_failed(r); n--) {
		struct template_entry one = { .sound = false };
		state_codec_read(r, template_fields, &one);
		state_codec_read(r, template_text, &text);
		one.text = buf_span(&text);
		if (!state_codec_failed(r))
			template_catalog_add(all, &one);
	}
	buf_reset(&text);
	return errno == ENOMEM ? err_nomem(e) : RC_OK;
}

/* --- writing -------------------------------------------------------------- */

static enum rc
write_all(struct checkpoint *c, struct state_writer *w, struct err *e)
{
	const struct checkpoint_parts *const p = &c->p;

	write_conditions(p->m, w);
	enum rc rc = inputs_write_state(c->inputs, w, e);
	if (rc == RC_OK)
		rc = sources_write_state(p->sources, w, e);
	if (rc != RC_OK)
		return rc;
	state_codec_write_u64(w, "unknown_sources",
	    duplicate_sources_has_unknown(p->duplicate_sources) ? 1 : 0);
	intake_state_write(p->state, w);
	damage_summary_write_state(damage_report_summary(p->damage), w);
	if (p->o->coverage != NULL)
		coverage_state_write(p->o->coverage, w);
	if (rc == RC_OK)
		rc = deferred_store_write_state(p->deferred, w, e);
	if (rc == RC_OK)
		rc = duplicate_records_write_state(p->duplicate_records, w, e);
	if (rc == RC_OK)
		rc = write_templates(p->dispatch, w, e);
	return rc == RC_OK ? writer_write_state(p->out, w, e) : rc;
}

enum rc
checkpoint_write(struct checkpoint *c, struct source *src, struct err *e)
{
	struct buf text;
	struct state_writer w;

	enum rc rc = source_point_of(src, &c->p.state->point.source, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&text, TEXT_MAX);
	state_codec_write_begin(&w, &text);
	rc = write_all(c, &w, e);
	if (rc == RC_OK)
		rc = state_codec_write_end(&w, e);
	if (rc == RC_OK)
		rc = writer_checkpoint(c->p.out, buf_span(&text), e);
	buf_reset(&text);
	c->since = 0;
	return rc;
}

/* --- reading -------------------------------------------------------------- */

/* Add the sources that the interrupted run has read, so that later copies of
 * them are found. */
static enum rc
add_duplicate_sources(const struct checkpoint_parts *p, struct err *e)
{
	const uint64_t current = sources_last(p->sources)->head;
	struct finished_source one;
	enum rc rc;
	bool known;

	while ((rc = sources_next(p->sources, &one, e)) == RC_OK) {
		if (one.head != 0)
			rc = duplicate_sources_add_head(
			    p->duplicate_sources, one.head, &known, e);
		if (rc == RC_OK && one.whole)
			rc = duplicate_sources_add(
			    p->duplicate_sources, &one.line, e);
		if (rc != RC_OK)
			return rc;
	}
	if (rc == RC_END && current != 0)
		return duplicate_sources_add_head(
		    p->duplicate_sources, current, &known, e);
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
read_all(struct checkpoint *c, struct state_reader *r, struct err *e)
{
	const struct checkpoint_parts *const p = &c->p;

	enum rc rc = check_conditions(p->m, r, e);
	if (rc == RC_OK)
		rc = inputs_read_state(c->inputs, r, e);
	if (rc == RC_OK)
		rc = sources_read_state(p->sources, r, e);
	if (rc == RC_OK && state_codec_read_u64(r, "unknown_sources") != 0)
		duplicate_sources_add_unknown(p->duplicate_sources);
	if (rc == RC_OK && !state_codec_failed(r))
		rc = add_duplicate_sources(p, e);
	if (rc != RC_OK)
		return rc;
	intake_state_read(p->state, r);
	damage_summary_read_state(damage_report_summary(p->damage), r);
	if (p->o->coverage != NULL)
		rc = coverage_state_read(p->o->coverage, r, e);
	if (rc == RC_OK)
		rc = deferred_store_read_state(p->deferred, r, e);
	if (rc == RC_OK)
		rc = duplicate_records_read_state(p->duplicate_records, r, e);
	if (rc == RC_OK)
		rc = read_templates(p->dispatch, r, e);
	return rc == RC_OK ? writer_read_state(p->out, r, e) : rc;
}

static enum rc
resume_from(struct checkpoint *c, struct span text, struct err *e)
{
	const struct moved_inputs moved = { c->p.walk, &c->p.o->names,
		c->p.state, c->p.sources, c->p.digest };
	struct state_reader r;

	enum rc rc = state_codec_read_begin(&r, text, "state/checkpoint", e);
	if (rc == RC_OK)
		rc = read_all(c, &r, e);
	if (rc == RC_OK)
		rc = state_codec_read_end(&r, e);
	if (rc == RC_OK && inputs_moved(c->inputs))
		rc = moved_inputs_check(&moved, e);
	return rc == RC_OK ? writer_resume(c->p.out, e) : rc;
}

enum rc
checkpoint_resume(struct checkpoint *c, struct err *e)
{
	const struct convert_watch *const watch = &c->p.o->watch;
	struct intake_point *const point = &c->p.state->point;
	struct err where;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	enum rc rc = writer_left(c->p.out, &text, e);
	if (rc == RC_OK && text.n != 0) {
		rc = resume_from(c, buf_span(&text), e);
		point->resumes = rc == RC_OK;
		if (rc != RC_OK)
			sources_forget(c->p.sources);
	}
	buf_reset(&text);
	if (!point->resumes || watch->note == NULL)
		return rc;
	(void)err_set(&where, RC_OK, WHY_NONE,
	    "resuming where the last run stopped: at byte %llu of %s",
	    (unsigned long long)point->source.at,
	    sources_last(c->p.sources)->line.name);
	watch->note(watch->ctx, where.text);
	return rc;
}
