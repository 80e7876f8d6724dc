/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/pending_sources.h"
#include "coverage/coverage.h"

struct pending_source *
pending_sources_add(struct pending_sources *l, char *name)
{
	struct pending_source *const one = calloc(1, sizeof(*one));
	struct err e;

	if (one == NULL || coverage_create(&one->coverage, &e) != RC_OK) {
		free(one);
		free(name);
		return NULL;
	}
	one->line.name = name;
	if (l->last != NULL)
		l->last->next = one;
	else
		l->first = one;
	l->last = one;
	l->n++;
	return one;
}

static void
free_text(const char *text)
{
	/* The text is not const: this file or its caller has allocated it. */
	/* NOLINTNEXTLINE(performance-no-int-to-ptr) */
	free((void *)(uintptr_t)text);
}

bool
pending_sources_set_text(const char **to, const char *text)
{
	char *const copy = strdup(text);

	if (copy == NULL)
		return false;
	free_text(*to);
	*to = copy;
	return true;
}

void
pending_sources_remove_first(struct pending_sources *l)
{
	struct pending_source *const one = l->first;

	l->first = one->next;
	if (l->first == NULL)
		l->last = NULL;
	l->n--;
	free_text(one->line.name);
	free_text(one->line.error);
	free_text(one->line.duplicate_of);
	free_text(one->line.reason);
	coverage_destroy(one->coverage);
	free(one);
}

void
pending_sources_clear(struct pending_sources *l)
{
	while (l->first != NULL)
		pending_sources_remove_first(l);
}

/* --- checkpoints ---------------------------------------------------------- */

#define LINE(name, type, member) \
	STATE_FIELD(name, type, pending_source, line.member)
#define ACCOUNT(member) LINE(#member, STATE_U64, account.member)

static const struct state_field fields[] = {
	LINE("archive", STATE_CHARS, archive_sha256),
	LINE("bytes", STATE_U64, bytes),
	LINE("chunks", STATE_U64, chunks),
	LINE("chunks_bad", STATE_U64, chunks_bad),
	ACCOUNT(found),
	ACCOUNT(emitted),
	ACCOUNT(filtered),
	ACCOUNT(duplicate),
	ACCOUNT(damaged),
	ACCOUNT(borrowed),
	ACCOUNT(recovered),
	ACCOUNT(recovered_filtered),
	ACCOUNT(recovered_damaged),
	ACCOUNT(regions),
	ACCOUNT(unchecked),
	ACCOUNT(hidden),
	ACCOUNT(repaired),
	ACCOUNT(names),
	ACCOUNT(inferred),
	ACCOUNT(long_fields),
	ACCOUNT(disagreements),
	ACCOUNT(one_sided),
	ACCOUNT(conflicts),
	ACCOUNT(other_channels),
	ACCOUNT(first_time),
	ACCOUNT(last_time),
	LINE("ids", STATE_U64, copy.records),
	LINE("ids_differ", STATE_U64, copy.ids_differ),
	LINE("pairs", STATE_U64, copy.pairs),
	LINE("times_shift", STATE_U64, copy.times_shift),
	LINE("turns", STATE_U64, copy.turns),
	STATE_FIELD("unused", STATE_U64, pending_source, unused),
	STATE_FIELD("region_at", STATE_U64, pending_source, region_at),
	STATE_FIELD("region_n", STATE_U64, pending_source, region_n),
	STATE_FIELD("first", STATE_U64, pending_source, first_time),
	STATE_FIELD("last", STATE_U64, pending_source, last_time),
	STATE_FIELD("log_decided", STATE_BOOL, pending_source, log.decided),
	STATE_FIELD("log_forwarded", STATE_BOOL, pending_source, log.forwarded),
	STATE_FIELD("head", STATE_U64, pending_source, head),
	STATE_FIELD("before", STATE_CHARS, pending_source, before),
	STATE_FIELDS_END,
};

_Static_assert(
    sizeof(struct account) == (22 + ACCOUNT_REASONS - 1) * sizeof(uint64_t),
    "each member of an account has a field above");

void
pending_sources_write_state(
    const struct pending_source *s, struct state_writer *w)
{
	state_codec_write_text(w, "source", s->line.name);
	state_codec_write(w, fields, s);
}

enum rc
pending_sources_read_state(
    struct pending_source *s, struct state_reader *r, struct err *e)
{
	char *const name = state_codec_read_text(r, "source");
	const bool named =
	    name == NULL || pending_sources_set_text(&s->line.name, name);

	free(name);
	state_codec_read(r, fields, s);
	return named ? RC_OK : err_nomem(e);
}
