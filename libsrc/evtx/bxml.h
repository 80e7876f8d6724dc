/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binary XML (MS-EVEN6 2.2.12; libevtx documentation, "Binary XML"): parsing
 * into node trees.
 *
 * Offsets inside Binary XML count from the start of the chunk, so a reader
 * needs the chunk as well as the bytes it reads. An element has two bytes of
 * dependency id only inside a template definition. Names stand where they are
 * first used in a chunk and are referred to by offset later; the chunk's hash
 * tables of names are not needed and not trusted.
 *
 * Every token moves the reader on. What limits it are the named maxima here
 * and the size of the arena.
 */
#ifndef EVTX_BXML_H
#define EVTX_BXML_H

#include "event/tree.h"
#include "evtx/name_check.h"
#include "util/arena.h"
#include "util/cursor.h"
#include "util/err.h"
#include "util/le.h"

#define BXML_DEPTH_MAX 64U
#define BXML_HEAD_BYTES 10U /* of a template instance */
#define BXML_FRAGMENT_BYTES 4U

/* Tokens; the flag says that there is more of the same behind it, or for an
 * element that it has attributes. */
enum bxml_token {
	BXML_END = 0x00,
	BXML_ELEMENT = 0x01,
	BXML_CLOSE_START = 0x02,
	BXML_CLOSE_EMPTY = 0x03,
	BXML_CLOSE_ELEMENT = 0x04,
	BXML_VALUE = 0x05,
	BXML_ATTRIBUTE = 0x06,
	BXML_CDATA = 0x07,
	BXML_CHAR_REF = 0x08,
	BXML_ENTITY_REF = 0x09,
	BXML_PI_TARGET = 0x0a,
	BXML_PI_DATA = 0x0b,
	BXML_INSTANCE = 0x0c,
	BXML_SUBSTITUTION = 0x0d,
	BXML_OPTIONAL_SUBSTITUTION = 0x0e,
	BXML_FRAGMENT = 0x0f,
	BXML_FLAG = 0x40,
};

/* The names that were taken: offsets in the chunk of the reference and of the
 * name itself. */
struct bxml_name {
	uint32_t at;
	uint32_t name;
};

#define BXML_NAMES_MAX 1024U

struct bxml_names {
	size_t n; /* more than BXML_NAMES_MAX: not all are here */
	struct bxml_name name[BXML_NAMES_MAX];
};

/* Parsing one piece of Binary XML. */
struct bxml {
	struct span chunk;
	struct cursor at;
	struct arena *into;  /* where nodes and text go, borrowed */
	struct buf *scratch; /* for text on its way there, borrowed */
	bool in_template;    /* dependency ids, and substitutions */

	/* Of bytes that may be overwritten in part: refuse a name that has not
	 * its own hash, or stands before this offset. */
	bool check_names;
	size_t names_from;
	struct name_check *check; /* of all others, or NULL: believe them */
	struct bxml_names *names; /* to be filled, or NULL */
	unsigned depth;           /* of elements that are open */
};

/* A reader at `offset` of the chunk with `n` bytes to read; `n` may lead
 * beyond the chunk, its end is the end. */
struct bxml bxml_at(struct span chunk, size_t offset, size_t n);

/* The place in the chunk. */
size_t bxml_offset(const struct bxml *b);

/* The next token. */
static inline int
bxml_peek(const struct cursor *at)
{
	return at->left == 0 ? BXML_END : at->p[0];
}

/* Skip a fragment header, if there is one. */
static inline void
bxml_skip_header(struct cursor *at)
{
	if (bxml_peek(at) == BXML_FRAGMENT)
		cursor_skip(at, BXML_FRAGMENT_BYTES);
}

/* Whether the next token starts something: a fragment, an instance or an
 * element. Whatever else follows an instance is padding. */
static inline bool
bxml_more(const struct cursor *at)
{
	const int token = bxml_peek(at);

	return token == BXML_FRAGMENT || token == BXML_INSTANCE ||
	       (token & ~BXML_FLAG) == BXML_ELEMENT;
}

/* The content of elements, up to the end of the bytes, an end of fragment or
 * an instance: a list of nodes in *first. RC_SKIP says what is wrong. */
enum rc bxml_content(struct bxml *b, struct node **first, struct err *e);

/* Read over fragments, instances and elements to their end: its offset in the
 * chunk. Without an arena in `into` elements are an error. */
enum rc bxml_end(struct bxml *b, size_t *end, struct err *e);

/* The head of a template instance of the chunk; the cursor then stands at its
 * values. */
struct bxml_instance {
	size_t definition; /* offset of the definition in the chunk */
	uint32_t id;       /* first four bytes of the template's GUID */
};

enum rc bxml_instance(struct span chunk, struct cursor *at,
    struct bxml_instance *i, struct err *e);

/* Whether the instance at the cursor has its template's definition in it. */
static inline bool
bxml_defines(struct span chunk, struct cursor at)
{
	return at.left > BXML_HEAD_BYTES && at.p[0] == BXML_INSTANCE &&
	       le_u32(at.p + BXML_HEAD_BYTES - 4) ==
		   (size_t)(at.p - chunk.p) + BXML_HEAD_BYTES;
}

/* A template definition: its GUID, and a reader at its content. */
struct bxml_definition {
	struct span guid;
	struct bxml content;
};

enum rc bxml_definition(
    struct span chunk, size_t offset, struct bxml_definition *d, struct err *e);

/* Where a definition's bytes end: the offset behind them. */
size_t bxml_definition_end(const struct bxml_definition *d);

#endif
