/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "convert/intake_state.h"

#define OPERANDS_MAX ((size_t)1 << 32)

enum rc
intake_state_init(struct intake_state *s, const struct walk *w, struct err *e)
{
	*s = (struct intake_state){ .n_operands = w->n_operands };
	s->counts.found = calloc(w->n_operands + 1, sizeof(bool));
	return s->counts.found == NULL ? err_nomem(e) : RC_OK;
}

void
intake_state_reset(struct intake_state *s)
{
	free(s->counts.found);
	s->counts.found = NULL;
}

static bool
wants_log(const void *ctx, const char *inside)
{
	return names_match(ctx, inside);
}

struct input_filter
intake_state_filter(const struct names *names)
{
	return (struct input_filter){ .ctx = names, .wants_log = wants_log };
}

/* --- checkpoints ---------------------------------------------------------- */

static const struct state_field level_fields[] = {
	STATE_FIELD("member", STATE_U64, input_level, member),
	STATE_FIELD("used", STATE_U64, input_level, used.bytes),
	STATE_FIELD("used_members", STATE_U64, input_level, used.members),
	STATE_FIELD("used_inner", STATE_U64, input_level, used.inner),
	STATE_FIELD("used_plain", STATE_U64, input_level, used.plain),
	STATE_FIELDS_END,
};

#define SOURCE(name, type, member) \
	STATE_FIELD(name, type, intake_state, point.source.member)

static const struct state_field fields[] = {
	STATE_FIELD("entry", STATE_U64, intake_state, point.input.entry),
	SOURCE("at", STATE_U64, at),
	SOURCE("hashed", STATE_U64, hashed),
	SOURCE("signature", STATE_BOOL, header.signature),
	SOURCE("header_crc", STATE_BOOL, header.crc_ok),
	SOURCE("dirty", STATE_BOOL, header.dirty),
	SOURCE("counted", STATE_U64, header.chunks),
	SOURCE("digest", STATE_BYTES, digest.bytes),
	STATE_FIELD("passed", STATE_U64, intake_state, counts.passed),
	STATE_FIELD("unseen", STATE_U64, intake_state, counts.unseen),
	STATE_FIELD("left_out", STATE_U64, intake_state, counts.left_out),
	STATE_FIELDS_END,
};

static const struct state_field found_field[] = {
	{ "found", STATE_BOOL, 0, sizeof(bool) },
	STATE_FIELDS_END,
};

void
intake_state_write(const struct intake_state *s, struct state_writer *w)
{
	state_codec_write(w, fields, s);
	state_codec_write_u64(w, "levels", s->point.input.n_levels);
	for (size_t i = 0; i < s->point.input.n_levels; i++)
		state_codec_write(w, level_fields, &s->point.input.levels[i]);
	state_codec_write_u64(w, "operands", s->n_operands);
	for (size_t i = 0; i < s->n_operands; i++)
		state_codec_write(w, found_field, &s->counts.found[i]);
}

void
intake_state_read(struct intake_state *s, struct state_reader *r)
{
	bool spare;

	state_codec_read(r, fields, s);
	s->point.input.n_levels =
	    state_codec_read_count(r, "levels", LEVELS_INSIDE_MAX + 1);
	for (size_t i = 0; i < s->point.input.n_levels; i++)
		state_codec_read(r, level_fields, &s->point.input.levels[i]);
	const size_t n = state_codec_read_count(r, "operands", OPERANDS_MAX);
	for (size_t i = 0; i < n && !state_codec_failed(r); i++)
		state_codec_read(r, found_field,
		    i < s->n_operands ? &s->counts.found[i] : &spare);
}
