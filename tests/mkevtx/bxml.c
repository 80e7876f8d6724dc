/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bxml.h"
#include "value.h"

enum {
	T_EOF = 0x00,
	T_OPEN = 0x01,
	T_CLOSE_START = 0x02,
	T_CLOSE_EMPTY = 0x03,
	T_END = 0x04,
	T_VALUE = 0x05,
	T_ATTRIBUTE = 0x06,
	T_CDATA = 0x07,
	T_CHARREF = 0x08,
	T_ENTITY = 0x09,
	T_PI_TARGET = 0x0a,
	T_PI_DATA = 0x0b,
	T_INSTANCE = 0x0c,
	T_SUBSTITUTION = 0x0d,
	T_OPTIONAL = 0x0e,
	T_MORE = 0x40
};

#define NO_DEPENDENCY 0xffffU

static void
fragment(struct page *p)
{
	static const uint8_t header[4] = { 0x0f, 0x01, 0x01, 0x00 };

	page_put(p, header, sizeof(header));
}

/* Where a size goes that is known later; it counts from behind itself. */
static uint32_t
open_size(struct page *p)
{
	page_u32(p, 0);
	return p->pos;
}

static void
close_size(struct page *p, uint32_t from)
{
	page_set(p, from - 4, p->pos - from, 4);
}

static void
put_string(struct page *p, const uint8_t *units, size_t bytes)
{
	page_u16(p, (unsigned)(bytes / 2));
	page_put(p, units, bytes);
}

static bool
is_text(const struct node *n)
{
	return n != NULL &&
	       (n->kind == NODE_TEXT || n->kind == NODE_ENTITY ||
		   n->kind == NODE_CHARREF || n->kind == NODE_CDATA);
}

static void
text_token(struct page *p, unsigned token, const struct node *n)
{
	/* The bit says that more of the same text follows. */
	page_u8(p, token | (is_text(n->next) ? T_MORE : 0));
}

static void element(struct page *p, const struct node *n, bool definition);

static void
content(struct page *p, const struct node *n, bool definition)
{
	switch (n->kind) {
	case NODE_ELEMENT:
		element(p, n, definition);
		return;
	case NODE_TEXT:
		text_token(p, T_VALUE, n);
		page_u8(p, VALUE_STRING);
		put_string(p, n->text, n->bytes);
		return;
	case NODE_CDATA:
		text_token(p, T_CDATA, n);
		put_string(p, n->text, n->bytes);
		return;
	case NODE_CHARREF:
		text_token(p, T_CHARREF, n);
		page_put(p, n->text, 2);
		return;
	case NODE_ENTITY:
		text_token(p, T_ENTITY, n);
		page_name(p, n->text, n->bytes);
		return;
	case NODE_PI:
		page_u8(p, T_PI_TARGET);
		page_name(p, n->text, n->bytes);
		page_u8(p, T_PI_DATA);
		put_string(p, n->more, n->more_bytes);
		return;
	case NODE_SUBSTITUTION:
		page_u8(p, n->optional ? T_OPTIONAL : T_SUBSTITUTION);
		page_u16(p, n->index);
		page_u8(p, n->hint);
		return;
	case NODE_ATTRIBUTE:
		break;
	}
}

static void
attributes(struct page *p, const struct node *n)
{
	const uint32_t size = open_size(p);

	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		page_u8(p, T_ATTRIBUTE | (a->next != NULL ? T_MORE : 0U));
		page_name(p, a->text, a->bytes);
		for (const struct node *k = a->kids; k != NULL; k = k->next)
			content(p, k, false);
	}
	close_size(p, size);
}

/* An element whose only content is an optional substitution depends on that
 * value. */
static unsigned
dependency(const struct node *n)
{
	if (n->kids != NULL && n->kids->kind == NODE_SUBSTITUTION &&
	    n->kids->optional && n->kids->next == NULL)
		return n->kids->index;
	return NO_DEPENDENCY;
}

static void
element(struct page *p, const struct node *n, bool definition)
{
	page_u8(p, T_OPEN | (n->attrs != NULL ? T_MORE : 0U));
	if (definition)
		page_u16(p, dependency(n));
	const uint32_t size = open_size(p);
	page_name(p, n->text, n->bytes);
	if (n->attrs != NULL)
		attributes(p, n);
	if (n->kids == NULL) {
		page_u8(p, T_CLOSE_EMPTY);
	} else {
		page_u8(p, T_CLOSE_START);
		for (const struct node *k = n->kids; k != NULL; k = k->next)
			content(p, k, definition);
		page_u8(p, T_END);
	}
	close_size(p, size);
}

static void
define(struct page *p, const struct vals_shape *shape)
{
	const uint32_t size = page_new_template(p, shape->guid);

	fragment(p);
	element(p, shape->root, true);
	page_u8(p, T_EOF);
	page_set(p, size, p->pos - size - 4, 4);
}

static struct bxml_pending *
find_pending(struct bxml *b, const uint8_t guid[16])
{
	for (size_t i = 0; i < b->pendings; i++)
		if (memcmp(b->pending[i].guid, guid, 16) == 0)
			return &b->pending[i];
	return NULL;
}

static void
drop_pending(struct bxml *b, struct bxml_pending *owed)
{
	*owed = b->pending[--b->pendings];
}

/* The definition, here or by offset. */
static void
refer(struct bxml *b, const struct vals_shape *shape, bool late)
{
	struct page *const p = b->page;
	const uint32_t known = page_find_template(p, shape->guid);
	struct bxml_pending *const owed = find_pending(b, shape->guid);

	if (known != 0) {
		page_u32(p, known);
	} else if (owed == NULL && late && b->pendings < BXML_PENDING) {
		b->pending[b->pendings] =
		    (struct bxml_pending){ .shape = shape, .at = p->pos };
		memcpy(b->pending[b->pendings++].guid, shape->guid, 16);
		page_u32(p, 0);
	} else {
		page_u32(p, p->pos + 4);
		if (owed != NULL) {
			page_set(p, owed->at, p->pos, 4);
			drop_pending(b, owed);
		}
		define(p, shape);
	}
}

static void template_instance(struct bxml *b, const struct vals_shape *shape,
    const struct vals *vals, bool inner);

static void
value(struct bxml *b, const struct vals *vals, const struct vals_one *one)
{
	struct page *const p = b->page;

	for (unsigned i = 0; i <= one->fragments; i++) {
		if (one->tree == NULL && one->shape == NULL)
			break;
		if (one->tree == NULL && !b->headless)
			fragment(p);
		if (one->tree != NULL)
			element(p, one->tree, false);
		else
			template_instance(b, one->shape, one->inner, true);
		page_u8(p, T_EOF);
	}
	if (one->size > 0)
		page_put(p, vals->bytes.p + one->at, one->size);
}

/* Only the template of a body is late or missing: without that of System
 * nothing at all could be said of the record. */
static void
template_instance(struct bxml *b, const struct vals_shape *shape,
    const struct vals *vals, bool inner)
{
	struct page *const p = b->page;

	page_u8(p, T_INSTANCE);
	page_u8(p, 1);
	page_put(p, shape->guid, 4);
	if (inner && b->missing)
		page_u32(p, PAGE_SIZE - 64);
	else
		refer(b, shape, inner && b->late);
	page_u32(p, (uint32_t)vals->n);
	const uint32_t sizes = p->pos;
	for (size_t i = 0; i < vals->n; i++) {
		page_u16(p, vals->one[i].size);
		page_u8(p, vals->one[i].type);
		page_u8(p, 0);
	}
	for (size_t i = 0; i < vals->n; i++) {
		const uint32_t from = p->pos;

		value(b, vals, &vals->one[i]);
		page_set(p, sizes + 4 * (uint32_t)i, p->pos - from, 2);
	}
}

void
bxml_instance(
    struct bxml *b, const struct vals_shape *shape, const struct vals *vals)
{
	fragment(b->page);
	template_instance(b, shape, vals, false);
	page_u8(b->page, T_EOF);
}

void
bxml_elements(struct bxml *b, const struct node *root)
{
	fragment(b->page);
	element(b->page, root, false);
	page_u8(b->page, T_EOF);
}

void
bxml_settle(struct bxml *b)
{
	b->page->limit = PAGE_SIZE;
	while (b->pendings > 0) {
		struct bxml_pending *const owed = &b->pending[0];

		page_set(b->page, owed->at, b->page->pos, 4);
		define(b->page, owed->shape);
		drop_pending(b, owed);
	}
}
