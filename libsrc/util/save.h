/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The older calls of util/state_codec.h, where one function writes and reads:
 * for the folders that still use them.
 */
#ifndef UTIL_SAVE_H
#define UTIL_SAVE_H

#include "util/state_codec.h"

struct save {
	struct state_writer w;
	struct state_reader r;
	bool reads;
	const char *wrong; /* r.wrong after the last call */
};

static inline bool
save_reads(const struct save *s)
{
	return s->reads;
}

static inline void
save_write(struct save *s, struct buf *out)
{
	*s = (struct save){ .reads = false };
	state_codec_write_begin(&s->w, out);
}

static inline enum rc
save_write_end(struct save *s, struct err *e)
{
	return state_codec_write_end(&s->w, e);
}

static inline enum rc
save_read(struct save *s, struct span text, const char *what, struct err *e)
{
	*s = (struct save){ .reads = true };
	return state_codec_read_begin(&s->r, text, what, e);
}

static inline enum rc
save_read_end(const struct save *s, const char *what, struct err *e)
{
	(void)what;
	return state_codec_read_end(&s->r, e);
}

void save_u64(struct save *s, const char *name, uint64_t *v);
void save_bool(struct save *s, const char *name, bool *v);
void save_count(struct save *s, const char *name, size_t *v, size_t max);
void save_text(struct save *s, const char *name, char **v);
void save_say(struct save *s, const char *name, const char *v);
void save_bytes(struct save *s, const char *name, uint8_t *v, size_t n);
void save_buf(struct save *s, const char *name, struct buf *b);
void save_chars(struct save *s, const char *name, char *v, size_t size);

#endif
