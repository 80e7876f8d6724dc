/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "schema/event_field.h"
#include "schema/field_object.h"
#include "schema/xml_writer.h"
#include "util/text.h"

/* A list of elements, and what those without a name are called: NULL for their
 * place. */
struct list {
	const struct node *kids;
	const struct tree *t;
	const char *unnamed;
	bool elastic;
};

/* --- names of members ----------------------------------------------------- */

/* The bytes of the white space that s starts with; 0 if it does not. */
static size_t
blank_bytes(struct span s)
{
	static const char *const wide[] = { "\xe1\x9a\x80", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x81\x9f", "\xe3\x80\x80" };

	if (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r') ||
	    (s.p[0] >= 0x1c && s.p[0] <= 0x1f))
		return 1;
	if (s.n >= 3 && s.p[0] == 0xe2 && s.p[1] == 0x80 && s.p[2] >= 0x80 &&
	    s.p[2] <= 0x8a)
		return 3;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		if (span_starts(s, span_str(wide[i])))
			return 3;
	}
	return 0;
}

static bool
is_blank(struct span name)
{
	size_t n = 1;

	while (name.n != 0 && n != 0) {
		n = blank_bytes(name);
		name = span_of(name.p + n, name.n - n);
	}
	return name.n == 0;
}

/* A name inside quotes that are there already. */
static void
put_name(struct buf *out, struct span name, bool elastic)
{
	const bool whole = elastic && is_blank(name);
	size_t from = 0;

	for (size_t i = 0; elastic && i < name.n; i++) {
		const uint8_t c = name.p[i];
		if (!whole && c != '.' && c != '%')
			continue;
		text_utf8_json(out, span_of(name.p + from, i - from));
		buf_fmt(out, "%%%02x", c);
		from = i + 1;
	}
	text_utf8_json(out, span_of(name.p + from, name.n - from));
}

static void
member_name(struct plan *p, struct span name, bool elastic)
{
	plan_lit(p, "\"");
	put_name(&p->lits, name, elastic);
	plan_lit(p, "\":");
}

/* --- lists ---------------------------------------------------------------- */

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
	const struct span own = event_field_name(n, l->t);

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
			xml_writer_windows(p, kids, t);
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

/* What is before a member of an object. */
enum before { BEFORE_NOTHING, BEFORE_MAYBE, BEFORE_MEMBER };

static void members(struct plan *p, const struct list *l, enum before before);

static void
value(struct plan *p, const struct node *n, const struct list *l)
{
	const struct tree *const t = l->t;
	const struct list inside = { n->kids, t, "Data", l->elastic };
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
		put_name(&p->lits, a->name, l->elastic);
		plan_lit(p, "\":");
		put_text(p, a->kids, t);
		comma = true;
	}
	if (has_text(n->kids, t)) {
		plan_lit(p, comma ? ",\"#text\":" : "\"#text\":");
		put_text(p, n->kids, t);
		comma = true;
	}
	members(p, &inside, comma ? BEFORE_MEMBER : BEFORE_NOTHING);
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
			xml_writer_windows_value(out, &item);
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
			xml_writer_windows_value(out, &item);
		buf_byte(out, '"');
		more = more && value_next(array, &item);
	}
}

/* ------------------------------------------------------------------------- */

/* The leaf with the time that is all the element holds, or NULL. */
static const struct node *
only_time(const struct node *n, const struct tree *t)
{
	const struct node *const leaf = tree_leaf(n);

	if (leaf == NULL || has_shown(n->attrs) ||
	    tree_value(leaf, t->values)->type != VALUE_FILETIME)
		return NULL;
	return leaf;
}

static void
put_time(struct buf *out, const struct value *v)
{
	const bool there = value_has_time(v);

	buf_str(out, there ? "\"" : "null");
	if (!there)
		return;
	value_json(out, v);
	buf_byte(out, '"');
}

/* One of several values in a list: an array adds all of its items, no time is
 * null. */
static void
list_item(struct plan *p, const struct list *l, const struct node *n)
{
	const struct node *const array = tree_array(n, l->t->values);
	const struct node *const time = only_time(n, l->t);

	if (array != NULL)
		plan_leaf(p, array, put_strings);
	else if (time != NULL)
		plan_leaf(p, time, put_time);
	else
		value(p, n, l);
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
		value(p, n, l);
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
by_place(struct plan *p, const struct node *n, const struct list *l,
    struct place *at)
{
	const struct node *const array = tree_array(n, l->t->values);

	if (array != NULL) {
		plan_places(p, array, put_params, at->n);
		at->moves = true;
		return;
	}
	place_name(p, at);
	value(p, n, l);
}

/* The time whose member is left out where the record has none, or NULL. */
static const struct node *
optional_time(const struct list *l, const struct node *n)
{
	const bool one_of_many =
	    name_of(l, n).n != 0 && next_of_name(l, n) != NULL;

	return one_of_many ? NULL : only_time(n, l->t);
}

static void
member(struct plan *p, const struct list *l, const struct node *n,
    struct place *at)
{
	const struct span name = name_of(l, n);

	if (name.n == 0) {
		by_place(p, n, l, at);
		return;
	}
	member_name(p, name, l->elastic);
	values(p, l, n);
}

static void
members(struct plan *p, const struct list *l, enum before before)
{
	const struct node *last = NULL;
	struct place at = { 0, false };

	for (const struct node *n = first_element(l->kids); n != NULL;
	     last = n, n = first_element(n->next)) {
		const struct node *const time = optional_time(l, n);
		const bool substitution =
		    time != NULL && time->kind == NODE_SUBSTITUTION;
		at.n++;
		if (name_of(l, n).n != 0 && !is_first(l, n, last))
			continue;
		if (time != NULL && !substitution &&
		    !value_has_time(&time->value))
			continue;
		if (substitution)
			plan_begin(p);
		if (before == BEFORE_MEMBER)
			plan_lit(p, ",");
		else if (before == BEFORE_MAYBE)
			plan_op(p, PLAN_COMMA);
		member(p, l, n, &at);
		if (substitution)
			plan_keep_if(p, time, value_has_time);
		else
			before = BEFORE_MEMBER;
		if (before == BEFORE_NOTHING)
			before = BEFORE_MAYBE;
	}
}

/* Whether a field is called like one that goes by its place. */
static bool
has_param(const struct node *kids, const struct tree *t)
{
	const struct node *n = first_element(kids);

	while (n != NULL && !span_starts(event_field_name(n, t), SPAN("param")))
		n = first_element(n->next);
	return n != NULL;
}

static bool
has_field(const struct list *l, struct span name)
{
	const struct node *n = first_element(l->kids);

	while (n != NULL && !span_eq(event_field_name(n, l->t), name))
		n = first_element(n->next);
	return n != NULL;
}

void
field_object_compile(struct plan *p, const struct node *kids,
    const struct tree *t, const struct field_object *how)
{
	const bool by_place = how->places && !has_param(kids, t);
	const struct list l = { kids, t, by_place ? NULL : "Data",
		how->elastic };
	const bool named =
	    how->element != NULL && !has_field(&l, SPAN("xml_name"));

	plan_lit(p, "{");
	if (named) {
		plan_lit(p, "\"xml_name\":\"");
		text_utf8_json(&p->lits, how->element->name);
		plan_lit(p, "\"");
	}
	members(p, &l, named ? BEFORE_MEMBER : BEFORE_NOTHING);
	plan_lit(p, "}");
}
