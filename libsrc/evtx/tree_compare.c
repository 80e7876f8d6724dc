/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "event/canonical.h"
#include "evtx/tree_compare.h"

#define TEXT_MAX ((size_t)48 << 20)
/* Maximum number of equal bytes that are shown before the first difference. */
#define EQUAL_BEFORE ((size_t)60)
#define PATH_MAX_BYTES ((size_t)1 << 16)

void
tree_compare_init(struct tree_compare *c)
{
	memset(c, 0, sizeof(*c));
	buf_init(&c->path, PATH_MAX_BYTES);
	buf_init(&c->here, PATH_MAX_BYTES);
	buf_init(&c->native, TEXT_MAX);
	buf_init(&c->libevtx, TEXT_MAX);
	buf_init(&c->a, TEXT_MAX);
	buf_init(&c->b, TEXT_MAX);
}

void
tree_compare_free(struct tree_compare *c)
{
	buf_reset(&c->path);
	buf_reset(&c->here);
	buf_reset(&c->native);
	buf_reset(&c->libevtx);
	buf_reset(&c->a);
	buf_reset(&c->b);
}

/* Append the nodes from n up to, but not including, `end` as XML. */
static void
put_nodes(struct buf *b, const struct node *n, const struct node *end,
    const struct value *v)
{
	for (; n != end; n = n->next) {
		if (tree_is_leaf(n)) {
			value_text(b, tree_value(n, v));
			continue;
		}
		buf_str(b, n->kind == NODE_ATTRIBUTE ? " " : "<");
		buf_put(b, n->name);
		if (n->kind == NODE_ATTRIBUTE) {
			buf_str(b, "=\"");
			put_nodes(b, n->kids, NULL, v);
			buf_str(b, "\"");
			continue;
		}
		put_nodes(b, n->attrs, NULL, v);
		buf_str(b, n->kids == NULL ? "/>" : ">");
		put_nodes(b, n->kids, NULL, v);
		if (n->kids == NULL)
			continue;
		buf_str(b, "</");
		buf_put(b, n->name);
		buf_str(b, ">");
	}
}

/* The start of the UTF-8 character that byte i belongs to. */
static size_t
character_start(const struct buf *b, size_t i)
{
	while (i > 0 && i < b->n && (b->p[i] & 0xc0) == 0x80)
		i--;
	return i;
}

/* Remember the first difference. Always returns false, for the caller to
 * return. */
static bool
differ(struct tree_compare *c, const struct libevtx_quirk_place *at)
{
	const struct node *const nodes[] = { at->native, at->libevtx };
	struct buf *const readings[] = { &c->native, &c->libevtx };
	size_t from = 0;

	if (c->differs)
		return false;
	c->differs = true;
	buf_cut(&c->path, 0);
	buf_put(&c->path, buf_span(&c->here));
	for (size_t i = 0; i < 2; i++) {
		const struct node *const n = nodes[i];
		const struct node *const end =
		    n == NULL || tree_is_leaf(n) ? tree_text_end(n) : n->next;
		buf_cut(readings[i], 0);
		put_nodes(readings[i], n, end, at->values);
	}
	while (from < c->native.n && from < c->libevtx.n &&
	       c->native.p[from] == c->libevtx.p[from])
		from++;
	from = from > 2 * EQUAL_BEFORE ? from - EQUAL_BEFORE : 0;
	for (size_t i = 0; i < 2; i++) {
		struct buf *const b = readings[i];
		if (b->n > from + TREE_COMPARE_READING_MAX) {
			buf_cut(b, character_start(
				       b, from + TREE_COMPARE_READING_MAX));
			buf_str(b, "...");
		}
		if (from == 0)
			continue;
		buf_drop(b, character_start(b, from) - 3);
		memcpy(b->p, "...", 3);
	}
	return false;
}

/* The canonical text of the adjacent leaves at n. */
static struct span
canonical_text(struct buf *b, const struct node *n, const struct value *v)
{
	const struct node *const end = tree_text_end(n);
	struct buf copy;

	buf_cut(b, 0);
	if (n->next == end) {
		canonical_put(b, tree_value(n, v));
		return buf_span(b);
	}
	buf_init(&copy, TEXT_MAX);
	for (; n != end; n = n->next)
		value_text(&copy, tree_value(n, v));
	const struct value whole = value_utf8(buf_span(&copy));
	canonical_put(b, &whole);
	buf_reset(&copy);
	return buf_span(b);
}

/* Skip text without a meaning: empty text, and blanks and line ends, written as
 * JSON escapes, beside elements. */
static const struct node *
skip_blanks(struct buf *b, const struct node *n, const struct value *v,
    bool beside_elements)
{
	for (; tree_is_leaf(n); n = tree_text_end(n)) {
		const struct span s = canonical_text(b, n, v);
		size_t i = 0;
		while (beside_elements && i < s.n) {
			if (s.p[i] == '\\' && i + 1 < s.n &&
			    (s.p[i + 1] == 'n' || s.p[i + 1] == 't' ||
				s.p[i + 1] == 'r'))
				i++;
			else if (s.p[i] != ' ')
				break;
			i++;
		}
		if (i < s.n)
			break;
	}
	return n;
}

static bool equal_lists(struct tree_compare *c, struct libevtx_quirk_place at);

/* Append to the path; returns its length before. */
static size_t
push(struct tree_compare *c, const char *before, struct span name)
{
	const size_t n = c->here.n;

	buf_str(&c->here, before);
	buf_put(&c->here, name);
	return n;
}

static bool
equal_elements(struct tree_compare *c, const struct libevtx_quirk_place *at)
{
	const struct node *const n = at->native;
	const struct node *const f = at->libevtx;
	struct libevtx_quirk_place in = *at;

	if (!span_eq(n->name, f->name))
		return differ(c, at);
	const size_t up = push(c, "/", n->name);
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		const struct node *const b = tree_attr(f, a->name);
		const size_t element = push(c, "/@", a->name);
		in.parent = a;
		in.native = a->kids;
		in.libevtx = b == NULL ? NULL : b->kids;
		if (!equal_lists(c, in))
			return false;
		buf_cut(&c->here, element);
	}
	for (const struct node *b = f->attrs; b != NULL; b = b->next) {
		if (tree_attr(n, b->name) != NULL || b->kids == NULL)
			continue;
		in.native = NULL;
		in.libevtx = b;
		return differ(c, &in);
	}
	in.parent = n;
	in.native = n->kids;
	in.libevtx = f->kids;
	if (!equal_lists(c, in))
		return false;
	buf_cut(&c->here, up);
	return true;
}

/* Compare an element that holds an array with libevtx's elements, which are one
 * for each item. */
static bool
equal_items(struct tree_compare *c, struct libevtx_quirk_place *at,
    const struct value *array)
{
	struct node leaf = { .kind = NODE_TEXT };
	struct node element = *at->native;
	struct libevtx_quirk_place in = *at;
	bool more = value_next(array, &leaf.value);

	element.kids = &leaf;
	element.next = NULL;
	in.native = &element;
	for (bool first = true; more || first; first = false) {
		if (in.libevtx == NULL || tree_is_leaf(in.libevtx))
			return differ(c, at);
		if (!equal_elements(c, &in))
			return false;
		in.libevtx = in.libevtx->next;
		more = more && value_next(array, &leaf.value);
	}
	at->native = at->native->next;
	at->libevtx = in.libevtx;
	return true;
}

/* Compare the next element or text of both lists; if they are equal, advance
 * the place. */
static bool
equal_next(struct tree_compare *c, struct libevtx_quirk_place *at)
{
	if (at->native == NULL || at->libevtx == NULL ||
	    tree_is_leaf(at->native) != tree_is_leaf(at->libevtx))
		return differ(c, at);
	if (tree_is_leaf(at->native)) {
		if (!span_eq(canonical_text(&c->a, at->native, at->values),
			canonical_text(&c->b, at->libevtx, NULL)))
			return differ(c, at);
		at->native = tree_text_end(at->native);
		at->libevtx = tree_text_end(at->libevtx);
		return true;
	}
	const struct node *const leaf = tree_leaf(at->native);
	const struct value *const v =
	    leaf == NULL ? NULL : tree_value(leaf, at->values);
	if (v != NULL && (v->type & VALUE_ARRAY) != 0)
		return equal_items(c, at, v);
	if (!equal_elements(c, at))
		return false;
	at->native = at->native->next;
	at->libevtx = at->libevtx->next;
	return true;
}

static bool
equal_lists(struct tree_compare *c, struct libevtx_quirk_place at)
{
	const size_t up = c->here.n;
	const bool beside =
	    tree_element(at.native) != NULL || tree_element(at.libevtx) != NULL;

	for (;;) {
		at.native = skip_blanks(&c->a, at.native, at.values, beside);
		at.libevtx = skip_blanks(&c->a, at.libevtx, NULL, beside);
		if (at.native == NULL && at.libevtx == NULL)
			return true;
		if (equal_next(c, &at))
			continue;
		buf_cut(&c->here, up);
		at.want = &c->a;
		at.got = &c->b;
		size_t i = 0;
		while (i < libevtx_quirks_count &&
		       !libevtx_quirks_explain(&libevtx_quirks[i], &at))
			i++;
		if (i == libevtx_quirks_count)
			return false;
		c->quirks |= (uint32_t)1 << i;
		c->differs = false;
	}
}

bool
tree_compare_equal(struct tree_compare *c, const struct tree *native,
    const struct tree *libevtx)
{
	const struct libevtx_quirk_place at = {
		.native = native->root,
		.libevtx = libevtx->root,
		.values = native->values,
	};

	c->quirks = 0;
	c->differs = false;
	buf_cut(&c->here, 0);
	return equal_elements(c, &at);
}
