/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/event_field.h"
#include "schema/schema.h"

const struct node *
event_field_body(const struct system_fields *s)
{
	if (s->data == NULL || span_eq(s->data->name, SPAN("EventData")))
		return NULL;
	return tree_element(s->data->kids);
}

const struct node *
event_field_first(const struct system_fields *s)
{
	const struct node *const body = event_field_body(s);

	if (s->data == NULL)
		return NULL;
	if (span_eq(s->data->name, SPAN("EventData")))
		return s->data->kids;
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
    const struct system_fields *s, const struct tree *t, struct span name)
{
	const struct node *n = tree_element(event_field_first(s));

	while (n != NULL && !span_eq(event_field_name(n, t), name))
		n = tree_element(n->next);
	return n;
}

const struct node *
event_field_of(const struct schema_event *ev, const char *name)
{
	return event_field_find(ev->system, ev->tree, span_str(name));
}

const struct node *
event_field_find_applocker(const struct system_fields *s, struct span name)
{
	const struct node *const body = event_field_body(s);

	if (body == NULL || !span_eq(body->name, SPAN("RuleAndFileData")))
		return NULL;
	return tree_child(body, name);
}

bool
event_field_all_differ(const struct system_fields *s, const struct tree *t)
{
	const struct node *n = tree_element(event_field_first(s));

	for (; n != NULL; n = tree_element(n->next)) {
		const struct span name = event_field_name(n, t);
		if (name.n == 0 || event_field_find(s, t, name) != n)
			return false;
	}
	return true;
}
