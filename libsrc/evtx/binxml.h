/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parses Binary XML ([MS-EVEN6] 2.2.12, "BinXml"; libyal: "EVTX", "Binary XML")
 * into trees of nodes.
 *
 * Offsets in Binary XML count from the start of the chunk, so a reader has the
 * chunk as well as the bytes to read. Elements have a dependency identifier (2
 * bytes) only inside a template definition. A name is stored where the chunk
 * uses it first; later uses refer to its offset. The string table and the
 * template table of the chunk header are not used: they may be damaged, and
 * nothing needs them.
 *
 * Every token advances the reader. The named maxima here and the size of the
 * arena limit the work.
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
/* Length of a template instance's token, version, template id and definition
 * offset. */
#define BINXML_INSTANCE_BYTES 10U
#define BINXML_FRAGMENT_HEADER_BYTES 4U

/* Tokens. The flag BINXML_MORE_DATA means that another token of the same kind
 * follows or, in BINXML_OPEN_START, that the element has attributes. */
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

/* A use of a name. Offsets in the chunk: `at` of the name string offset that
 * refers to the name, `name` of the name itself. */
struct binxml_name {
	uint32_t at;
	uint32_t name;
};

#define BINXML_NAMES_MAX 1024U

struct binxml_names {
	/* BINXML_NAMES_MAX + 1 if there are more names than the array can hold.
	 */
	size_t n;
	struct binxml_name name[BINXML_NAMES_MAX];
};

/* A reader of a piece of Binary XML. */
struct binxml {
	struct span chunk;
	struct cursor at;
	struct arena *into;  /* arena for nodes and text, borrowed */
	struct buf *scratch; /* buffer for conversions, borrowed */
	/* Elements have dependency identifiers, and substitutions are allowed.
	 */
	bool in_template;

	/* True for bytes that may be partly overwritten: a name is rejected if
	 * it does not match its hash or its offset is less than names_from. */
	bool check_names;
	size_t names_from;
	/* Checks and repairs names if check_names is false; NULL: names are not
	 * checked. */
	struct name_check *check;
	/* List to which the names that are read are added, or NULL. */
	struct binxml_names *names;
	unsigned depth; /* number of open elements */
};

/* A reader of `bytes`, which are part of the chunk. */
static inline struct binxml
binxml_of(struct span chunk, struct span bytes)
{
	return (struct binxml){ .chunk = chunk, .at = cursor_of(bytes) };
}

/* A reader of the bytes from an offset to the end of the chunk; it is empty if
 * the offset is beyond the end. */
struct binxml binxml_at(struct span chunk, size_t offset);

/* The offset of the reader in the chunk. */
static inline size_t
binxml_offset(const struct binxml *b)
{
	return (size_t)(b->at.p - b->chunk.p);
}

/* The next token; BINXML_END_OF_FRAGMENT at the end of the bytes. */
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

/* True if a fragment, a template instance or an element starts here. Anything
 * else after an instance is padding. */
static inline bool
binxml_has_more(const struct cursor *at)
{
	const int token = binxml_peek(at);

	return token == BINXML_FRAGMENT_HEADER ||
	       token == BINXML_TEMPLATE_INSTANCE ||
	       (token & ~BINXML_MORE_DATA) == BINXML_OPEN_START;
}

/* Read elements and text into a list of nodes, up to the end of the bytes, an
 * end of fragment, a fragment header or a template instance. */
enum rc binxml_read_content(
    struct binxml *b, struct node **first, struct err *e);

/* Skip all fragments, instances and elements; *end becomes the offset in the
 * chunk where they end. If b->into is NULL, elements outside template instances
 * are an error. */
enum rc binxml_find_end(struct binxml *b, size_t *end, struct err *e);

/* The head of a template instance. */
struct binxml_instance {
	size_t definition; /* offset of the template definition in the chunk */
	uint32_t id;       /* first four bytes of the template's GUID */
};

/* Read the head of the template instance at the cursor, and skip the definition
 * if the instance contains it. The cursor is then at the substitution array. */
enum rc binxml_read_instance(struct span chunk, struct cursor *at,
    struct binxml_instance *i, struct err *e);

/* True if a template instance starts here and contains the definition of its
 * template. */
static inline bool
binxml_has_definition(struct span chunk, struct cursor at)
{
	return at.left > BINXML_INSTANCE_BYTES &&
	       at.p[0] == BINXML_TEMPLATE_INSTANCE &&
	       le_u32(at.p + BINXML_INSTANCE_BYTES - 4) ==
		   (size_t)(at.p - chunk.p) + BINXML_INSTANCE_BYTES;
}

/* A template definition: its GUID, and a reader of its content. */
struct binxml_definition {
	struct span guid;
	struct binxml content;
};

enum rc binxml_read_definition(struct span chunk, size_t offset,
    struct binxml_definition *d, struct err *e);

/* The offset in the chunk where a definition that was read ends. */
static inline size_t
binxml_definition_end(const struct binxml_definition *d)
{
	return binxml_offset(&d->content) + d->content.at.left;
}

#endif
