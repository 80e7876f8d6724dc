/* SPDX-License-Identifier: Apache-2.0 */
#include "util/save.h"

static void
one(struct save *s, const struct state_field *field, void *v)
{
	const struct state_field fields[] = { *field, STATE_FIELDS_END };

	if (s->reads)
		state_codec_read(&s->r, fields, v);
	else
		state_codec_write(&s->w, fields, v);
	s->wrong = s->r.wrong;
}

void
save_u64(struct save *s, const char *name, uint64_t *v)
{
	one(s, &(struct state_field){ name, STATE_U64, 0, sizeof(*v) }, v);
}

void
save_bool(struct save *s, const char *name, bool *v)
{
	one(s, &(struct state_field){ name, STATE_BOOL, 0, sizeof(*v) }, v);
}

void
save_count(struct save *s, const char *name, size_t *v, size_t max)
{
	if (s->reads)
		*v = state_codec_read_count(&s->r, name, max);
	else
		state_codec_write_u64(&s->w, name, *v);
	s->wrong = s->r.wrong;
}

void
save_text(struct save *s, const char *name, char **v)
{
	one(s, &(struct state_field){ name, STATE_TEXT, 0, sizeof(*v) }, v);
}

void
save_say(struct save *s, const char *name, const char *v)
{
	state_codec_write_text(&s->w, name, v);
}

void
save_bytes(struct save *s, const char *name, uint8_t *v, size_t n)
{
	one(s, &(struct state_field){ name, STATE_BYTES, 0, n }, v);
}

void
save_buf(struct save *s, const char *name, struct buf *b)
{
	one(s, &(struct state_field){ name, STATE_BUF, 0, sizeof(*b) }, b);
}

void
save_chars(struct save *s, const char *name, char *v, size_t size)
{
	one(s, &(struct state_field){ name, STATE_CHARS, 0, size }, v);
}
