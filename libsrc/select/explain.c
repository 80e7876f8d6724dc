/* SPDX-License-Identifier: Apache-2.0 */
#include "select/explain.h"
#include "select/compare.h"
#include "util/visible.h"

#define QUERY_TERMS 20U /* maximum of a query of a data collection rule */

/* --- event sets ----------------------------------------------------------- */

/* Consecutive event ids. */
struct range {
	uint64_t first;
	uint64_t last;
};

/* Find the next range of ids that starts at r->first or later; false if there
 * is none. */
static bool
next_range(const struct ids *ids, struct range *r)
{
	while (r->first <= IDS_MAX && !ids_has(ids, r->first))
		r->first++;
	r->last = r->first;
	while (ids_has(ids, r->last + 1))
		r->last++;
	return r->first <= IDS_MAX;
}

static void
put_number(struct buf *out, const char *before, uint64_t n)
{
	buf_fmt(out, "%s%llu", before, (unsigned long long)n);
}

/* Append the rule as queries of at most QUERY_TERMS terms. */
static void
put_queries(struct buf *out, const struct eventset_rule *rule)
{
	struct range r = { 0, 0 };
	unsigned terms = 0;

	if (rule->every)
		buf_fmt(out, "%s!*\n", rule->channel);
	while (!rule->every && next_range(&rule->ids, &r)) {
		const unsigned more = r.last > r.first ? 2 : 1;
		if (terms + more > QUERY_TERMS) {
			buf_str(out, "]]\n");
			terms = 0;
		}
		if (terms == 0)
			buf_fmt(out, "%s!*[System[", rule->channel);
		else
			buf_str(out, " or ");
		put_number(
		    out, more == 1 ? "(EventID=" : "(EventID >= ", r.first);
		if (more != 1)
			put_number(out, " and EventID <= ", r.last);
		buf_byte(out, ')');
		terms += more;
		r.first = r.last + 1;
	}
	if (terms != 0)
		buf_str(out, "]]\n");
}

void
explain_set(struct buf *out, const struct eventset *set)
{
	buf_fmt(out, "%s\n", set->name);
	if (set->any)
		buf_str(out, "every record of every channel\n\n*!*\n");
	else if (set->n == 0)
		buf_str(out, "no record\n");
	for (size_t i = 0; i < set->n; i++) {
		const struct eventset_rule *const rule = &set->rules[i];
		struct range r = { 0, 0 };
		buf_fmt(out, "%s: ", rule->channel);
		if (rule->every)
			buf_str(out, "every event");
		for (const char *before = "";
		     !rule->every && next_range(&rule->ids, &r); before = ",") {
			put_number(out, before, r.first);
			if (r.last > r.first)
				put_number(out, "-", r.last);
			r.first = r.last + 1;
		}
		buf_byte(out, '\n');
	}
	buf_str(out, set->n == 0 ? "" : "\n");
	for (size_t i = 0; i < set->n; i++)
		put_queries(out, &set->rules[i]);
}

/* --- records -------------------------------------------------------------- */

static enum rc
put_sets(struct buf *out, const struct system_fields *h, const struct tree *t,
    struct buf *scratch, struct err *e)
{
	static const char *const names[] = { "all", "common", "minimal" };
	const struct value *const channel =
	    system_fields_value(h, SYSTEM_CHANNEL, t->values);
	const struct value *const id =
	    system_fields_value(h, SYSTEM_EVENT_ID, t->values);
	uint64_t n = UINT64_MAX;
	bool none = true;

	buf_str(out, "  event sets that select it:");
	buf_cut(scratch, 0);
	if (channel != NULL)
		value_text(scratch, channel);
	if (id == NULL || !value_u64(id, &n))
		n = UINT64_MAX;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct eventset set;
		const enum rc rc = eventset_load(&set, names[i], e);
		if (rc != RC_OK)
			return rc;
		if (eventset_has(
			&set, eventset_rules_of(&set, buf_span(scratch)), n)) {
			buf_fmt(out, " %s", names[i]);
			none = false;
		}
		eventset_free(&set);
	}
	buf_str(out, none ? " none except any\n" : "\n");
	return RC_OK;
}

/* Append the result of each query, regardless of the others. A query is for the
 * record if its channel matches that of the record or of the log which contains
 * the record. */
static void
put_answers(struct buf *out, const struct explain *x,
    const struct system_fields *h, const struct tree *t, struct buf *scratch)
{
	const struct value *const v =
	    system_fields_value(h, SYSTEM_CHANNEL, t->values);
	const struct queries *const all = x->select->queries;

	buf_cut(scratch, 0);
	if (v != NULL)
		value_text(scratch, v);
	buf_byte(scratch, '\0');
	struct program_channels c = queries_channels(
	    all, scratch->full ? "" : (const char *)scratch->p);
	for (size_t i = 0; i < sizeof(c.bits) / sizeof(*c.bits); i++)
		c.bits[i] |= x->log.bits[i];
	for (const struct queries_item *i = all->items; i != NULL;
	     i = i->next) {
		struct program_query q = { .channel = i->channel_number,
			.expr = i->expr };
		const struct program_rule rule = { .select = &q };
		const struct program_source s = { .rules = &rule,
			.tree = t,
			.channels = &c,
			.now = true,
			.scratch = scratch };
		struct program p;
		program_make(&p, &s);
		const char *const answer =
		    !program_has_channel(&c, i->channel_number)
			? "is for another channel"
		    : p.entry != PROGRAM_YES ? "does not match"
		    : i->suppress            ? "suppresses it"
					     : "selects it";
		buf_fmt(out, "  %s %s: ", i->where, answer);
		buf_put(out, i->channel);
		buf_byte(out, '!');
		buf_put(out, i->text);
		buf_byte(out, '\n');
	}
}

static enum rc
put_decision(struct buf *out, const struct explain *x, const struct tree *t,
    struct err *e)
{
	struct select_worker *w;
	struct select_test test;

	enum rc rc = select_worker_create(&w, x->select, e);
	if (rc != RC_OK)
		return rc;
	select_worker_log(w, &x->log);
	rc = select_compile(&test, w, t, false, e);
	if (rc == RC_OK) {
		const enum select_verdict v = select_run(&test, w, t);
		if (v == SELECT_KEEP)
			buf_str(out, ": selected\n");
		else
			buf_fmt(
			    out, ": not selected, by %s\n", select_reasons[v]);
		select_test_free(&test);
	}
	select_worker_destroy(w);
	return rc;
}

enum rc
explain_tree(struct buf *out, const struct explain *x, const struct tree *t,
    struct err *e)
{
	static const enum system_field fields[] = { SYSTEM_RECORD_ID,
		SYSTEM_TIME, SYSTEM_COMPUTER, SYSTEM_CHANNEL, SYSTEM_PROVIDER,
		SYSTEM_EVENT_ID };
	struct system_fields h;
	struct buf scratch;

	buf_init(&scratch, COMPARE_TEXT_MAX);
	system_fields_find(&h, t);
	/* This is always one line: visible_put() escapes line breaks. */
	buf_str(out, "record");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct value *const v =
		    system_fields_value(&h, fields[i], t->values);
		buf_cut(&scratch, 0);
		if (v != NULL)
			value_text(&scratch, v);
		buf_byte(out, ' ');
		visible_put(out, v == NULL ? SPAN("-") : buf_span(&scratch));
	}
	enum rc rc = put_decision(out, x, t, e);
	if (rc == RC_OK)
		rc = put_sets(out, &h, t, &scratch, e);
	if (rc == RC_OK && x->select->queries != NULL)
		put_answers(out, x, &h, t, &scratch);
	buf_reset(&scratch);
	return rc;
}
