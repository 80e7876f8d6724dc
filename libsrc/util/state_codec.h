/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text in which a program saves its own state: a line `name value` for each
 * value, and as the last line the SHA-256 of those before it.
 *
 * The members of a struct are described once, by a table of fields that ends
 * with an entry without a name; state_codec_write() and state_codec_read() go
 * through the same table. Lists are written as their number of items, then the
 * items.
 *
 * A reader remembers the first value that is not what it expects; that value
 * and all behind it are read as 0, "" or NULL. So a caller reads everything and
 * checks once, with state_codec_read_end(); only loops over items must stop at
 * state_codec_failed().
 */
#ifndef UTIL_STATE_CODEC_H
#define UTIL_STATE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/* The type of a member. */
enum state_type {
	STATE_U64,   /* uint64_t, or an array of them: one line for each */
	STATE_BOOL,  /* bool */
	STATE_CHARS, /* char[]: a text with its NUL */
	STATE_BYTES, /* uint8_t[] */
	STATE_TEXT,  /* char *, or NULL; the reader allocates a copy, which is
		      * the caller's to free */
	STATE_BUF,   /* struct buf, initialised; its maximum holds */
};

struct state_field {
	const char *name; /* in the text */
	enum state_type type;
	size_t offset; /* of the member in its struct, */
	size_t size;   /* and its bytes */
};

/* An entry of a table for a member of `struct of`. */
#define STATE_FIELD(name, type, of, member) \
	{ \
		name, type, offsetof(struct of, member), \
		    sizeof(((struct of *)0)->member) \
	}
#define STATE_FIELDS_END \
	{ \
		.name = NULL \
	}

struct state_writer {
	struct buf *out;
};

struct state_reader {
	struct span in;    /* what is left to read */
	const char *what;  /* the file, for messages */
	const char *wrong; /* the first name that was not found, or whose value
			    * is not valid; NULL: none */
	bool starved;      /* there was no memory for a value */
};

/* Start a text in an empty buffer. */
void state_codec_write_begin(struct state_writer *w, struct buf *out);

void state_codec_write(
    struct state_writer *w, const struct state_field *fields, const void *from);
void state_codec_write_u64(
    struct state_writer *w, const char *name, uint64_t value);
void state_codec_write_text(
    struct state_writer *w, const char *name, const char *text);

/* Append the digest. WHY_MEMORY or WHY_LIMIT if the text has no room. */
enum rc state_codec_write_end(struct state_writer *w, struct err *e);

/* Start to read a text out of `what`, which is for messages. WHY_TAMPERED if
 * its digest is wrong. */
enum rc state_codec_read_begin(
    struct state_reader *r, struct span text, const char *what, struct err *e);

/* Memory of the struct's members is not freed before they are read. */
void state_codec_read(
    struct state_reader *r, const struct state_field *fields, void *to);
uint64_t state_codec_read_u64(struct state_reader *r, const char *name);
/* A number of items, at most `max`. */
size_t state_codec_read_count(
    struct state_reader *r, const char *name, size_t max);
/* The caller frees it; NULL is a value, too. */
char *state_codec_read_text(struct state_reader *r, const char *name);

static inline bool
state_codec_failed(const struct state_reader *r)
{
	return r->wrong != NULL;
}

/* WHY_CORRUPT if a value was not found or not valid, or if there are more;
 * WHY_MEMORY. */
enum rc state_codec_read_end(const struct state_reader *r, struct err *e);

#endif
