/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "schema/dynamic.h"
#include "schema/field.h"
#include "schema/xmlout.h"
#include "util/text.h"

/* A list of elements, and what those without a name are called: NULL for their
 * place. */
struct list {
	const struct node *kids;
	const struct tree *t;
	const char *unnamed;
};

static const struct node *
first_element(const struct node *n)
{
	while (n != NULL && n->kind != NODE_ELEMENT)
		n = n->next;
	return n;
}

/* Its name; empty for one that goes by its place. */
static struct span
name_of(const struct list *l, const struct node *n)
{
	const struct span own = field_name(n, l->t);

	return own.n == 0 && l->unnamed != NULL ? span_str(l->unnamed) : own;
}

static bool
same_name(const struct list *l, const struct node *a, const struct node *b)
{
	return span_eq(name_of(l, a), name_of(l, b));
}

/* Whether it is the first of its name. An array can be thousands of one name in
 * a row: `before`, the one before it, tells at once. */
static bool
is_first(const struct list *l, const struct node *n, const struct node *before)
{
	const struct node *k = first_element(l->kids);

	if (before != NULL && same_name(l, before, n))
		return false;
	while (k != n && !same_name(l, k, n))
		k = first_element(k->next);
	return k == n;
}

static const struct node *
next_of_name(const struct list *l, const struct node *n)
{
	const struct node *k = first_element(n->next);

	while (k != NULL && !same_name(l, k, n))
		k = first_element(k->next);
	return k;
}

static bool
is_shown(const struct node *attr)
{
	return !span_eq(attr->name, SPAN("Name")) &&
	       !span_starts(attr->name, SPAN("xmlns"));
}

static bool
has_shown(const struct node *attr)
{
	while (attr != NULL && !is_shown(attr))
		attr = attr->next;
	return attr != NULL;
}

/* What stands between the elements, as one text. */
static void
put_text(struct plan *p, const struct node *kids, const struct tree *t)
{
	plan_lit(p, "\"");
	for (; kids != NULL; kids = kids->next) {
		if (kids->kind != NODE_ELEMENT)
			xmlout_windows(p, kids, t);
	}
	plan_lit(p, "\"");
}

static bool
has_text(const struct node *kids, const struct tree *t)
{
	while (kids != NULL && (kids->kind == NODE_ELEMENT ||
				   value_is_empty(tree_value(kids, t->values))))
		kids = kids->next;
	return kids != NULL;
}

static void members(struct plan *p, const struct list *l, bool comma);

static void
value(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct list inside = { n->kids, t, "Data" };
	const bool elements = first_element(n->kids) != NULL;
	bool comma = false;

	if (!elements && !has_shown(n->attrs)) {
		put_text(p, n->kids, t);
		return;
	}
	plan_lit(p, "{");
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (!is_shown(a))
			continue;
		plan_lit(p, comma ? ",\"@" : "\"@");
		text_utf8_json(&p->lits, a->name);
		plan_lit(p, "\":");
		put_text(p, a->kids, t);
		comma = true;
	}
	if (has_text(n->kids, t)) {
		plan_lit(p, comma ? ",\"#text\":" : "\"#text\":");
		put_text(p, n->kids, t);
		comma = true;
	}
	members(p, &inside, comma);
	plan_lit(p, "}");
}

/* --- unnamed Data with an array ------------------------------------------- */

/* The items as JSON strings with commas between. */
static void
put_strings(struct buf *out, const struct value *array)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	for (bool first = true; more || first; first = false) {
		buf_str(out, first ? "\"" : ",\"");
		if (more)
			xmlout_windows_value(out, &item);
		buf_byte(out, '"');
		more = more && value_next(array, &item);
	}
}

/* The same as a list, but for a single item. */
static void
put_list(struct buf *out, const struct value *array)
{
	struct value item;
	const bool many = value_item(array, 1, &item);

	if (many)
		buf_byte(out, '[');
	put_strings(out, array);
	if (many)
		buf_byte(out, ']');
}

/* The same as members param1, param2; the first at that place. */
static void
put_params(struct buf *out, const struct value *array, unsigned place)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	for (bool first = true; more || first; first = false) {
		buf_fmt(out, "%s\"param%u\":\"", first ? "" : ",", place++);
		if (more)
			xmlout_windows_value(out, &item);
		buf_byte(out, '"');
		more = more && value_next(array, &item);
	}
}

/* ------------------------------------------------------------------------- */

/* One of several values in a list: an array adds all of its items. */
static void
list_item(struct plan *p, const struct list *l, const struct node *n)
{
	const struct node *const array = tree_array(n, l->t->values);

	if (array != NULL)
		plan_leaf(p, array, put_strings);
	else
		value(p, n, l->t);
}

/* One value, or a list of those that have the name. */
static void
values(struct plan *p, const struct list *l, const struct node *n)
{
	const struct node *const array = tree_array(n, l->t->values);
	const struct node *more = next_of_name(l, n);

	if (more == NULL && array != NULL) {
		plan_leaf(p, array, put_list);
		return;
	}
	if (more == NULL) {
		value(p, n, l->t);
		return;
	}
	plan_lit(p, "[");
	list_item(p, l, n);
	for (; more != NULL; more = next_of_name(l, more)) {
		plan_lit(p, ",");
		list_item(p, l, more);
	}
	plan_lit(p, "]");
}

/* The place of a field among the elements of a list. */
struct place {
	unsigned n;
	bool moves; /* behind an array: it depends on the record */
};

static void
place_name(struct plan *p, const struct place *at)
{
	char text[32];

	if (at->moves) {
		plan_lit(p, "\"param");
		plan_place(p, at->n);
		plan_lit(p, "\":");
		return;
	}
	(void)snprintf(text, sizeof(text), "param%u", at->n);
	plan_name(p, span_str(text));
}

/* A field that has no name but its place. */
static void
by_place(struct plan *p, const struct node *n, const struct tree *t,
    struct place *at)
{
	const struct node *const array = tree_array(n, t->values);

	if (array != NULL) {
		plan_places(p, array, put_params, at->n);
		at->moves = true;
		return;
	}
	place_name(p, at);
	value(p, n, t);
}

static void
members(struct plan *p, const struct list *l, bool comma)
{
	const struct node *before = NULL;
	struct place at = { 0, false };

	for (const struct node *n = first_element(l->kids); n != NULL;
	     before = n, n = first_element(n->next)) {
		const struct span name = name_of(l, n);
		at.n++;
		if (name.n != 0 && !is_first(l, n, before))
			continue;
		if (comma)
			plan_lit(p, ",");
		comma = true;
		if (name.n == 0) {
			by_place(p, n, l->t, &at);
		} else {
			plan_name(p, name);
			values(p, l, n);
		}
	}
}

/* Whether a field is called like one that goes by its place. */
static bool
has_param(const struct node *kids, const struct tree *t)
{
	const struct node *n = first_element(kids);

	while (n != NULL && !span_starts(field_name(n, t), SPAN("param")))
		n = first_element(n->next);
	return n != NULL;
}

void
dynamic_fields(
    struct plan *p, const struct node *kids, const struct tree *t, bool places)
{
	const bool by_place = places && !has_param(kids, t);
	const struct list l = { kids, t, by_place ? NULL : "Data" };

	plan_lit(p, "{");
	members(p, &l, false);
	plan_lit(p, "}");
}
