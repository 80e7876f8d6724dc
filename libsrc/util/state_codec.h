/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads and writes the text in which a program saves its own state: a line
 * `name value` for each value, and a last line with the SHA-256 of the lines
 * before it.
 *
 * A table of fields describes the members of a struct and ends with an entry
 * without a name. state_codec_write() and state_codec_read() use the same
 * table. A list is written as its number of items, followed by the items.
 *
 * A reader remembers the first value that is missing or not valid. This value
 * and all later ones are read as 0, "" or NULL. So a caller reads everything
 * and checks once, with state_codec_read_end(). Only a loop over items must
 * stop when state_codec_failed() is true.
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
	STATE_U64,   /* uint64_t, or an array: one line for each number */
	STATE_BOOL,  /* a bool */
	STATE_CHARS, /* a NUL-terminated string in an array, char[] */
	STATE_BYTES, /* an array of bytes, uint8_t[] */
	STATE_TEXT,  /* char *, may be NULL; the reader allocates the string and
		      * the caller must free it */
	STATE_BUF,   /* struct buf; must be initialized before reading, and the
		      * bytes must fit within its maximum */
};

struct state_field {
	const char *name; /* name of the member in the text */
	enum state_type type;
	size_t offset; /* offset of the member in its struct */
	size_t size;   /* size of the member in bytes */
};

/* The entry of a table for the member `member` of `struct of`. */
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
	struct span in;    /* the lines that were not read yet */
	const char *what;  /* name of the file in messages */
	const char *wrong; /* the first name that was not found, or whose value
			    * is not valid; NULL: no such name */
	bool starved;      /* memory was exhausted by a value */
};

/* Start a text in an empty buffer. */
void state_codec_write_begin(struct state_writer *w, struct buf *out);

void state_codec_write(
    struct state_writer *w, const struct state_field *fields, const void *from);
void state_codec_write_u64(
    struct state_writer *w, const char *name, uint64_t value);
void state_codec_write_text(
    struct state_writer *w, const char *name, const char *text);

/* Append the last line. WHY_MEMORY, WHY_LIMIT: the text did not fit into the
 * buffer. */
enum rc state_codec_write_end(struct state_writer *w, struct err *e);

/* Start to read a text. `what` names its file in messages. WHY_TAMPERED: the
 * digest in the last line does not match. */
enum rc state_codec_read_begin(
    struct state_reader *r, struct span text, const char *what, struct err *e);

/* Read the members of a struct. Old values of STATE_TEXT members are
 * overwritten, not freed. */
void state_codec_read(
    struct state_reader *r, const struct state_field *fields, void *to);
uint64_t state_codec_read_u64(struct state_reader *r, const char *name);
/* Read the number of items of a list. A number above `max` is not valid. */
size_t state_codec_read_count(
    struct state_reader *r, const char *name, size_t max);
/* Read a string, which the caller must free. NULL: NULL was written, or the
 * value is not valid. */
char *state_codec_read_text(struct state_reader *r, const char *name);

static inline bool
state_codec_failed(const struct state_reader *r)
{
	return r->wrong != NULL;
}

/* WHY_CORRUPT: a value was missing or not valid, or the text has more values.
 * WHY_MEMORY: memory was exhausted by a value. */
enum rc state_codec_read_end(const struct state_reader *r, struct err *e);

#endif
