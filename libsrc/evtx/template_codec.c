/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/template_codec.h"
#include "util/cursor.h"

/* A head: the kind of node + 1, the number of a substitution, the length of the
 * name or text (of a substitution: the type it is declared with), whether there
 * are attributes, whether there is content. */
#define HEAD_BYTES 8U

void
template_codec_write(struct buf *b, const struct node *n)
{
	for (; n != NULL; n = n->next) {
		const struct span text =
		    n->kind == NODE_TEXT ? value_bytes(&n->value) : n->name;
		const size_t size =
		    n->kind == NODE_SUBSTITUTION ? n->value.type : text.n;
		const uint8_t head[HEAD_BYTES] = { (uint8_t)(n->kind + 1),
			(uint8_t)n->index, (uint8_t)(n->index >> 8),
			(uint8_t)size, (uint8_t)(size >> 8),
			(uint8_t)(size >> 16), n->attrs != NULL,
			n->kids != NULL };
		buf_put(b, span_of(head, sizeof(head)));
		buf_put(b, text);
		if (n->attrs != NULL)
			template_codec_write(b, n->attrs);
		if (n->kids != NULL)
			template_codec_write(b, n->kids);
	}
	buf_byte(b, 0);
}

static bool take_list(struct cursor *c, struct arena *into, struct node **at);

/* What stands behind the kind. */
static bool
take_node(struct cursor *c, struct arena *into, struct node *n)
{
	n->index = cursor_u16(c);
	const uint32_t low = cursor_u16(c);
	const uint32_t size = low | (uint32_t)cursor_u8(c) << 16;
	const bool has_attrs = cursor_u8(c) != 0;
	const bool has_kids = cursor_u8(c) != 0;

	if (n->kind == NODE_SUBSTITUTION)
		n->value.type = (uint8_t)size;
	else if (n->kind == NODE_TEXT)
		n->value = value_utf8(cursor_bytes(c, size));
	else
		n->name = cursor_bytes(c, size);
	return (!has_attrs || take_list(c, into, &n->attrs)) &&
	       (!has_kids || take_list(c, into, &n->kids));
}

static bool
take_list(struct cursor *c, struct arena *into, struct node **at)
{
	uint8_t kind;

	while ((kind = cursor_u8(c)) != 0) {
		struct node *const n =
		    tree_add(into, &at, (enum node_kind)(kind - 1));
		if (n == NULL || !take_node(c, into, n))
			return false;
	}
	return true;
}

struct node *
template_codec_read(struct span bytes, struct arena *into)
{
	struct cursor c = cursor_of(bytes);
	struct node *first = NULL;

	return take_list(&c, into, &first) ? first : NULL;
}
