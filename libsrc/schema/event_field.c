/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/event_field.h"

static const struct node *
first_element(const struct node *n)
{
	while (n != NULL && n->kind != NODE_ELEMENT)
		n = n->next;
	return n;
}

const struct node *
event_field_body(const struct system_fields *h)
{
	if (h->data == NULL || span_eq(h->data->name, SPAN("EventData")))
		return NULL;
	return first_element(h->data->kids);
}

const struct node *
event_field_first(const struct system_fields *h)
{
	const struct node *const body = event_field_body(h);

	if (h->data == NULL)
		return NULL;
	if (span_eq(h->data->name, SPAN("EventData")))
		return h->data->kids;
	return body == NULL ? NULL : body->kids;
}

struct span
event_field_name(const struct node *field, const struct tree *t)
{
	const struct node *const leaf =
	    tree_leaf(tree_attr(field, SPAN("Name")));

	if (leaf != NULL)
		return value_bytes(tree_value(leaf, t->values));
	return span_eq(field->name, SPAN("Data")) ? SPAN("") : field->name;
}

const struct node *
event_field_find(
    const struct system_fields *h, const struct tree *t, struct span name)
{
	const struct node *n = first_element(event_field_first(h));

	while (n != NULL && !span_eq(event_field_name(n, t), name))
		n = first_element(n->next);
	return n;
}

const struct node *
event_field_find_in(
    const struct system_fields *h, struct span body, struct span name)
{
	const struct node *const in = event_field_body(h);

	if (in == NULL || !span_eq(in->name, body))
		return NULL;
	return tree_child(in, name);
}

bool
event_field_all_differ(const struct system_fields *h, const struct tree *t)
{
	const struct node *n = first_element(event_field_first(h));

	for (; n != NULL; n = first_element(n->next)) {
		const struct span name = event_field_name(n, t);
		if (name.n == 0 || event_field_find(h, t, name) != n)
			return false;
	}
	return true;
}
