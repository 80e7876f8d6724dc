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
#ifndef EVTX_BINXML_H
#define EVTX_BINXML_H

#include "event/tree.h"
#include "evtx/name_check.h"
#include "util/arena.h"
#include "util/cursor.h"
#include "util/err.h"
#include "util/le.h"

#define BINXML_DEPTH_MAX 64U
#define BINXML_INSTANCE_BYTES 10U /* of a template instance */
#define BINXML_FRAGMENT_HEADER_BYTES 4U

/* Tokens; the flag says that there is more of the same behind it, or for an
 * element that it has attributes. */
enum binxml_token {
	BINXML_END_OF_FRAGMENT = 0x00,
	BINXML_OPEN_START = 0x01,
	BINXML_CLOSE_START = 0x02,
	BINXML_CLOSE_EMPTY = 0x03,
	BINXML_CLOSE_ELEMENT = 0x04,
	BINXML_VALUE = 0x05,
	BINXML_ATTRIBUTE = 0x06,
	BINXML_CDATA = 0x07,
	BINXML_CHAR_REF = 0x08,
	BINXML_ENTITY_REF = 0x09,
	BINXML_PI_TARGET = 0x0a,
	BINXML_PI_DATA = 0x0b,
	BINXML_TEMPLATE_INSTANCE = 0x0c,
	BINXML_SUBSTITUTION = 0x0d,
	BINXML_OPTIONAL_SUBSTITUTION = 0x0e,
	BINXML_FRAGMENT_HEADER = 0x0f,
	BINXML_MORE_DATA = 0x40,
};

/* The names that were taken: offsets in the chunk of the reference and of the
 * name itself. */
struct binxml_name {
	uint32_t at;
	uint32_t name;
};

#define BINXML_NAMES_MAX 1024U

struct binxml_names {
	size_t n; /* more than BINXML_NAMES_MAX: not all are here */
	struct binxml_name name[BINXML_NAMES_MAX];
};

/* Parsing one piece of Binary XML. */
struct binxml {
	struct span chunk;
	struct cursor at;
	struct arena *into;  /* where nodes and text go, borrowed */
	struct buf *scratch; /* for text on its way there, borrowed */
	bool in_template;    /* dependency ids, and substitutions */

	/* Of bytes that may be overwritten in part: refuse a name that has not
	 * its own hash, or stands before this offset. */
	bool check_names;
	size_t names_from;
	struct name_check *check;   /* of all others, or NULL: believe them */
	struct binxml_names *names; /* to be filled, or NULL */
	unsigned depth;             /* of elements that are open */
};

/* A reader at `offset` of the chunk with `n` bytes to read; `n` may lead
 * beyond the chunk, its end is the end. */
struct binxml binxml_at(struct span chunk, size_t offset, size_t n);

/* The place in the chunk. */
size_t binxml_offset(const struct binxml *b);

/* The next token. */
static inline int
binxml_peek(const struct cursor *at)
{
	return at->left == 0 ? BINXML_END_OF_FRAGMENT : at->p[0];
}

/* Skip a fragment header, if there is one. */
static inline void
binxml_skip_fragment_header(struct cursor *at)
{
	if (binxml_peek(at) == BINXML_FRAGMENT_HEADER)
		cursor_skip(at, BINXML_FRAGMENT_HEADER_BYTES);
}

/* Whether the next token starts something: a fragment, an instance or an
 * element. Whatever else follows an instance is padding. */
static inline bool
binxml_has_more(const struct cursor *at)
{
	const int token = binxml_peek(at);

	return token == BINXML_FRAGMENT_HEADER ||
	       token == BINXML_TEMPLATE_INSTANCE ||
	       (token & ~BINXML_MORE_DATA) == BINXML_OPEN_START;
}

/* The content of elements, up to the end of the bytes, an end of fragment or
 * an instance: a list of nodes in *first. RC_SKIP says what is wrong. */
enum rc binxml_read_content(
    struct binxml *b, struct node **first, struct err *e);

/* Read over fragments, instances and elements to their end: its offset in the
 * chunk. Without an arena in `into` elements are an error. */
enum rc binxml_find_end(struct binxml *b, size_t *end, struct err *e);

/* The head of a template instance of the chunk; the cursor then stands at its
 * values. */
struct binxml_instance {
	size_t definition; /* offset of the definition in the chunk */
	uint32_t id;       /* first four bytes of the template's GUID */
};

enum rc binxml_read_instance(struct span chunk, struct cursor *at,
    struct binxml_instance *i, struct err *e);

/* Whether the instance at the cursor has its template's definition in it. */
static inline bool
binxml_has_definition(struct span chunk, struct cursor at)
{
	return at.left > BINXML_INSTANCE_BYTES &&
	       at.p[0] == BINXML_TEMPLATE_INSTANCE &&
	       le_u32(at.p + BINXML_INSTANCE_BYTES - 4) ==
		   (size_t)(at.p - chunk.p) + BINXML_INSTANCE_BYTES;
}

/* A template definition: its GUID, and a reader at its content. */
struct binxml_definition {
	struct span guid;
	struct binxml content;
};

enum rc binxml_read_definition(struct span chunk, size_t offset,
    struct binxml_definition *d, struct err *e);

/* Where a definition's bytes end: the offset behind them. */
size_t binxml_definition_end(const struct binxml_definition *d);

#endif
