/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert/unmatched.h"
#include "coverage/coverage.h"

#define TEXT_MAX ((size_t)4096)
#define NAMES_MAX 10U /* maximum number of channels in a message */
#define NAME_SHOWN 100

static void
add(struct program_channels *to, const struct program_channels *from)
{
	for (size_t i = 0; i < sizeof(to->bits) / sizeof(*to->bits); i++)
		to->bits[i] |= from->bits[i];
}

void
unmatched_add_source(struct unmatched *u, const struct finished_source *s)
{
	if (u->channels == NULL || s->line.account.found == 0)
		return;
	const struct program_channels log =
	    source_channel_mask(u->channels, s->line.name, &s->log);
	add(&u->found, &log);
}

/* --- lists of channels ---------------------------------------------------- */

/* A list of names in a message; only the first NAMES_MAX names are shown. */
struct name_list {
	struct buf *out;
	unsigned n;
};

static void
list_name(struct name_list *l, const char *name)
{
	if (l->n < NAMES_MAX)
		buf_fmt(l->out, "%s%.*s", l->n == 0 ? "" : ", ", NAME_SHOWN,
		    name[0] == '\0' ? "(none)" : name);
	l->n++;
}

static void
end_list(const struct name_list *l)
{
	if (l->n > NAMES_MAX)
		buf_fmt(l->out, " and %u more", l->n - NAMES_MAX);
}

/* Get the next channel of the input; start with *i = 0 and *channel = NULL. The
 * logs of a channel, one for each computer, are consecutive. */
static bool
next_channel(const struct coverage *logs, size_t *i, const char **channel)
{
	const char *const before = *channel;
	struct coverage_log_view v;

	while (coverage_log(logs, *i, &v)) {
		++*i;
		*channel = v.channel;
		if (before == NULL || strcmp(before, v.channel) != 0)
			return true;
	}
	return false;
}

/* --- warnings ------------------------------------------------------------- */

/* Append the channels of the input to the message, and warn. */
static void
warn_with_channels(const struct unmatched *u, struct buf *out)
{
	struct name_list l = { out, 0 };
	const char *channel = NULL;
	size_t i = 0;

	buf_str(out, "; channels of the input: ");
	while (next_channel(u->o->coverage, &i, &channel))
		list_name(&l, channel);
	end_list(&l);
	buf_byte(out, '\0');
	if (!out->full)
		options_warn(u->o, NULL, (const char *)out->p);
	buf_cut(out, 0);
}

/* Warn of channels of queries that the input does not have. The input has a
 * channel if a record has it, or if it is the log of a source with records. */
static void
warn_of_channels(const struct unmatched *u, struct buf *out)
{
	const struct queries *const q = u->o->worker.record.select->queries;
	struct program_channels found = u->found;
	struct name_list l = { out, 0 };
	const char *channel = NULL;
	size_t at = 0;

	while (next_channel(u->o->coverage, &at, &channel)) {
		const struct program_channels own =
		    queries_channels(q, channel);
		add(&found, &own);
	}
	buf_str(out, "queries name channels that the input does not have: ");
	for (unsigned i = 0; i < q->n_channels; i++) {
		if (!program_has_channel(&found, i))
			list_name(&l, q->channels[i]);
	}
	end_list(&l);
	if (l.n != 0)
		warn_with_channels(u, out);
	buf_cut(out, 0);
}

void
unmatched_warn(const struct unmatched *u, const struct manifest *m)
{
	const struct select *const s = u->o->worker.record.select;
	const struct account *const a = &m->account;
	const unsigned long long found = a->found;
	struct buf out;

	if (a->found == 0 || u->o->coverage == NULL)
		return;
	buf_init(&out, TEXT_MAX);
	if (s->queries != NULL)
		warn_of_channels(u, &out);
	/* The set "none" is meant to select nothing. */
	if (a->emitted == 0 && a->filtered[SELECT_EVENT_SET] != 0 &&
	    strcmp(s->set.name, "none") != 0) {
		buf_fmt(&out,
		    "nothing was selected: the event set \"%s\" selects none "
		    "of the %llu record%s (--event-set any selects every "
		    "channel)",
		    s->set.name, found, found == 1 ? "" : "s");
		warn_with_channels(u, &out);
	}
	if (a->emitted == 0 && a->filtered[SELECT_QUERY] != 0) {
		buf_fmt(&out,
		    "nothing was selected: the queries select none of the %llu "
		    "records",
		    found);
		warn_with_channels(u, &out);
	}
	buf_reset(&out);
}
