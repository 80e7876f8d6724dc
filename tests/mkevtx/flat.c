/* SPDX-License-Identifier: Apache-2.0 */
#include "flat.h"
#include "render.h"
#include "value.h"

static void add_content(struct node_arena *a, struct node *to,
    const struct node *n, const struct vals *vals);

static bool
is_null(const struct node *n, const struct vals *vals)
{
	return n->kind == NODE_SUBSTITUTION && n->optional &&
	       (n->index >= vals->n || vals->one[n->index].type == VALUE_NULL);
}

static void
add_text(struct node_arena *a, struct node *to, const struct vals *vals,
    const struct vals_one *v)
{
	struct buf units = { 0 };
	const uint8_t *p = vals->bytes.p + v->at;
	size_t left = v->size;

	if ((v->type & VALUE_ARRAY) == 0) {
		render_units(&units, v->type, p, left, RENDER_XML);
	} else {
		while (left > 0) {
			const size_t n = render_member(v->type, p, left);

			if (units.n > 0)
				buf_wide(&units, ", ");
			render_units(&units, (uint8_t)(v->type & ~VALUE_ARRAY),
			    p, n, RENDER_XML);
			p += n;
			left -= n;
		}
	}
	if (units.n > 0)
		(void)node_add(to, node_new(a, NODE_TEXT, units.p, units.n));
	buf_free(&units);
}

static void
add_value(struct node_arena *a, struct node *to, const struct vals *vals,
    const struct vals_one *v)
{
	for (unsigned i = 0; i <= v->fragments; i++) {
		if (v->tree != NULL)
			(void)node_add(to, node_clone(a, v->tree));
		else if (v->shape != NULL)
			(void)node_add(
			    to, flat_tree(a, v->shape->root, v->inner));
	}
	if (v->size > 0)
		add_text(a, to, vals, v);
}

static void
add_content(struct node_arena *a, struct node *to, const struct node *n,
    const struct vals *vals)
{
	if (n->kind == NODE_ELEMENT)
		(void)node_add(to, flat_tree(a, n, vals));
	else if (n->kind != NODE_SUBSTITUTION)
		(void)node_add(to, node_clone(a, n));
	else if (vals != NULL && n->index < vals->n)
		add_value(a, to, vals, &vals->one[n->index]);
}

static bool
all_null(const struct node *n, const struct vals *vals)
{
	return n->kids != NULL && n->kids->next == NULL && vals != NULL &&
	       is_null(n->kids, vals);
}

struct node *
flat_tree(struct node_arena *a, const struct node *n, const struct vals *vals)
{
	struct node *const copy = node_new(a, n->kind, n->text, n->bytes);

	for (const struct node *k = n->attrs; k != NULL; k = k->next)
		if (!all_null(k, vals))
			(void)node_add(copy, flat_tree(a, k, vals));
	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		if (k->kind == NODE_ELEMENT && all_null(k, vals))
			continue;
		add_content(a, copy, k, vals);
	}
	return copy;
}
