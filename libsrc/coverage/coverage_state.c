/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "coverage/coverage_state.h"

#define SAVED_MAX ((size_t)1 << 32)

#define LOG(name, member) STATE_FIELD(name, STATE_U64, coverage_log, member)
#define NOTE(name, member) STATE_FIELD(name, STATE_U64, coverage_note, member)

static const struct state_field log_fields[] = {
	LOG("records", records),
	LOG("without_id", without_id),
	LOG("cleared", cleared),
	LOG("jumps", jumps),
	LOG("first", first_time),
	LOG("last", last_time),
	LOG("before", before_id),
	LOG("before_time", before_time),
	STATE_FIELDS_END,
};

/* The fields that are not restored by reading the ranges. */
static const struct state_field id_fields[] = {
	LOG("again", ids.again),
	LOG("joined", ids.joined),
	LOG("joined_missing", ids.joined_missing),
	STATE_FIELDS_END,
};

static const struct state_field range_fields[] = {
	STATE_FIELD("from", STATE_U64, range, first),
	STATE_FIELD("to", STATE_U64, range, last),
	STATE_FIELDS_END,
};

static const struct state_field note_fields[] = {
	NOTE("of", source),
	NOTE("offset", offset),
	NOTE("event", event_id),
	NOTE("record", record_id),
	NOTE("time", time),
	NOTE("time_before", before),
	STATE_FIELDS_END,
};

void
coverage_state_write(const struct coverage *c, struct state_writer *w)
{
	state_codec_write_u64(w, "logs", c->n_logs);
	for (size_t i = 0; i < c->n_logs; i++) {
		const struct coverage_log *const l = &c->logs[i];
		state_codec_write_text(w, "channel", l->channel);
		state_codec_write_text(w, "computer", l->computer);
		state_codec_write(w, log_fields, l);
		state_codec_write_u64(w, "ranges", l->ids.n);
		for (size_t k = 0; k < l->ids.n; k++)
			state_codec_write(w, range_fields, &l->ids.item[k]);
		state_codec_write(w, id_fields, l);
	}
	state_codec_write_u64(w, "notes", c->n_notes);
	for (size_t i = 0; i < c->n_notes; i++) {
		const struct coverage_note *const n = &c->notes[i];
		state_codec_write_text(w, "channel", n->channel);
		state_codec_write_text(w, "computer", n->computer);
		state_codec_write_u64(w, "kind", n->kind);
		state_codec_write(w, note_fields, n);
		state_codec_write_text(w, "source", n->name);
		state_codec_write_text(w, "log", n->log);
		state_codec_write_text(w, "by", n->by);
	}
}

/* Read the two names of a log and find it; *log is NULL if they are not
 * valid. */
static enum rc
read_log(struct coverage *c, struct state_reader *r, struct coverage_log **log,
    struct err *e)
{
	char *const channel = state_codec_read_text(r, "channel");
	char *const computer = state_codec_read_text(r, "computer");
	enum rc rc = RC_OK;

	*log = NULL;
	if (channel != NULL && computer != NULL)
		rc = coverage_find(
		    c, span_str(channel), span_str(computer), log, e);
	free(channel);
	free(computer);
	return rc;
}

static enum rc
read_note(struct coverage *c, struct state_reader *r, struct err *e)
{
	struct coverage_note n = { .source = 0 };
	struct coverage_log *log;

	enum rc rc = read_log(c, r, &log, e);
	n.kind = state_codec_read_u64(r, "kind") == COVERAGE_JUMP
		     ? COVERAGE_JUMP
		     : COVERAGE_CLEARED;
	state_codec_read(r, note_fields, &n);
	char *const name = state_codec_read_text(r, "source");
	char *const cleared = state_codec_read_text(r, "log");
	char *const by = state_codec_read_text(r, "by");
	if (rc == RC_OK && log != NULL && name != NULL && cleared != NULL &&
	    by != NULL) {
		const struct coverage_note_texts texts = { span_str(name),
			span_str(cleared), span_str(by) };
		rc = coverage_add_note(c, log, &n, &texts, e);
	}
	free(name);
	free(cleared);
	free(by);
	return rc;
}

enum rc
coverage_state_read(struct coverage *c, struct state_reader *r, struct err *e)
{
	size_t n = state_codec_read_count(r, "logs", SAVED_MAX);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n && !state_codec_failed(r);
	     i++) {
		struct coverage_log *l;
		rc = read_log(c, r, &l, e);
		if (rc != RC_OK || l == NULL)
			return rc;
		state_codec_read(r, log_fields, l);
		const size_t ranges =
		    state_codec_read_count(r, "ranges", SAVED_MAX);
		for (size_t k = 0;
		     rc == RC_OK && k < ranges && !state_codec_failed(r); k++) {
			struct range one;
			state_codec_read(r, range_fields, &one);
			if (!state_codec_failed(r) && one.first <= one.last &&
			    one.last < UINT64_MAX)
				rc = ranges_add(&l->ids, &one, SIZE_MAX, e);
		}
		state_codec_read(r, id_fields, l);
		c->n_ranges += l->ids.n;
	}
	/* The saved notes include those of the logs that were read before. */
	c->n_notes = 0;
	n = state_codec_read_count(r, "notes", COVERAGE_NOTES_MAX);
	for (size_t i = 0; rc == RC_OK && i < n && !state_codec_failed(r); i++)
		rc = read_note(c, r, e);
	return rc;
}
