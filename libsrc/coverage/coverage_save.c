/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A coverage in a checkpoint. Notes say their log by its names.
 */
#include <stdlib.h>
#include <string.h>

#include "coverage/coverage_inner.h"

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

/* The log's names; reading them, *log becomes its number. */
static enum rc
save_names(struct coverage *c, size_t *log, struct save *s, struct err *e)
{
	char *channel = NULL;
	char *computer = NULL;
	enum rc rc = RC_OK;

	if (!save_reads(s)) {
		save_say(s, "channel", c->logs[*log].channel);
		save_say(s, "computer", c->logs[*log].computer);
		return RC_OK;
	}
	save_text(s, "channel", &channel);
	save_text(s, "computer", &computer);
	if (channel != NULL && computer != NULL)
		rc = coverage_find(c,
		    &(struct coverage_place){ .channel = span_str(channel),
			.computer = span_str(computer) },
		    log, e);
	free(channel);
	free(computer);
	return rc;
}

static enum rc
save_log(struct coverage *c, size_t log, struct save *s, struct err *e)
{
	enum rc rc = save_names(c, &log, s, e);

	if (rc != RC_OK || s->wrong != NULL)
		return rc;
	struct coverage_log *const l = &c->logs[log];
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

static void
save_facts(struct coverage_note *n, struct save *s)
{
	uint64_t kind = n->kind;

	save_u64(s, "kind", &kind);
	n->kind = kind == COVERAGE_JUMP ? COVERAGE_JUMP : COVERAGE_CLEARED;
	save_u64(s, "of", &n->source);
	save_u64(s, "offset", &n->offset);
	save_u64(s, "event", &n->event_id);
	save_u64(s, "record", &n->record_id);
	save_u64(s, "time", &n->time);
	save_u64(s, "time_before", &n->before);
}

static enum rc
read_note(struct coverage *c, struct save *s, struct err *e)
{
	struct coverage_note n = { .source = 0 };
	char *text[3] = { NULL, NULL, NULL };
	size_t log = 0;

	enum rc rc = save_names(c, &log, s, e);
	save_facts(&n, s);
	save_text(s, "source", &text[0]);
	save_text(s, "log", &text[1]);
	save_text(s, "by", &text[2]);
	n.name = text[0];
	n.log = text[1];
	n.by = text[2];
	if (rc == RC_OK && s->wrong == NULL && n.name != NULL &&
	    n.log != NULL && n.by != NULL && log < c->n_logs)
		rc = coverage_note_add(c, log, &n, e);
	for (int i = 0; i < 3; i++)
		free(text[i]);
	return rc;
}

static void
write_note(struct coverage_note *n, struct save *s)
{
	save_say(s, "channel", n->channel);
	save_say(s, "computer", n->computer);
	save_facts(n, s);
	save_say(s, "source", n->name);
	save_say(s, "log", n->log);
	save_say(s, "by", n->by);
}

enum rc
coverage_save(struct coverage *c, struct save *s, struct err *e)
{
	size_t n = c->n_logs;
	enum rc rc = RC_OK;

	save_count(s, "logs", &n, SAVED_MAX);
	for (size_t i = 0; rc == RC_OK && i < n && s->wrong == NULL; i++)
		rc = save_log(c, i, s, e);
	/* Those that the logs of an earlier run told are among them. */
	if (save_reads(s))
		c->n_notes = 0;
	n = c->n_notes;
	save_count(s, "notes", &n, COVERAGE_NOTES_MAX);
	for (size_t i = 0; rc == RC_OK && i < n && s->wrong == NULL; i++) {
		if (save_reads(s))
			rc = read_note(c, s, e);
		else
			write_note(&c->notes[i], s);
	}
	return rc;
}
