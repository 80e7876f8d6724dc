/* SPDX-License-Identifier: Apache-2.0 */
#include "event/tree.h"

struct node *
tree_add(struct arena *a, struct node ***last, enum node_kind kind)
{
	struct node *const n = arena_alloc(a, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->kind = kind;
	**last = n;
	*last = &n->next;
	return n;
}

enum rc
tree_too_large(const struct arena *a, struct err *e)
{
	return err_set(e, RC_SKIP, WHY_LIMIT,
	    "the event exceeds %zu bytes in memory", a->max);
}

const struct node *
tree_child(const struct node *element, struct span name)
{
	const struct node *k = element == NULL ? NULL : element->kids;

	while (
	    k != NULL && (k->kind != NODE_ELEMENT || !span_eq(k->name, name)))
		k = k->next;
	return k;
}

const struct node *
tree_attr(const struct node *element, struct span name)
{
	const struct node *a = element == NULL ? NULL : element->attrs;

	while (a != NULL && !span_eq(a->name, name))
		a = a->next;
	return a;
}

const struct node *
tree_leaf(const struct node *parent)
{
	const struct node *const k = parent == NULL ? NULL : parent->kids;

	return tree_is_leaf(k) && k->next == NULL ? k : NULL;
}

const struct node *
tree_array(const struct node *element, const struct value *values)
{
	const struct node *const leaf = tree_leaf(element);

	if (leaf == NULL || leaf->kind != NODE_SUBSTITUTION ||
	    element->attrs != NULL || !span_eq(element->name, SPAN("Data")))
		return NULL;
	return (values[leaf->index].type & VALUE_ARRAY) != 0 ? leaf : NULL;
}
