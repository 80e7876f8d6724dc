/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints: all that the main thread knows at a moment when no job is out.
 * The same functions write them and read them.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "convert/damage_summary.h"
#include "convert/deferred_store.h"
#include "convert/duplicate_sources.h"
#include "convert/finished_sources.h"
#include "convert/inner.h"
#include "convert/inputs.h"
#include "convert/key_journal.h"
#include "convert/moved_inputs.h"
#include "stage/base_manifest.h"
#include "util/save.h"

#define TEXT_MAX ((size_t)1 << 30)
#define FORM 15U /* of the text; another one is refused */
#define COUNT_MAX ((size_t)1 << 32)

/* Something that must be now what it was when the run began. */
static enum rc
differs(struct err *e, const char *what, const char *then, const char *now)
{
	return err_set(e, RC_FATAL, WHY_EXISTS,
	    "the staging directory was begun with %s %s%s%s, now it is %s%s%s: "
	    "give it as it was, or start anew with --force",
	    what, then == NULL ? "" : "\"", then == NULL ? "not given" : then,
	    then == NULL ? "" : "\"", now == NULL ? "" : "\"",
	    now == NULL ? "not given" : now, now == NULL ? "" : "\"");
}

static enum rc
save_same(struct save *s, const char *what, const char *now, struct err *e)
{
	char then[128] = "";

	(void)snprintf(then, sizeof(then), "%s", now);
	save_chars(s, "same", then, sizeof(then));
	return s->wrong == NULL && strcmp(then, now) != 0
		   ? differs(e, what, then, now)
		   : RC_OK;
}

/* --- options -------------------------------------------------------------- */

static const char *
option_now(const struct manifest *m, const char *name)
{
	for (const struct manifest_pair *p = m->options; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0)
			return p->text;
	}
	return NULL;
}

static enum rc
check_option(
    const struct manifest *m, const char *name, const char *then, struct err *e)
{
	const char *const now = option_now(m, name);

	return now != NULL && strcmp(now, then) == 0
		   ? RC_OK
		   : differs(e, name, then, now);
}

/* Those that were there are checked; then there must not be more. */
static enum rc
read_options(const struct manifest *m, struct save *s, size_t n, struct err *e)
{
	char seen[1024] = " ";
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n && s->wrong == NULL; i++) {
		char name[64];
		char *then = NULL;
		save_chars(s, "option", name, sizeof(name));
		save_text(s, "text", &then);
		if (then != NULL)
			rc = check_option(m, name, then, e);
		free(then);
		(void)snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen),
		    "%s ", name);
	}
	for (const struct manifest_pair *p = m->options;
	     rc == RC_OK && s->wrong == NULL && p->name != NULL; p++) {
		char word[72];
		(void)snprintf(word, sizeof(word), " %s ", p->name);
		if (strstr(seen, word) == NULL)
			rc = differs(e, p->name, NULL, p->text);
	}
	return rc;
}

static enum rc
save_options(const struct manifest *m, struct save *s, struct err *e)
{
	size_t n = 0;

	while (m->options[n].name != NULL)
		n++;
	save_count(s, "options", &n, COUNT_MAX);
	if (save_reads(s))
		return read_options(m, s, n, e);
	for (size_t i = 0; i < n; i++) {
		save_say(s, "option", m->options[i].name);
		save_say(s, "text", m->options[i].text);
	}
	return RC_OK;
}

/* --- sources -------------------------------------------------------------- */

static void
save_account(struct account *a, struct save *s)
{
	save_u64(s, "found", &a->found);
	save_u64(s, "emitted", &a->emitted);
	for (size_t i = 0; i < ACCOUNT_REASONS; i++)
		save_u64(s, "filtered", &a->filtered[i]);
	save_u64(s, "duplicate", &a->duplicate);
	save_u64(s, "damaged", &a->damaged);
	save_u64(s, "borrowed", &a->borrowed);
	save_u64(s, "recovered", &a->recovered);
	save_u64(s, "recovered_filtered", &a->recovered_filtered);
	save_u64(s, "recovered_damaged", &a->recovered_damaged);
	save_u64(s, "regions", &a->regions);
	save_u64(s, "unchecked", &a->unchecked);
	save_u64(s, "hidden", &a->hidden);
	save_u64(s, "repaired", &a->repaired);
	save_u64(s, "names", &a->names);
	save_u64(s, "inferred", &a->inferred);
	save_u64(s, "long_fields", &a->long_fields);
	save_u64(s, "disagreements", &a->disagreements);
	save_u64(s, "one_sided", &a->one_sided);
	save_u64(s, "conflicts", &a->conflicts);
	save_u64(s, "other_channels", &a->other_channels);
	save_u64(s, "first_time", &a->first_time);
	save_u64(s, "last_time", &a->last_time);
}

static void
save_copies(struct copy_kind *c, struct save *s)
{
	save_u64(s, "ids", &c->records);
	save_u64(s, "ids_differ", &c->ids_differ);
	save_u64(s, "pairs", &c->pairs);
	save_u64(s, "times_shift", &c->times_shift);
	save_u64(s, "turns", &c->turns);
}

static void
save_place(struct pending_source *one, struct save *s)
{
	save_u64(s, "unused", &one->unused);
	save_u64(s, "region_at", &one->region_at);
	save_u64(s, "region_n", &one->region_n);
	save_u64(s, "first", &one->first_time);
	save_u64(s, "last", &one->last_time);
	save_bool(s, "log_decided", &one->log.decided);
	save_bool(s, "log_forwarded", &one->log.forwarded);
	save_u64(s, "head", &one->head);
	save_chars(s, "before", one->before, sizeof(one->before));
}

/* The source that is being read: what is known of its end will be known again.
 */
static enum rc
save_live(struct pending_source *one, struct save *s, struct err *e)
{
	struct source_entry *const line = &one->line;
	char *name = NULL;

	if (save_reads(s))
		save_text(s, "source", &name);
	else
		save_say(s, "source", line->name);
	const bool named =
	    name == NULL || pending_sources_set_text(&line->name, name);
	free(name);
	save_chars(
	    s, "archive", line->archive_sha256, sizeof(line->archive_sha256));
	save_u64(s, "bytes", &line->bytes);
	save_u64(s, "chunks", &line->chunks);
	save_u64(s, "chunks_bad", &line->chunks_bad);
	save_account(&line->account, s);
	save_copies(&line->copy, s);
	save_place(one, s);
	return named ? coverage_save(one->coverage, s, e) : err_nomem(e);
}

/* Sources that are done are remembered by their bytes again. */
static enum rc
know_done(struct run *r, struct err *e)
{
	struct finished_source record;
	enum rc rc;
	bool again;

	while ((rc = finished_sources_next(r->done, &record, e)) == RC_OK) {
		if (record.head != 0)
			rc = duplicate_sources_add_head(
			    r->seen, record.head, &again, e);
		if (rc == RC_OK && record.whole)
			rc = duplicate_sources_add(r->seen, &record.line, e);
		if (rc != RC_OK)
			return rc;
		r->n_sources++;
	}
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
save_sources(struct run *r, struct save *s, struct err *e)
{
	struct pending_source *one = r->lives.first;
	bool doubt = duplicate_sources_has_unknown(r->seen);
	bool again;

	assert(save_reads(s) || (r->lives.n == 1 && !one->read));
	enum rc rc = finished_sources_save(r->done, s, e);
	save_bool(s, "doubt", &doubt);
	if (doubt)
		duplicate_sources_add_unknown(r->seen);
	if (rc == RC_OK && save_reads(s) && s->wrong == NULL)
		rc = know_done(r, e);
	if (rc == RC_OK && save_reads(s))
		rc = intake_add(r, strdup(""), &one, e);
	if (rc == RC_OK)
		rc = save_live(one, s, e);
	if (rc == RC_OK && save_reads(s) && one->head != 0)
		rc = duplicate_sources_add_head(r->seen, one->head, &again, e);
	return rc;
}

static void
save_levels(struct intake_point *p, struct save *s)
{
	save_count(s, "levels", &p->n_levels, NESTED_MAX + 1);
	for (size_t i = 0; i < p->n_levels; i++) {
		struct intake_level *const l = &p->levels[i];
		save_u64(s, "member", &l->member);
		save_u64(s, "used", &l->used.bytes);
		save_u64(s, "used_members", &l->used.members);
		save_u64(s, "used_inner", &l->used.inner);
		save_u64(s, "used_plain", &l->used.plain);
	}
}

/* What was passed over in folders is counted by the walk, each time. */
static void
save_passed(struct run *r, struct save *s)
{
	size_t n = r->walk->n_operands;

	save_u64(s, "passed", &r->passed);
	save_u64(s, "unseen", &r->unseen);
	save_u64(s, "left_out", &r->left_out);
	save_count(s, "operands", &n, COUNT_MAX);
	for (size_t i = 0; i < n && s->wrong == NULL; i++) {
		bool found = i < r->walk->n_operands && r->found[i];
		save_bool(s, "found", &found);
		if (i < r->walk->n_operands)
			r->found[i] = found;
	}
}

static void
save_point(struct run *r, struct save *s)
{
	struct intake_point *const p = &r->point;
	struct source_point *const in = &p->source;

	save_u64(s, "entry", &p->entry);
	save_levels(p, s);
	save_u64(s, "at", &in->at);
	save_u64(s, "hashed", &in->hashed);
	save_bool(s, "signature", &in->header.signature);
	save_bool(s, "header_crc", &in->header.crc_ok);
	save_bool(s, "dirty", &in->header.dirty);
	save_u64(s, "counted", &in->header.chunks);
	save_bytes(s, "digest", in->digest.bytes, DIGEST_STATE);
}

/* --- templates ------------------------------------------------------------ */

static void
save_template(
    struct template_catalog *c, struct template_entry *item, struct save *s)
{
	struct buf text;

	buf_init(&text, TEMPLATE_CATALOG_BYTES_MAX);
	buf_put(&text, item->text);
	save_bytes(s, "guid", item->guid, TEMPLATE_GUID_BYTES);
	save_bool(s, "sound", &item->sound);
	save_buf(s, "says", &text);
	item->text = buf_span(&text);
	if (save_reads(s) && s->wrong == NULL)
		template_catalog_add(c, item);
	buf_reset(&text);
}

static void
save_catalog(struct template_catalog *c, struct save *s)
{
	const struct template_entry *known = NULL;
	bool full = template_catalog_is_full(c);
	size_t n = 0;

	while ((known = template_catalog_next(c, known)) != NULL)
		n++;
	save_bool(s, "templates_is_full", &full);
	save_count(s, "templates", &n, COUNT_MAX);
	if (full)
		template_catalog_mark_full(c);
	for (; n > 0 && s->wrong == NULL; n--) {
		struct template_entry item = { .sound = false };
		if (!save_reads(s)) {
			known = template_catalog_next(c, known);
			item = *known;
		}
		save_template(c, &item, s);
	}
}

/* A catalog without memory calls itself full. */
static enum rc
save_templates(struct run *r, struct save *s, struct err *e)
{
	enum rc rc = r->learned == NULL
			 ? template_catalog_create(&r->learned, e)
			 : RC_OK;

	if (rc != RC_OK)
		return rc;
	errno = 0;
	for (unsigned i = 0; !save_reads(s) && i < r->o->jobs; i++)
		template_catalog_merge(
		    r->learned, worker_catalog(r->workers[i]));
	save_catalog(r->learned, s);
	return errno == ENOMEM ? err_nomem(e) : RC_OK;
}

/* --- all of it ------------------------------------------------------------ */

static enum rc
save_begin(struct run *r, struct save *s, struct err *e)
{
	uint64_t form = FORM;

	save_u64(s, "checkpoint", &form);
	if (form != FORM && s->wrong == NULL)
		return err_set(e, RC_FATAL, WHY_EXISTS,
		    "the checkpoint is of another version of evtxstage: start "
		    "anew with --force");
	enum rc rc = save_same(s, "manifest", base_manifest_digest(r->m), e);
	if (rc == RC_OK)
		rc = save_same(s, "version", r->m->tool_version, e);
	if (rc == RC_OK)
		rc = save_same(s, "commit", r->m->tool_commit, e);
	if (rc == RC_OK)
		rc = save_options(r->m, s, e);
	if (rc == RC_OK)
		rc = save_same(s, "event set", r->m->set_sha256, e);
	return rc == RC_OK ? inputs_save(r->inputs, s, e) : rc;
}

static enum rc
save_all(struct run *r, struct save *s, struct err *e)
{
	enum rc rc = save_begin(r, s, e);

	if (rc == RC_OK)
		rc = save_sources(r, s, e);
	if (rc != RC_OK)
		return rc;
	save_point(r, s);
	save_passed(r, s);
	rc = damage_summary_save(r->damage_sum, s, e);
	if (rc != RC_OK)
		return rc;
	rc = r->o->coverage == NULL ? RC_OK
				    : coverage_save(r->o->coverage, s, e);
	if (rc == RC_OK)
		rc = deferred_store_save(r->aside, s, e);
	if (rc == RC_OK && r->keylog != NULL)
		rc = key_journal_save(r->keylog, r->keys, s, e);
	if (rc == RC_OK)
		rc = save_templates(r, s, e);
	return rc == RC_OK ? writer_save(r->out, s, e) : rc;
}

bool
checkpoint_possible(const struct run *r)
{
	return r->o->checkpoint != 0 && r->seen != NULL && !r->walk->on_stdin;
}

enum rc
checkpoint_take(struct run *r, struct source *src, struct err *e)
{
	struct buf text;
	struct save s;

	enum rc rc = convert_drain(r, e);
	if (rc == RC_OK)
		rc = source_save(src, &r->point.source, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&text, TEXT_MAX);
	save_write(&s, &text);
	rc = save_all(r, &s, e);
	if (rc == RC_OK)
		rc = save_write_end(&s, e);
	if (rc == RC_OK)
		rc = writer_checkpoint(r->out, buf_span(&text), e);
	buf_reset(&text);
	r->since = 0;
	return rc;
}

static enum rc
load(struct run *r, struct span text, struct err *e)
{
	static const char what[] = "state/checkpoint";
	struct save s;

	enum rc rc = save_read(&s, text, what, e);
	if (rc == RC_OK)
		rc = save_all(r, &s, e);
	if (rc == RC_OK)
		rc = save_read_end(&s, what, e);
	if (rc == RC_OK && inputs_moved(r->inputs))
		rc = moved_inputs_check(r, e);
	return rc == RC_OK ? writer_go_on(r->out, e) : rc;
}

static void
say_where(const struct run *r)
{
	struct err text;

	(void)err_set(&text, RC_OK, WHY_NONE,
	    "going on where the last run stopped: at byte %llu of %s",
	    (unsigned long long)r->point.source.at, r->lives.last->line.name);
	if (r->o->watch.note != NULL)
		r->o->watch.note(r->o->watch.ctx, text.text);
}

enum rc
checkpoint_load(struct run *r, struct err *e)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	enum rc rc = writer_left(r->out, &text, e);
	if (rc == RC_OK && text.n != 0) {
		rc = load(r, buf_span(&text), e);
		r->point.go_on = rc == RC_OK;
		if (rc == RC_OK) {
			say_where(r);
		} else {
			pending_sources_clear(&r->lives);
			finished_sources_destroy(r->done);
			r->done = NULL;
		}
	}
	buf_reset(&text);
	return rc;
}
