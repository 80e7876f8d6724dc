/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "event/canonical.h"
#include "evtx/tree_compare.h"

#define TEXT_MAX ((size_t)48 << 20)
/* Of what is the same before the first difference. */
#define BEFORE ((size_t)60)
#define PATH_MAX_BYTES ((size_t)1 << 16)

void
tree_compare_init(struct tree_compare *c)
{
	memset(c, 0, sizeof(*c));
	buf_init(&c->path, PATH_MAX_BYTES);
	buf_init(&c->here, PATH_MAX_BYTES);
	buf_init(&c->native, TEXT_MAX);
	buf_init(&c->foreign, TEXT_MAX);
	buf_init(&c->a, TEXT_MAX);
	buf_init(&c->b, TEXT_MAX);
}

void
tree_compare_free(struct tree_compare *c)
{
	buf_reset(&c->path);
	buf_reset(&c->here);
	buf_reset(&c->native);
	buf_reset(&c->foreign);
	buf_reset(&c->a);
	buf_reset(&c->b);
}

static void
put_nodes(struct buf *b, const struct node *n, const struct value *v, bool list)
{
	for (; n != NULL; n = list ? n->next : NULL) {
		if (n->kind == NODE_TEXT || n->kind == NODE_SUBSTITUTION) {
			value_text(b, tree_value(n, v));
			continue;
		}
		buf_str(b, n->kind == NODE_ATTRIBUTE ? " " : "<");
		buf_put(b, n->name);
		if (n->kind == NODE_ATTRIBUTE) {
			buf_str(b, "=\"");
			put_nodes(b, n->kids, v, true);
			buf_str(b, "\"");
			continue;
		}
		put_nodes(b, n->attrs, v, true);
		buf_str(b, n->kids == NULL ? "/>" : ">");
		put_nodes(b, n->kids, v, true);
		if (n->kids == NULL)
			continue;
		buf_str(b, "</");
		buf_put(b, n->name);
		buf_str(b, ">");
	}
}

/* The reading of one node, or of a run of text. */
static void
put_reading(struct buf *b, const struct node *n, const struct value *v)
{
	buf_cut(b, 0);
	if (n != NULL && n->kind != NODE_TEXT && n->kind != NODE_SUBSTITUTION) {
		put_nodes(b, n, v, false);
	} else {
		const struct node *const end = tree_text_end(n);
		for (; n != NULL && n != end; n = n->next)
			value_text(b, tree_value(n, v));
	}
}

/* The bytes that two readings have in common at their start. */
static size_t
common(const struct buf *a, const struct buf *b)
{
	size_t n = 0;

	while (n < a->n && n < b->n && a->p[n] == b->p[n])
		n++;
	return n;
}

/* Back to the start of the character that i is in. */
static size_t
character(const struct buf *b, size_t i)
{
	while (i > 0 && i < b->n && (b->p[i] & 0xc0) == 0x80)
		i--;
	return i;
}

/* Leave what is around the first difference of a long reading. */
static void
shorten(struct buf *b, size_t from)
{
	if (b->n > from + TREE_COMPARE_READING_MAX) {
		buf_cut(b, character(b, from + TREE_COMPARE_READING_MAX));
		buf_str(b, "...");
	}
	if (from == 0)
		return;
	buf_drop(b, character(b, from) - 3);
	memcpy(b->p, "...", 3);
}

/* Remember the first difference. Returns false, for the caller to return. */
static bool
differ(struct tree_compare *c, const struct libevtx_quirk_place *at)
{
	if (c->differs)
		return false;
	c->differs = true;
	buf_cut(&c->path, 0);
	buf_put(&c->path, buf_span(&c->here));
	put_reading(&c->native, at->native, at->values);
	put_reading(&c->foreign, at->foreign, NULL);
	const size_t same = common(&c->native, &c->foreign);
	const size_t from = same > 2 * BEFORE ? same - BEFORE : 0;
	shorten(&c->native, from);
	shorten(&c->foreign, from);
	return false;
}

static bool
is_leaf(const struct node *n)
{
	return n != NULL &&
	       (n->kind == NODE_TEXT || n->kind == NODE_SUBSTITUTION);
}

/* The canonical text of the leaves that stand side by side at n. */
static struct span
run_text(struct buf *b, const struct node *n, const struct value *v)
{
	const struct node *const end = tree_text_end(n);

	buf_cut(b, 0);
	if (n->next == end) {
		canonical_put(b, tree_value(n, v));
		return buf_span(b);
	}
	for (; n != NULL && n != end; n = n->next)
		value_text(b, tree_value(n, v));
	const struct value whole = value_utf8(buf_span(b));
	struct buf copy;

	buf_init(&copy, TEXT_MAX);
	canonical_put(&copy, &whole);
	buf_cut(b, 0);
	buf_put(b, buf_span(&copy));
	buf_reset(&copy);
	return buf_span(b);
}

static bool
is_blank(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		/* Escaped as in JSON. */
		if (s.p[i] == '\\' && i + 1 < s.n &&
		    (s.p[i + 1] == 'n' || s.p[i + 1] == 't' ||
			s.p[i + 1] == 'r'))
			i++;
		else if (s.p[i] != ' ')
			return false;
	}
	return true;
}

/* Move over text that means nothing: an empty one, blanks beside elements. */
static const struct node *
skip_nothing(struct buf *b, const struct node *n, const struct value *v,
    bool beside_elements)
{
	while (is_leaf(n)) {
		const struct span s = run_text(b, n, v);
		if (s.n != 0 && !(beside_elements && is_blank(s)))
			break;
		n = tree_text_end(n);
	}
	return n;
}

static bool same_lists(struct tree_compare *c, struct libevtx_quirk_place at);

static size_t
push(struct tree_compare *c, const char *before, struct span name)
{
	const size_t n = c->here.n;

	buf_str(&c->here, before);
	buf_put(&c->here, name);
	return n;
}

/* Every attribute of the native element, and no other. */
static bool
same_attributes(struct tree_compare *c, const struct libevtx_quirk_place *at)
{
	struct libevtx_quirk_place in = *at;

	for (const struct node *a = at->native->attrs; a != NULL; a = a->next) {
		const struct node *const b = tree_attr(at->foreign, a->name);
		const size_t up = push(c, "/@", a->name);
		in.parent = a;
		in.native = a->kids;
		in.foreign = b == NULL ? NULL : b->kids;
		if (!same_lists(c, in))
			return false;
		buf_cut(&c->here, up);
	}
	for (const struct node *b = at->foreign->attrs; b != NULL;
	     b = b->next) {
		if (tree_attr(at->native, b->name) != NULL || b->kids == NULL)
			continue;
		in.native = NULL;
		in.foreign = b;
		return differ(c, &in);
	}
	return true;
}

static bool
same_element(struct tree_compare *c, const struct libevtx_quirk_place *at)
{
	const struct node *const n = at->native;
	const struct node *const f = at->foreign;
	struct libevtx_quirk_place in = *at;

	if (!span_eq(n->name, f->name))
		return differ(c, at);
	const size_t up = push(c, "/", n->name);
	in.parent = n;
	in.native = n->kids;
	in.foreign = f->kids;
	if (!same_attributes(c, at) || !same_lists(c, in))
		return false;
	buf_cut(&c->here, up);
	return true;
}

/* The array that is all an element holds, or NULL. */
static const struct value *
only_array(const struct libevtx_quirk_place *at)
{
	const struct node *const leaf = tree_leaf(at->native);

	if (leaf == NULL)
		return NULL;
	const struct value *const v = tree_value(leaf, at->values);
	return (v->type & VALUE_ARRAY) != 0 ? v : NULL;
}

/* The native tree has an array in one element where XML has an element for
 * each item. */
static bool
same_items(struct tree_compare *c, struct libevtx_quirk_place *at,
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
		if (in.foreign == NULL || is_leaf(in.foreign))
			return differ(c, at);
		if (!same_element(c, &in))
			return false;
		in.foreign = in.foreign->next;
		more = more && value_next(array, &leaf.value);
	}
	at->native = at->native->next;
	at->foreign = in.foreign;
	return true;
}

/* The next thing in both lists; if it is the same, move on. */
static bool
same_next(struct tree_compare *c, struct libevtx_quirk_place *at)
{
	if (at->native == NULL || at->foreign == NULL ||
	    is_leaf(at->native) != is_leaf(at->foreign))
		return differ(c, at);
	if (!is_leaf(at->native)) {
		const struct value *const array = only_array(at);
		if (array != NULL)
			return same_items(c, at, array);
		if (!same_element(c, at))
			return false;
		at->native = at->native->next;
		at->foreign = at->foreign->next;
		return true;
	}
	if (!span_eq(run_text(&c->a, at->native, at->values),
		run_text(&c->b, at->foreign, NULL)))
		return differ(c, at);
	at->native = tree_text_end(at->native);
	at->foreign = tree_text_end(at->foreign);
	return true;
}

static bool
is_known_fault(struct tree_compare *c, struct libevtx_quirk_place *at)
{
	at->want = &c->a;
	at->got = &c->b;
	for (size_t i = 0; i < libevtx_quirks_count; i++) {
		buf_cut(at->want, 0);
		buf_cut(at->got, 0);
		if (!libevtx_quirks[i].explains(at))
			continue;
		c->faults |= (uint32_t)1 << i;
		c->differs = false;
		return true;
	}
	return false;
}

static bool
same_lists(struct tree_compare *c, struct libevtx_quirk_place at)
{
	const bool beside =
	    tree_element(at.native) != NULL || tree_element(at.foreign) != NULL;
	const size_t up = c->here.n;

	for (;;) {
		at.native = skip_nothing(&c->a, at.native, at.values, beside);
		at.foreign = skip_nothing(&c->a, at.foreign, NULL, beside);
		if (at.native == NULL && at.foreign == NULL)
			return true;
		if (same_next(c, &at))
			continue;
		buf_cut(&c->here, up);
		if (!is_known_fault(c, &at))
			return false;
	}
}

bool
tree_compare_equal(struct tree_compare *c, const struct tree *native,
    const struct tree *foreign)
{
	const struct libevtx_quirk_place at = {
		.native = native->root,
		.foreign = foreign->root,
		.values = native->values,
	};

	c->faults = 0;
	c->differs = false;
	buf_cut(&c->here, 0);
	return same_element(c, &at);
}
