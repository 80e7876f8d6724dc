/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/job.h"
#include "util/json.h"
#include "util/num.h"

/* What is made of a tree once and run for each of its records. */
struct compiled {
	struct head head;
	struct select_test test;
	bool has_plans; /* made when the first record is kept */
	struct plan line;
	struct plan key;
};

struct worker {
	struct worker_options o;
	struct decoder *decoder;
	struct digest *digest;
	struct compiled own; /* for trees that do not come again */
	struct buf key_text;
};

static void
compiled_init(struct compiled *c)
{
	memset(c, 0, sizeof(*c));
	plan_init(&c->line);
	plan_init(&c->key);
}

static void
compiled_free(struct compiled *c)
{
	plan_free(&c->line);
	plan_free(&c->key);
}

/* For the decoder, when it forgets a shape. */
static void
compiled_drop(void *kept)
{
	compiled_free(kept);
	free(kept);
}

enum rc
job_init(struct job *j, struct err *e)
{
	memset(j, 0, sizeof(*j));
	buf_init(&j->lines, JOB_LINES_MAX);
	buf_init(&j->damage, JOB_DAMAGE_MAX);
	j->bytes = malloc(CHUNK_BYTES);
	return j->bytes == NULL ? err_nomem(e) : RC_OK;
}

void
job_free(struct job *j)
{
	free(j->bytes);
	free(j->patches);
	buf_reset(&j->lines);
	buf_reset(&j->damage);
}

enum rc
worker_create(struct worker **wp, const struct worker_options *o, struct err *e)
{
	struct worker *const w = calloc(1, sizeof(*w));

	*wp = NULL;
	if (w == NULL)
		return err_nomem(e);
	w->o = *o;
	compiled_init(&w->own);
	buf_init(&w->key_text, JOB_LINE_MAX);
	enum rc rc = o->decoder->create(
	    &w->decoder, &(struct decoder_options){ compiled_drop }, e);
	if (rc == RC_OK)
		rc = digest_create(&w->digest, e);
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
	w->o.decoder->destroy(w->decoder);
	digest_destroy(w->digest);
	compiled_free(&w->own);
	buf_reset(&w->key_text);
	free(w);
}

void
job_damage(struct buf *b, const struct job_damage *d, const char *reason)
{
	buf_str(b, "{\"source\":");
	json_put(b, span_str(d->source));
	buf_fmt(b, ",\"kind\":\"%s\",\"chunk\":%llu,\"offset\":%llu", d->kind,
	    (unsigned long long)d->chunk, (unsigned long long)d->offset);
	buf_fmt(b, ",\"length\":%llu", (unsigned long long)d->length);
	if (d->record != 0)
		buf_fmt(b, ",\"record\":%llu", (unsigned long long)d->record);
	buf_str(b, ",\"reason\":");
	json_put(b, span_str(reason));
	buf_str(b, ",\"salvaged\":");
	json_put(b, span_str(d->salvaged));
	buf_str(b, "}\n");
}

static void
fail(struct job *j, const struct err *e)
{
	j->failed = true;
	j->err = *e;
}

static bool
add_patch(struct job *j, size_t at, uint64_t written)
{
	if (j->n_patches == j->cap_patches) {
		const size_t cap =
		    j->cap_patches == 0 ? 16 : j->cap_patches * 2;
		struct job_patch *const p =
		    realloc(j->patches, cap * sizeof(*p));
		if (p == NULL)
			return false;
		j->patches = p;
		j->cap_patches = cap;
	}
	j->patches[j->n_patches++] = (struct job_patch){ at, written };
	return true;
}

/* A record without a time of its own takes that of the record before it; if
 * there is none in this piece, the main thread knows better. */
static enum rc
lend_time(struct job *j, const struct record *r, size_t patch, struct err *e)
{
	j->account.inferred++;
	if (patch == PLAN_NO_PATCH)
		return RC_OK;
	if (j->last_time != 0)
		(void)num_filetime(j->lines.p + patch, j->last_time);
	else if (!add_patch(j, patch, r->header.time))
		return err_nomem(e);
	return RC_OK;
}

/* What is made of the record's tree; NULL without memory. */
static struct compiled *
compiled_of(struct worker *w, const struct record *r)
{
	struct compiled *c = r->slot == NULL ? &w->own : *r->slot;

	if (c != NULL && r->slot != NULL)
		return c;
	if (c == NULL) {
		c = malloc(sizeof(*c));
		if (c == NULL)
			return NULL;
		compiled_init(c);
		*r->slot = c;
	}
	head_find(&c->head, &r->tree);
	select_compile(&c->test, w->o.select, &r->tree, &c->head);
	c->has_plans = false;
	return c;
}

static void
compile_plans(struct worker *w, struct compiled *c, const struct record *r)
{
	plan_clear(&c->line);
	w->o.schema->compile(&c->line, &r->tree, &c->head);
	plan_clear(&c->key);
	if (w->o.schema->needs_key)
		key_compile(&c->key, &r->tree, &c->head);
	c->has_plans = true;
}

/* One decoded record on its way to a line. */
struct line {
	const struct record *r;
	struct compiled *c;
	struct plan_facts facts;
};

static enum rc
make_key(struct worker *w, struct line *l, struct err *e)
{
	struct plan_facts none = { .has_time = false };

	buf_cut(&w->key_text, 0);
	plan_run(&l->c->key, l->r->tree.values, &none, &w->key_text);
	if (l->c->key.failed || w->key_text.full)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "its canonical text has more than %zu bytes",
		    w->key_text.max);
	return key_of_text(w->digest, buf_span(&w->key_text), l->facts.key, e);
}

/* Append the record's line, or nothing. */
static enum rc
render(struct worker *w, struct job *j, struct line *l, struct err *e)
{
	const size_t start = j->lines.n;
	enum rc rc = RC_OK;

	if (!l->c->has_plans)
		compile_plans(w, l->c, l->r);
	if (w->o.schema->needs_key)
		rc = make_key(w, l, e);
	if (rc != RC_OK)
		return rc;
	plan_run(&l->c->line, l->r->tree.values, &l->facts, &j->lines);
	buf_byte(&j->lines, '\n');
	if (l->c->line.failed || j->lines.full ||
	    j->lines.n - start > JOB_LINE_MAX) {
		buf_cut(&j->lines, start);
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "its line has more than %zu bytes", JOB_LINE_MAX);
	}
	j->account.emitted++;
	return l->facts.has_time ? RC_OK
				 : lend_time(j, l->r, l->facts.time_patch, e);
}

static void
note_time(struct job *j, const struct plan_facts *facts)
{
	if (!facts->has_time)
		return;
	account_time(&j->account, facts->time);
	if (j->first_time == 0)
		j->first_time = facts->time;
	j->last_time = facts->time;
}

/* One decoded record into one account. */
static enum rc
convert_record(
    struct worker *w, struct job *j, const struct record *r, struct err *e)
{
	struct line l = { .r = r, .c = compiled_of(w, r) };
	enum rc rc = RC_OK;

	if (l.c == NULL)
		return err_nomem(e);
	const struct value *const values = r->tree.values;
	const struct value *const time =
	    head_value(&l.c->head, HEAD_TIME, values);
	l.facts.has_time = time != NULL && value_time(time, &l.facts.time);
	const enum select_verdict v = select_run(&l.c->test, values);
	if (v == SELECT_KEEP)
		rc = render(w, j, &l, e);
	else
		j->account.filtered[v]++;
	note_time(j, &l.facts);
	return rc;
}

static void
refuse_record(struct job *j, const struct record *r, const struct err *e)
{
	const struct job_damage d = {
		.source = j->name,
		.kind = "record",
		.chunk = j->number,
		.offset = j->offset + r->header.offset,
		.length = r->header.size,
		.record = r->header.id,
		.salvaged = "nothing",
	};

	j->account.damaged++;
	job_damage(&j->damage, &d, e->text);
}

static void
refuse_region(struct job *j, const struct record *r, const struct err *e)
{
	const struct job_damage d = {
		.source = j->name,
		.kind = "region",
		.chunk = j->number,
		.offset = j->offset + r->header.offset,
		.length = r->header.size,
		.salvaged = "nothing",
	};

	j->account.regions++;
	job_damage(&j->damage, &d, e->text);
}

static void
refuse_chunk(struct job *j, const struct chunk *c, const struct err *e)
{
	const struct job_damage d = {
		.source = j->name,
		.kind = "chunk",
		.chunk = j->number,
		.offset = j->offset,
		.length = j->n,
		.salvaged = "nothing",
	};
	const uint64_t n = chunk_count(c);

	j->account.found += n;
	j->account.damaged += n;
	job_damage(&j->damage, &d, e->text);
}

static void
convert_records(struct worker *w, struct job *j)
{
	struct record r;
	struct err e;

	for (;;) {
		err_clear(&e);
		enum rc rc = w->o.decoder->next(w->decoder, &r, &e);
		if (rc == RC_END)
			return;
		if (r.region) {
			refuse_region(j, &r, &e);
			continue;
		}
		j->account.found++;
		if (rc == RC_OK)
			rc = convert_record(w, j, &r, &e);
		if (rc == RC_SKIP)
			refuse_record(j, &r, &e);
		if (rc == RC_FATAL) {
			fail(j, &e);
			return;
		}
	}
}

/* Bytes of the used area where a record header should be and none is: what
 * was there is lost, though a decoder may not say so. */
static void
find_gap(struct job *j, const struct chunk *c)
{
	const uint32_t at = chunk_records_end(c);
	const uint32_t end =
	    c->free_offset < CHUNK_BYTES ? c->free_offset : CHUNK_BYTES;
	const struct job_damage d = {
		.source = j->name,
		.kind = "region",
		.chunk = j->number,
		.offset = j->offset + at,
		.length = at < end ? end - at : 0,
		.salvaged = "records that can be read",
	};

	if (at >= end || j->n < CHUNK_BYTES)
		return;
	j->account.regions++;
	job_damage(
	    &j->damage, &d, "no record header where the next one should be");
}

/* What is wrong with a chunk that may still be read. */
static void
find_faults(struct job *j, const struct chunk *c)
{
	const struct job_damage d = {
		.source = j->name,
		.kind = "chunk",
		.chunk = j->number,
		.offset = j->offset,
		.length = j->n,
		.salvaged = "records that can be read",
	};

	if (j->n < CHUNK_BYTES) {
		j->account.regions++;
		job_damage(&j->damage, &d, "the file ends inside this chunk");
	}
	j->crc_bad = !chunk_good(c);
	if (!j->crc_bad)
		return;
	job_damage(&j->damage, &d,
	    c->header_crc_ok ? "the checksum of its records is wrong"
	    : c->data_crc_ok ? "the checksum of its header is wrong"
			     : "the checksums of header and records are "
			       "wrong");
}

static void
convert_chunk(struct worker *w, struct job *j, const struct chunk *c)
{
	struct err e;

	err_clear(&e);
	find_faults(j, c);
	find_gap(j, c);
	const enum rc rc = w->o.decoder->start(w->decoder, c, &e);
	if (rc == RC_OK)
		convert_records(w, j);
	else if (rc == RC_SKIP)
		refuse_chunk(j, c, &e);
	else
		fail(j, &e);
}

static bool
is_zero(struct span s)
{
	return s.n == 0 || (s.p[0] == 0 && memcmp(s.p, s.p + 1, s.n - 1) == 0);
}

void
worker_run(void *worker, void *job)
{
	struct job *const j = job;
	struct chunk c;

	memset(j->bytes + j->n, 0, CHUNK_BYTES - j->n);
	memset(&j->account, 0, sizeof(j->account));
	buf_cut(&j->lines, 0);
	buf_cut(&j->damage, 0);
	j->n_patches = 0;
	j->first_time = 0;
	j->last_time = 0;
	j->failed = false;
	j->crc_bad = false;
	if (chunk_read(&c, span_of(j->bytes, CHUNK_BYTES))) {
		j->kind = JOB_CHUNK;
		convert_chunk(worker, j, &c);
	} else {
		j->kind =
		    is_zero(span_of(j->bytes, j->n)) ? JOB_UNUSED : JOB_REGION;
	}
}
