/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event set that takes no record of the input, and queries for channels that
 * are not in it: a misspelt channel must not look like a quiet computer. Inputs
 * without a log.
 */
#include <string.h>

#include "convert/inner.h"

#define TEXT_MAX ((size_t)4096)
#define NAMED_MAX 10U /* channels of a message */
#define NAME_SHOWN 100

/* A list of names that ends after NAMED_MAX. */
struct name_list {
	struct buf *out;
	unsigned n;
};

static void
list_name(struct name_list *l, const char *name)
{
	if (l->n < NAMED_MAX)
		buf_fmt(l->out, "%s%.*s", l->n == 0 ? "" : ", ", NAME_SHOWN,
		    name[0] == '\0' ? "(none)" : name);
	l->n++;
}

static void
end_list(const struct name_list *l)
{
	if (l->n > NAMED_MAX)
		buf_fmt(l->out, " and %u more", l->n - NAMED_MAX);
}

/* Logs are in the order of their channels, and a log is of one computer. */
static bool
next_channel(const struct run *r, size_t *i, const char **channel)
{
	const char *const before = *channel;
	struct coverage_log_view v;

	while (coverage_log(r->o->coverage, *i, &v)) {
		++*i;
		*channel = v.channel;
		if (before == NULL || strcmp(before, v.channel) != 0)
			return true;
	}
	return false;
}

static void
put_input(const struct run *r, struct buf *out)
{
	struct name_list l = { out, 0 };
	const char *channel = NULL;
	size_t i = 0;

	buf_str(out, "; channels of the input: ");
	while (next_channel(r, &i, &channel))
		list_name(&l, channel);
	end_list(&l);
}

static void
say(const struct run *r, struct buf *out)
{
	buf_byte(out, '\0');
	if (!out->full && r->o->watch.warn != NULL)
		r->o->watch.warn(r->o->watch.ctx, NULL, (const char *)out->p);
	buf_cut(out, 0);
}

static void
add(struct program_channels *to, const struct program_channels *from)
{
	for (size_t i = 0; i < sizeof(to->bits) / sizeof(*to->bits); i++)
		to->bits[i] |= from->bits[i];
}

void
unmet_source(
    struct run *r, const struct source_entry *s, const struct source_log *of)
{
	if (r->logs == NULL || s->account.found == 0)
		return;
	const struct program_channels log =
	    source_channel_mask(r->logs, s->name, of);
	add(&r->met, &log);
}

/* Channels of the queries that are a record's own or a log with records. */
static struct program_channels
met_channels(const struct run *r, const struct queries *q)
{
	struct program_channels met = { { 0 } };
	const char *channel = NULL;
	size_t i = 0;

	while (next_channel(r, &i, &channel)) {
		const struct program_channels own =
		    queries_channels(q, channel);
		add(&met, &own);
	}
	add(&met, &r->met);
	return met;
}

static void
tell_channels(const struct run *r, const struct queries *q, struct buf *out)
{
	const struct program_channels met = met_channels(r, q);
	struct name_list l = { out, 0 };

	buf_str(out, "queries name channels that the input does not have: ");
	for (unsigned i = 0; i < q->n_channels; i++) {
		if (!program_has_channel(&met, i))
			list_name(&l, q->channels[i]);
	}
	end_list(&l);
	put_input(r, out);
	if (l.n != 0)
		say(r, out);
	buf_cut(out, 0);
}

/* The set none is asked for to select nothing. */
static bool
is_unmet(const struct run *r, enum select_verdict v)
{
	const struct account *const a = &r->m->account;
	const struct eventset *const set = &r->o->worker.record.select->set;

	return a->emitted == 0 && a->filtered[v] != 0 &&
	       (v != SELECT_EVENT_SET || strcmp(set->name, "none") != 0);
}

static void
tell_nothing(const struct run *r, struct buf *out)
{
	const unsigned long long found = r->m->account.found;
	const struct select *const s = r->o->worker.record.select;

	if (is_unmet(r, SELECT_EVENT_SET)) {
		buf_fmt(out,
		    "nothing was selected: the event set \"%s\" takes none of "
		    "the %llu record%s (--event-set any takes every channel)",
		    s->set.name, found, found == 1 ? "" : "s");
		put_input(r, out);
		say(r, out);
	}
	if (is_unmet(r, SELECT_QUERY)) {
		buf_fmt(out,
		    "nothing was selected: the queries select none of the %llu "
		    "records",
		    found);
		put_input(r, out);
		say(r, out);
	}
}

void
unmet_tell(const struct run *r)
{
	const struct queries *const q = r->o->worker.record.select->queries;
	struct buf out;

	if (r->m->account.found == 0 || r->o->coverage == NULL)
		return;
	buf_init(&out, TEXT_MAX);
	if (q != NULL)
		tell_channels(r, q, &out);
	tell_nothing(r, &out);
	buf_reset(&out);
}

static void
tell_input(const struct run *r, const struct walk_operand *o)
{
	struct buf out;

	buf_init(&out, TEXT_MAX);
	buf_fmt(&out, "%.2000s: no log was found in it", o->path);
	say(r, &out);
	buf_reset(&out);
}

void
unmet_inputs(const struct run *r)
{
	const struct walk *const w = r->walk;
	struct manifest *const m = r->m;

	m->passed_over += w->passed + r->passed;
	m->unseen += w->unseen + r->unseen;
	m->left_out += r->left_out;
	for (size_t i = 0; i < w->n_operands; i++) {
		if (r->found[i] || w->operands[i].found)
			continue;
		m->inputs_empty++;
		tell_input(r, &w->operands[i]);
	}
}
