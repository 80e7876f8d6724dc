/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/template_codec.h"
#include "util/cursor.h"

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

static bool
read_list(struct cursor *c, struct arena *into, struct node **last)
{
	uint8_t kind;

	while ((kind = cursor_u8(c)) != 0) {
		struct node *const n =
		    tree_add(into, &last, (enum node_kind)(kind - 1));
		if (n == NULL)
			return false;
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
		if ((has_attrs && !read_list(c, into, &n->attrs)) ||
		    (has_kids && !read_list(c, into, &n->kids)))
			return false;
	}
	return true;
}

struct node *
template_codec_read(struct span bytes, struct arena *into)
{
	struct cursor c = cursor_of(bytes);
	struct node *first = NULL;

	return read_list(&c, into, &first) ? first : NULL;
}
