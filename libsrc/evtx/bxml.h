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
#include "util/arena.h"
#include "util/cursor.h"
#include "util/err.h"

#define BXML_DEPTH_MAX 64U
#define BXML_INSTANCE 10U /* bytes of the head of a template instance */

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
	bool in_template;    /* dependency ids, and holes */

	/* Of bytes that may be overwritten in part: refuse a name that has not
	 * its own hash, or stands before this offset. */
	bool check_names;
	size_t names_from;
	struct bxml_names *names; /* to be filled, or NULL */
	unsigned depth;           /* of elements that are open */
};

/* A reader at `offset` of the chunk with `n` bytes to read; `n` may lead
 * beyond the chunk, its end is the end. */
struct bxml bxml_at(struct span chunk, size_t offset, size_t n);

/* The place in the chunk. */
size_t bxml_offset(const struct bxml *b);

/* Skip a fragment header, if there is one. */
void bxml_skip_header(struct bxml *b);

/* Whether the next token starts something: a fragment, an instance or an
 * element. Whatever else follows an instance is padding. */
bool bxml_more(const struct bxml *b);

/* Whether the next token is a template instance. */
bool bxml_is_instance(const struct bxml *b);

/* The content of elements, up to the end of the bytes, an end of fragment or
 * an instance: a list of nodes in *first. RC_SKIP says what is wrong. */
enum rc bxml_content(struct bxml *b, struct node **first, struct err *e);

/* The head of a template instance; the reader then stands at its values. */
struct bxml_instance {
	size_t definition; /* offset of the definition in the chunk */
	uint32_t id;       /* first four bytes of the template's GUID */
};

enum rc bxml_instance(struct bxml *b, struct bxml_instance *i, struct err *e);

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
