/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a canonical text (schema/event_key.h): the contents of elements,
 * compiled once for a tree and then written for each record.
 *
 * A part is the text of the leaves of an element or attribute in the form of
 * event/canonical.h, and KEY_PART_END. Escaped text contains no control
 * characters, so a part contains its end only once.
 */
#ifndef SCHEMA_KEY_PARTS_H
#define SCHEMA_KEY_PARTS_H

#include <stdbool.h>

#include "event/tree.h"
#include "util/buf.h"

#define KEY_PART_END 0x1f

#define KEY_PARTS_LITERAL_MAX ((size_t)16 << 20)
#define KEY_PARTS_MAX 65536U

struct text_variant;

/* Literal bytes and, after them, a part whose text depends on the record. */
struct key_part {
	uint8_t kind;   /* how the text is written; see key_parts.c */
	uint16_t index; /* index of the value, if there is only one */
	/* Offset in key_parts.literals of the end of its literal bytes; those
	 * of the next part follow. */
	uint32_t literal_end;
	const struct node *leaves; /* the nodes of the element's content */
};

struct key_parts {
	/* The bytes of all parts that are the same for all records. */
	struct buf literals;
	struct key_part *part;
	size_t n;
	size_t cap;
	/* Text functions that are fastest on this processor. */
	const struct text_variant *text;
	bool failed; /* a maximum was exceeded, or memory was lacking */
};

void key_parts_init(struct key_parts *p);
void key_parts_free(struct key_parts *p);

/* Remove all parts; keeps the memory. */
void key_parts_clear(struct key_parts *p);

/* The functions that add parts never fail; key_parts_write() does if one of
 * them could not add its part. The tree must live as long as the parts. */
void key_parts_add(
    struct key_parts *p, const struct node *leaves, const struct tree *t);

/* Add a part for each item of an array, or an empty part if it has no items. */
void key_parts_add_items(struct key_parts *p, const struct node *array);

/* Add a byte as it is. */
void key_parts_add_byte(struct key_parts *p, uint8_t byte);

/* Give back unused memory, for parts that are kept. */
void key_parts_trim(struct key_parts *p);

/* Returns the number of bytes that the parts have allocated. */
size_t key_parts_bytes(const struct key_parts *p);

/* Append the parts for these values. False if they do not fit into the buffer,
 * which may then contain some of them. */
bool key_parts_write(
    const struct key_parts *p, const struct value *values, struct buf *out);

/* Append one part, the text of these leaves; elements among them are skipped.
 */
void key_parts_put(
    struct buf *out, const struct node *leaves, const struct value *values);

#endif
