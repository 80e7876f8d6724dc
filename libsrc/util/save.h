/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text in which a program keeps its own state: a line `name value` for each
 * value, and as the last one the SHA-256 of those before it. The same calls
 * write it and read it, so that the two cannot differ.
 *
 * The first value that is not what should stand there is remembered, and those
 * behind it are 0 or NULL: read everything, then ask save_read_end() once.
 */
#ifndef UTIL_SAVE_H
#define UTIL_SAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

struct save {
	struct buf *out;   /* to here, or NULL: it is being read */
	struct span in;    /* what is left to read */
	const char *wrong; /* the name that was expected and not found, */
	bool starved;      /* or for whose value there was no memory */
};

/* Start to write to a buffer. End: append the digest; WHY_MEMORY if the text
 * has no room. */
void save_write(struct save *s, struct buf *out);
enum rc save_write_end(struct save *s, struct err *e);

/* Start to read a text, which `what` names. WHY_TAMPERED if its digest does not
 * hold; WHY_CORRUPT from the end if it says something else than was asked for.
 */
enum rc save_read(
    struct save *s, struct span text, const char *what, struct err *e);
enum rc save_read_end(const struct save *s, const char *what, struct err *e);

static inline bool
save_reads(const struct save *s)
{
	return s->out == NULL;
}

void save_u64(struct save *s, const char *name, uint64_t *v);
void save_bool(struct save *s, const char *name, bool *v);
/* A number of things that follow: at most `max`. */
void save_count(struct save *s, const char *name, size_t *v, size_t max);
/* A text, or NULL. What is read is the caller's to free. */
void save_text(struct save *s, const char *name, char **v);
/* The same, only to write. */
void save_say(struct save *s, const char *name, const char *v);
/* n bytes, and as many as there are, at most b's maximum. */
void save_bytes(struct save *s, const char *name, uint8_t *v, size_t n);
void save_buf(struct save *s, const char *name, struct buf *b);
/* A text in an array of `size` bytes. */
void save_chars(struct save *s, const char *name, char *v, size_t size);

#endif
