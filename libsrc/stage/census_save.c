/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A census in a checkpoint: logs and notes name logs by their numbers, those of
 * the run come before those of a source.
 */
#include <stdlib.h>
#include <string.h>

#include "stage/census_inner.h"

#define SAVED_MAX ((size_t)1 << 32)

static enum rc
save_ranges(struct ranges *r, struct save *s, struct err *e)
{
	size_t n = r->n;
	enum rc rc = RC_OK;

	save_count(s, "ranges", &n, SAVED_MAX);
	for (size_t i = 0; rc == RC_OK && i < n && s->wrong == NULL; i++) {
		struct range one = { 0, 0 };
		if (!save_reads(s))
			one = r->item[i];
		save_u64(s, "from", &one.first);
		save_u64(s, "to", &one.last);
		if (save_reads(s) && s->wrong == NULL &&
		    one.first <= one.last && one.last < UINT64_MAX)
			rc = ranges_add(r, &one, SIZE_MAX, e);
	}
	save_u64(s, "again", &r->again);
	save_u64(s, "joined", &r->joined);
	save_u64(s, "joined_missing", &r->joined_missing);
	return rc;
}

/* The log's names, by way of its number when it is being read. */
static enum rc
save_place(struct census *c, size_t *log, struct save *s, struct err *e)
{
	const struct census_log *const l =
	    save_reads(s) ? NULL : &c->logs[*log];
	uint64_t source = l == NULL ? 0 : l->source;
	char *channel = NULL;
	char *computer = NULL;
	enum rc rc = RC_OK;

	save_u64(s, "of", &source);
	if (l != NULL) {
		save_say(s, "channel", l->channel);
		save_say(s, "computer", l->computer);
		return RC_OK;
	}
	save_text(s, "channel", &channel);
	save_text(s, "computer", &computer);
	if (channel != NULL && computer != NULL)
		rc = census_find(c,
		    &(struct census_place){ (size_t)source, span_str(channel),
			span_str(computer), 0 },
		    log, e);
	free(channel);
	free(computer);
	return rc;
}

static enum rc
save_log(struct census *c, size_t log, struct save *s, struct err *e)
{
	enum rc rc = save_place(c, &log, s, e);

	if (rc != RC_OK || s->wrong != NULL)
		return rc;
	struct census_log *const l = &c->logs[log];
	save_u64(s, "records", &l->records);
	save_u64(s, "without_id", &l->without_id);
	save_u64(s, "cleared", &l->cleared);
	save_u64(s, "jumps", &l->jumps);
	save_u64(s, "first", &l->first_time);
	save_u64(s, "last", &l->last_time);
	save_u64(s, "before", &l->before_id);
	save_u64(s, "before_time", &l->before_time);
	rc = save_ranges(&l->ids, s, e);
	c->n_ranges += save_reads(s) ? l->ids.n : 0;
	return rc;
}

/* A jump has none. */
static enum rc
save_note_text(struct census *c, const char *name, const char **text,
    struct save *s, struct err *e)
{
	char *read = NULL;

	if (!save_reads(s)) {
		save_say(s, name, *text);
		return RC_OK;
	}
	save_text(s, name, &read);
	*text = read == NULL ? NULL : census_text(c, span_str(read));
	const bool lost = read != NULL && *text == NULL;
	free(read);
	return lost ? err_nomem(e) : RC_OK;
}

static enum rc
save_note(struct census *c, size_t i, struct save *s, struct err *e)
{
	struct census_note *const n = &c->notes[i];
	const struct census_place at = { n->source,
		span_str(n->channel == NULL ? "" : n->channel),
		span_str(n->computer == NULL ? "" : n->computer), 0 };
	uint64_t kind = n->kind;
	size_t log = 0;

	enum rc rc = save_reads(s) ? RC_OK : census_find(c, &at, &log, e);
	if (rc == RC_OK)
		rc = save_place(c, &log, s, e);
	if (rc != RC_OK || s->wrong != NULL || log >= c->n_logs)
		return rc;
	n->source = c->logs[log].source;
	n->channel = c->logs[log].channel;
	n->computer = c->logs[log].computer;
	save_u64(s, "kind", &kind);
	n->kind = kind == CENSUS_JUMP ? CENSUS_JUMP : CENSUS_CLEARED;
	save_u64(s, "offset", &n->offset);
	save_u64(s, "event", &n->event_id);
	save_u64(s, "record", &n->record_id);
	save_u64(s, "time", &n->time);
	save_u64(s, "time_before", &n->before);
	rc = save_note_text(c, "log", &n->log, s, e);
	return rc == RC_OK ? save_note_text(c, "by", &n->by, s, e) : rc;
}

enum rc
census_save(struct census *c, struct save *s, struct err *e)
{
	size_t n = c->n_logs;
	enum rc rc = RC_OK;

	save_count(s, "logs", &n, SAVED_MAX);
	for (size_t i = 0; rc == RC_OK && i < n && s->wrong == NULL; i++)
		rc = save_log(c, i, s, e);
	n = c->n_notes;
	save_count(s, "notes", &n, CENSUS_NOTES_MAX);
	for (size_t i = 0; rc == RC_OK && i < n && s->wrong == NULL; i++) {
		if (save_reads(s))
			rc = census_note_add(
			    c, &(struct census_note){ .source = 0 }, e);
		if (rc == RC_OK)
			rc = save_note(c, i, s, e);
	}
	return rc;
}
