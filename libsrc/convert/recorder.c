/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "convert/record_keys.h"
#include "convert/recorder.h"
#include "evtx/header_time.h"
#include "schema/plan_run.h"
#include "schema/row_digest.h"
#include "schema/value_limit.h"
#include "util/json.h"
#include "util/num.h"

#define ROW_TEXT_MAX ((size_t)1 << 20)

/* Maximum number of bytes that are rendered for the lines and keys of one
 * chunk, including lines that are dropped: a forged chunk can require
 * gigabytes. The count depends only on the records of the chunk, never on -j.
 */
#define RENDER_MAX ((size_t)16 << 20)

/* Limiting the long values of a line takes as long as rendering it eight times.
 * No real chunk has more than a few such lines. */
#define CUT_COST 8U

/* Compiling a plan for an event id takes as long as rendering eight bytes for
 * each byte of its tree. */
#define PLAN_COST 8U
#define CHUNK_IDS 16U /* number of elements of recorder.ids */

/* The plan for the lines of a tree's events. If the columns of the schema
 * depend on the event id, only for events with this id. */
struct line_plan {
	struct line_plan *next;
	uint64_t id;
	struct plan plan;
};

#define LINE_PLANS_MAX 16U /* maximum number of line plans of one tree */
/* Value of line_plan.id before the plan is compiled. */
#define NO_ID UINT64_MAX

/* The compiled test and plans of a tree, which are run for each record with
 * this tree. */
struct compiled {
	struct select_test test;
	struct job_coverage_cache place;
	struct line_plan line; /* first of the list of line plans */
	bool has_key;          /* `key` is compiled */
	struct event_key key;
};

struct recorder {
	struct recorder_options o;
	struct record_keys *keys;
	struct select_worker *select;
	struct compiled own; /* test and plans for a tree that is not cached */
	struct buf row_text;
	/* Provenance of the chunk's records, set by recorder_from(). */
	struct provenance chunk;
	uint64_t ids[CHUNK_IDS]; /* event ids of the last lines of the chunk */
	unsigned n_ids;          /* number of ids that were put into `ids` */
	const struct chunk *bytes;
	bool judged; /* the member `headers` is set for the current chunk */
	/* In this chunk, the time in a record header is the time of the event.
	 */
	bool headers;
};

/* A record for which a line is being made. */
struct draft {
	const struct record *record;
	struct compiled *c;
	struct plan_facts facts;
};

static void
compiled_init(struct compiled *c)
{
	memset(c, 0, sizeof(*c));
	plan_init(&c->line.plan);
	c->line.id = NO_ID;
	event_key_init(&c->key);
}

static void
compiled_free(struct compiled *c)
{
	struct line_plan *next;

	select_test_free(&c->test);
	for (struct line_plan *l = c->line.next; l != NULL; l = next) {
		next = l->next;
		plan_free(&l->plan);
		free(l);
	}
	plan_free(&c->line.plan);
	event_key_free(&c->key);
}

void
recorder_drop(void *kept)
{
	compiled_free(kept);
	free(kept);
}

enum rc
recorder_create(
    struct recorder **rp, const struct recorder_options *o, struct err *e)
{
	struct recorder *const r = calloc(1, sizeof(*r));

	*rp = NULL;
	if (r == NULL)
		return err_nomem(e);
	r->o = *o;
	r->o.line = schema_resolve_options(o->schema, &o->line);
	compiled_init(&r->own);
	buf_init(&r->row_text, ROW_TEXT_MAX);
	enum rc rc = record_keys_create(&r->keys, e);
	if (rc == RC_OK)
		rc = select_worker_create(&r->select, o->select, e);
	if (rc != RC_OK) {
		recorder_destroy(r);
		return rc;
	}
	*rp = r;
	return RC_OK;
}

void
recorder_destroy(struct recorder *r)
{
	if (r == NULL)
		return;
	record_keys_destroy(r->keys);
	select_worker_destroy(r->select);
	compiled_free(&r->own);
	buf_reset(&r->row_text);
	free(r);
}

void
recorder_from(struct recorder *r, const struct provenance *chunk,
    const struct chunk *bytes)
{
	r->bytes = bytes;
	r->judged = false;
	r->n_ids = 0;
	r->chunk = *chunk;
	r->chunk.case_id = r->o.case_id;
}

void
recorder_log(struct recorder *r, const struct program_channels *log)
{
	select_worker_log(r->select, log);
}

/* Get the test and plans of the record's tree; compile the test if the tree is
 * new. NULL if memory is exhausted. */
static struct compiled *
compiled_of(struct recorder *r, const struct record *record, struct err *e)
{
	struct compiled *c = &r->own;

	if (record->slot != NULL && record->slot->kept != NULL)
		return record->slot->kept;
	if (record->slot != NULL) {
		c = malloc(sizeof(*c));
		if (c == NULL)
			return NULL;
		compiled_init(c);
		record->slot->kept = c;
	}
	const bool again = record->slot != NULL;
	const enum rc rc =
	    record->system_only
		? select_compile_head(
		      &c->test, r->select, &record->tree, again, e)
		: select_compile(&c->test, r->select, &record->tree, again, e);
	if (rc != RC_OK)
		return NULL;
	if (record->slot != NULL)
		record->slot->bytes = sizeof(*c) + select_test_bytes(&c->test);
	c->has_key = false;
	c->line.id = NO_ID;
	memset(&c->place, 0, sizeof(c->place));
	return c;
}

/* Get a plan to compile into: a new one or, if there are too many or memory is
 * exhausted, the plan of another event id. */
static struct line_plan *
spare_plan(struct compiled *c)
{
	struct line_plan *l = &c->line;
	unsigned n = 1;

	assert(c != NULL);
	for (; l->id != NO_ID && l->next != NULL; n++)
		l = l->next;
	if (l->id == NO_ID || n >= LINE_PLANS_MAX)
		return l;
	l->next = calloc(1, sizeof(*l));
	if (l->next == NULL)
		return l;
	plan_init(&l->next->plan);
	return l->next;
}

/* The event id of a record; 0 if it has none or an invalid one. */
static uint64_t
event_id(const struct system_fields *h, const struct value *values)
{
	const struct value *const v =
	    system_fields_value(h, SYSTEM_EVENT_ID, values);
	uint64_t id;

	if (v == NULL || !value_u64(v, &id) || id > UINT16_MAX)
		return 0;
	return id;
}

/* Clear a plan before it is compiled for the record's tree. */
static void
begin_plan(const struct record *r, struct plan *p)
{
	if (r->slot != NULL)
		r->slot->bytes -= plan_bytes(p);
	plan_clear(p);
}

/* Count the memory of a compiled plan, which is kept as long as its tree is
 * cached. */
static void
keep_plan(const struct record *r, struct plan *p, bool remembers)
{
	if (r->slot == NULL)
		return;
	plan_trim(p);
	if (remembers)
		plan_remember(p, r->tree.values);
	r->slot->bytes += plan_bytes(p);
}

/* Add the cost of compiling a plan to out->rendered if the event id is new in
 * its chunk. The plan may be compiled already, but the cost of a chunk must not
 * depend on other chunks. */
static void
count_plan(struct recorder *r, const struct draft *d, struct lines *out)
{
	if (!r->o.schema->by_id)
		return;
	const uint64_t id = event_id(&d->c->test.head, d->record->tree.values);
	for (unsigned i = 0; i < r->n_ids && i < CHUNK_IDS; i++) {
		if (r->ids[i] == id)
			return;
	}
	r->ids[r->n_ids++ % CHUNK_IDS] = id;
	out->rendered += PLAN_COST * d->record->nodes;
}

/* Get or compile the plan for lines of events with this record's tree and event
 * id. */
static struct plan *
line_plan(struct recorder *r, const struct draft *d)
{
	struct compiled *const c = d->c;
	const struct tree *const t = &d->record->tree;
	const uint64_t id =
	    r->o.schema->by_id ? event_id(&c->test.head, t->values) : 0;

	for (struct line_plan *l = &c->line; l != NULL; l = l->next) {
		if (l->id == id)
			return &l->plan;
	}
	struct line_plan *const l = spare_plan(c);
	begin_plan(d->record, &l->plan);
	l->id = id;
	r->o.schema->compile(&l->plan,
	    &(struct schema_event){ t, &c->test.head, &r->o.line, id });
	keep_plan(d->record, &l->plan, r->o.schema->remembers);
	return &l->plan;
}

/* Get or compile the canonical text of events with this record's tree. */
static enum rc
key_of(const struct draft *d, struct event_key **key, struct err *e)
{
	struct compiled *const c = d->c;
	struct record_slot *const slot = d->record->slot;

	*key = &c->key;
	if (c->has_key)
		return RC_OK;
	if (slot != NULL)
		slot->bytes -= event_key_bytes(&c->key);
	const enum rc rc =
	    event_key_compile(&c->key, &d->record->tree, &c->test.head, e);
	c->has_key = rc == RC_OK;
	if (slot != NULL) {
		event_key_trim(&c->key);
		slot->bytes += event_key_bytes(&c->key);
	}
	return rc;
}

/* Write the canonical text of the record. facts.key becomes a placeholder for
 * the key, or empty if the record has no key. */
static enum rc
write_key_text(
    struct recorder *r, struct draft *d, struct lines *out, struct err *e)
{
	const struct system_fields *const head = &d->c->test.head;
	const struct value *const values = d->record->tree.values;
	struct event_key *key;

	d->facts.key[0] = '\0';
	if (!event_key_identifies(head, values))
		return RC_OK;
	enum rc rc = key_of(d, &key, e);
	if (rc == RC_OK)
		rc = event_key_write(
		    key, head, values, record_keys_text(r->keys), e);
	/* How much of a text that did not fit was written depends on the texts
	 * before it, so a constant is counted. */
	out->rendered += rc == RC_OK ? key->bytes : EVENT_KEY_TEXT_MAX;
	if (rc != RC_OK)
		return rc;
	memset(d->facts.key, '0', PLAN_KEY_HEX);
	d->facts.key[PLAN_KEY_HEX] = '\0';
	return RC_OK;
}

/* Give a record without a time the time of its header, if the times of the
 * chunk's record headers are plausible. Those in free space are not trusted. */
static void
use_header_time(struct recorder *r, struct draft *d)
{
	const struct chunk_record *const h = &d->record->header;

	if (r->bytes == NULL || h->offset >= chunk_used_end(r->bytes) ||
	    !chunk_time_is_possible(h->time))
		return;
	if (!r->judged)
		r->headers = header_time_holds(r->bytes);
	r->judged = true;
	d->facts.from_header = r->headers;
	d->facts.time = h->time;
}

/* If it did not get the time of its header, give it the time of the previous
 * record. If no record of the job has a time yet, lines_patch() fills it in. */
static enum rc
infer_time(struct lines *out, const struct draft *d, struct err *e)
{
	const size_t at = d->facts.time_patch;

	out->account.inferred++;
	if (at == PLAN_NO_PATCH || d->facts.from_header)
		return RC_OK;
	if (out->last_time != 0)
		lines_put_time(out, at, out->last_time);
	else if (!lines_add_patch(out, at, d->record->header.time))
		return err_nomem(e);
	return RC_OK;
}

/* Limit the long values of a line, unless the line will be dropped. */
static enum rc
limit_values(
    const struct recorder *r, struct lines *out, size_t start, struct err *e)
{
	const struct value_limit how = { r->o.schema->table,
		r->o.line.long_values, r->o.schema->limit_layout,
		&out->spilled };
	unsigned n = 0;

	if (r->o.schema->keeps_long_values || out->text.full ||
	    out->text.n > out->limit)
		return RC_OK;
	out->rendered += CUT_COST * (out->text.n - start);
	const enum rc rc = value_limit_apply(&out->text, start, &how, &n, e);
	out->account.long_fields += n;
	return rc;
}

/* Append the record's line. On failure a part of it may be appended. */
static enum rc
write_line(
    struct recorder *r, struct draft *d, struct lines *out, struct err *e)
{
	const size_t start = out->text.n;
	struct provenance origin = r->chunk;
	enum rc rc = RC_OK;

	origin.offset += d->record->header.offset;
	origin.header_id = d->record->header.id;
	d->facts.provenance = &origin;
	count_plan(r, d, out);
	struct plan *const plan = line_plan(r, d);
	if (!d->facts.has_time)
		use_header_time(r, d);
	plan_run(plan, d->record->tree.values, &d->facts, &out->text);
	/* How much of a line that did not fit was written depends on the lines
	 * of other chunks, so a constant is counted. */
	out->rendered += out->text.full || out->text.n > out->limit
			     ? LINE_MAX_BYTES
			     : out->text.n - start;
	const struct record_key_place key = { d->facts.key_at,
		r->o.keys ? out->n_keys - 1 : SIZE_MAX };
	const bool keyed = d->facts.key[0] != '\0';
	const bool is_long = out->text.n - start > VALUE_LIMIT_BYTES;
	if (is_long && keyed && !out->text.full) {
		/* Fill in the key now: it moves when values are shortened. */
		rc = record_keys_add(r->keys, out, &key, e);
		if (rc == RC_OK)
			rc = record_keys_settle(r->keys, out, e);
	}
	if (rc == RC_OK && is_long)
		rc = limit_values(r, out, start, e);
	if (d->record->repaired != NULL && !out->text.full) {
		/* Remove the closing brace of the row. */
		buf_cut(&out->text, out->text.n - 1);
		buf_str(&out->text, ",\"Repaired_CF\":");
		json_put(&out->text, span_str(d->record->repaired));
		buf_byte(&out->text, '}');
	}
	buf_byte(&out->text, '\n');
	if (rc != RC_OK)
		return rc;
	if (plan->failed || out->text.full || out->spilled.full ||
	    out->text.n - start > LINE_MAX_BYTES || out->text.n > out->limit)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "its line exceeds the maximum length of a line, or of all "
		    "lines of a chunk: capped");
	return is_long || !keyed ? RC_OK
				 : record_keys_add(r->keys, out, &key, e);
}

/* Append the record's line and its key; on failure nothing is appended. */
static enum rc
render(struct recorder *r, struct draft *d, struct lines *out, struct err *e)
{
	const size_t start = out->text.n;
	const size_t spilled = out->spilled.n;
	const size_t keys = out->n_keys;
	enum rc rc = RC_OK;

	if (out->rendered > RENDER_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "rendering its chunk takes over %zu MiB: capped",
		    RENDER_MAX >> 20);
	if (r->o.line.provenance != SCHEMA_PROVENANCE_NONE || r->o.keys)
		rc = write_key_text(r, d, out, e);
	if (rc == RC_OK && r->o.keys)
		rc = lines_add_key(out, d->facts.key[0] == '\0', e);
	if (rc == RC_OK)
		rc = write_line(r, d, out, e);
	if (rc != RC_OK) {
		buf_cut(&out->text, start);
		buf_cut(&out->spilled, spilled);
		out->n_keys = keys;
		return rc;
	}
	out->account.emitted++;
	const bool other = !schema_accepts(
	    r->o.schema, system_fields_value(&d->c->test.head, SYSTEM_CHANNEL,
			     d->record->tree.values));
	out->account.other_channels += other;
	if (r->o.keys)
		out->keys[keys].other_channel = other;
	if (r->o.keys && d->facts.key[0] != '\0')
		out->keys[keys].entry.row = row_digest(r->o.schema,
		    &d->c->test.head, d->record->tree.values, &r->row_text);
	return d->facts.has_time ? RC_OK : infer_time(out, d, e);
}

enum rc
recorder_settle(struct recorder *r, struct lines *out, struct err *e)
{
	return record_keys_settle(r->keys, out, e);
}

/* Count the record in the coverage and the event counts, selected or not.
 * Recovered records do not count. */
static enum rc
count_record(const struct recorder *r, const struct draft *d, struct lines *out,
    struct err *e)
{
	const struct job_coverage_record seen = { &d->c->test.head,
		&d->record->tree, &d->record->header,
		d->facts.has_time ? d->facts.time : 0 };

	if (d->record->recovered)
		return RC_OK;
	job_coverage_add(&out->job_coverage, &d->c->place, &seen);
	if (r->o.event_counts)
		event_counts_add(
		    &out->event_counts, seen.head, seen.tree, seen.time);
	if (r->o.sids)
		event_counts_add_sids(
		    &out->event_counts, seen.head, seen.tree, seen.time);
	return out->job_coverage.failed || out->event_counts.failed
		   ? err_nomem(e)
		   : RC_OK;
}

static enum select_verdict
select_record(struct recorder *r, const struct draft *d)
{
	const struct record *const record = d->record;
	struct select_test *const test = &d->c->test;
	const enum select_verdict v =
	    select_run(test, r->select, &record->tree);

	if (record->slot != NULL) {
		record->slot->bytes += test->grown;
		test->grown = 0;
	}
	return v;
}

enum rc
recorder_add(struct recorder *r, const struct record *record, struct lines *out,
    struct err *e)
{
	struct draft d = { .record = record, .c = compiled_of(r, record, e) };
	const struct tree *const t = &record->tree;

	if (d.c == NULL)
		return err_nomem(e);
	const struct system_fields *const h = &d.c->test.head;
	const struct value *const time =
	    system_fields_value(h, SYSTEM_TIME, t->values);
	d.facts.has_time = time != NULL && value_has_time(time) &&
			   value_time(time, &d.facts.time);
	const enum select_verdict v = select_record(r, &d);
	/* A System-only record may be counted only if nothing else of it is
	 * needed. */
	if (record->system_only &&
	    (v == SELECT_KEEP || r->o.sids ||
		job_coverage_needs_event(&d.c->place, h, t) ||
		(r->o.event_counts && event_counts_needs_event(h, t))))
		return RC_RETRY;
	enum rc rc = count_record(r, &d, out, e);
	if (rc == RC_OK && v == SELECT_KEEP)
		rc = render(r, &d, out, e);
	else if (rc == RC_OK)
		out->account.filtered[v]++;
	if (rc == RC_OK && record->repaired != NULL)
		out->account.repaired++;
	if (!d.facts.has_time)
		return rc;
	account_time(&out->account, d.facts.time);
	if (out->first_time == 0)
		out->first_time = d.facts.time;
	out->last_time = d.facts.time;
	return rc;
}
