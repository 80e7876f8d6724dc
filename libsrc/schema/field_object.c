/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/field_object.h"
#include "schema/event_field.h"
#include "schema/xml_writer.h"
#include "util/text.h"

/* The elements that become the members of one object. */
struct list {
	const struct node *kids;
	const struct tree *t;
	/* Name for Data without a name; NULL: by position. */
	const char *unnamed;
	bool elasticsearch;
};

/* --- names of members ----------------------------------------------------- */

/* Returns the length of the white-space character at the start of s in bytes; 0
 * if there is none. */
static size_t
white_space_bytes(struct span s)
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

/* Append a name, without quotes, encoded for Elasticsearch. */
static void
put_encoded_name(struct buf *out, struct span name)
{
	struct span rest = name;
	size_t n = 1;
	size_t from = 0;

	while (rest.n != 0 && n != 0) {
		n = white_space_bytes(rest);
		rest = span_skip(rest, n);
	}
	const bool only_white_space = rest.n == 0;
	for (size_t i = 0; i < name.n; i++) {
		const uint8_t c = name.p[i];
		if (!only_white_space && c != '.' && c != '%')
			continue;
		text_utf8_json(out, span_of(name.p + from, i - from));
		buf_fmt(out, "%%%02x", c);
		from = i + 1;
	}
	text_utf8_json(out, span_skip(name, from));
}

/* Append a member's name with its quotes and colon. */
static void
member_name(
    struct plan *p, const struct list *l, const char *prefix, struct span name)
{
	plan_literal(p, "\"");
	plan_literal(p, prefix);
	if (l->elasticsearch)
		put_encoded_name(&p->lits, name);
	else
		text_utf8_json(&p->lits, name);
	plan_literal(p, "\":");
}

/* Returns an element's name; empty if it is named by its position. */
static struct span
name_of(const struct list *l, const struct node *n)
{
	const struct span own = event_field_name(n, l->t);

	return own.n == 0 && l->unnamed != NULL ? span_str(l->unnamed) : own;
}

/* Returns the first element with this name from n on, or NULL. */
static const struct node *
find_name(const struct list *l, const struct node *n, struct span name)
{
	n = tree_element(n);
	while (n != NULL && !span_eq(name_of(l, n), name))
		n = tree_element(n->next);
	return n;
}

/* --- values --------------------------------------------------------------- */

/* True for attributes that become members. */
static bool
is_shown(const struct node *attr)
{
	return !span_eq(attr->name, SPAN("Name")) &&
	       !span_starts(attr->name, SPAN("xmlns"));
}

static bool
has_shown_attribute(const struct node *n)
{
	const struct node *a = n->attrs;

	while (a != NULL && !is_shown(a))
		a = a->next;
	return a != NULL;
}

/* Join everything that is not an element to one text. */
static void
compile_text(struct plan *p, const struct node *kids, const struct tree *t)
{
	plan_literal(p, "\"");
	for (; kids != NULL; kids = kids->next) {
		if (kids->kind != NODE_ELEMENT)
			xml_writer_windows(p, kids, t);
	}
	plan_literal(p, "\"");
}

/* What precedes a member: nothing, a member, or one that a record may lack. */
enum before { BEFORE_NOTHING, BEFORE_MAYBE, BEFORE_MEMBER };

static void compile_members(
    struct plan *p, const struct list *l, enum before before);

/* Append the value of one element: a text, or an object. */
static void
compile_value(struct plan *p, const struct node *n, const struct list *l)
{
	const struct tree *const t = l->t;
	const struct list inside = { n->kids, t, "Data", l->elasticsearch };
	const struct node *text = n->kids;
	bool comma = false;

	if (tree_element(n->kids) == NULL && !has_shown_attribute(n)) {
		compile_text(p, n->kids, t);
		return;
	}
	plan_literal(p, "{");
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (!is_shown(a))
			continue;
		plan_literal(p, comma ? "," : "");
		member_name(p, l, "@", a->name);
		compile_text(p, a->kids, t);
		comma = true;
	}
	while (text != NULL && (text->kind == NODE_ELEMENT ||
				   value_is_empty(tree_value(text, t->values))))
		text = text->next;
	if (text != NULL) {
		plan_literal(p, comma ? ",\"#text\":" : "\"#text\":");
		compile_text(p, n->kids, t);
		comma = true;
	}
	compile_members(p, &inside, comma ? BEFORE_MEMBER : BEFORE_NOTHING);
	plan_literal(p, "}");
}

/* Returns the leaf of an element that contains only a time, or NULL. */
static const struct node *
only_time(const struct node *n, const struct tree *t)
{
	const struct node *const leaf = tree_leaf(n);

	if (leaf == NULL || has_shown_attribute(n) ||
	    tree_value(leaf, t->values)->type != VALUE_FILETIME)
		return NULL;
	return leaf;
}

/* Put a time as an item of a list. */
static void
put_time(struct buf *out, const struct value *v)
{
	if (!value_has_time(v)) {
		buf_str(out, "null");
		return;
	}
	buf_byte(out, '"');
	value_json(out, v);
	buf_byte(out, '"');
}

/* Put the items of an array as JSON strings, with commas between them. If
 * `number` is not 0, they are members param1, param2 and so on, beginning with
 * that number. */
static void
put_strings(struct buf *out, const struct value *array, unsigned number)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	do {
		if (number != 0)
			buf_fmt(out, "\"param%u\":", number++);
		buf_byte(out, '"');
		if (more)
			xml_writer_windows_value(out, &item);
		buf_byte(out, '"');
		more = more && value_next(array, &item);
		if (more)
			buf_byte(out, ',');
	} while (more);
}

/* Put a list of strings, or a string if there is only one item. */
static void
put_list(struct buf *out, const struct value *array)
{
	const bool list = value_is_list(array);

	buf_str(out, list ? "[" : "");
	put_strings(out, array, 0);
	buf_str(out, list ? "]" : "");
}

/* Append the value of all elements with the name of n, which is the first of
 * them: a single value, or a list, to which an array adds all of its items. */
static void
compile_values(struct plan *p, const struct list *l, const struct node *n)
{
	const struct span name = name_of(l, n);
	const struct node *array = tree_array(n, l->t->values);

	if (find_name(l, n->next, name) == NULL) {
		if (array != NULL)
			plan_value(p, array, put_list);
		else
			compile_value(p, n, l);
		return;
	}
	plan_literal(p, "[");
	while (n != NULL) {
		const struct node *const time = only_time(n, l->t);
		array = tree_array(n, l->t->values);
		if (array != NULL)
			plan_items(p, array, put_strings, 0);
		else if (time != NULL)
			plan_value(p, time, put_time);
		else
			compile_value(p, n, l);
		n = find_name(l, n->next, name);
		plan_literal(p, n == NULL ? "]" : ",");
	}
}

/* --- members -------------------------------------------------------------- */

/* The position of an element in a list of elements. */
struct position {
	unsigned n;
	/* The position depends on the record, since it follows an array. */
	bool varies;
};

static void
compile_by_position(struct plan *p, const struct node *n, const struct list *l,
    struct position *at)
{
	const struct node *const array = tree_array(n, l->t->values);

	if (array != NULL) {
		plan_numbered_items(p, array, put_strings, at->n);
		at->varies = true;
		return;
	}
	plan_literal(p, "\"param");
	if (at->varies)
		plan_item_number(p, at->n);
	else
		buf_u64(&p->lits, at->n);
	plan_literal(p, "\":");
	compile_value(p, n, l);
}

/* True if an element before n has its name. An array can be thousands of
 * elements with one name in a row, so `last`, the element before n, is compared
 * first. */
static bool
is_repeated(const struct list *l, const struct node *last, const struct node *n)
{
	const struct span name = name_of(l, n);

	return name.n != 0 &&
	       ((last != NULL && span_eq(name_of(l, last), name)) ||
		   find_name(l, l->kids, name) != n);
}

static void
compile_members(struct plan *p, const struct list *l, enum before before)
{
	const struct node *last = NULL;
	struct position at = { 0, false };

	for (const struct node *n = tree_element(l->kids); n != NULL;
	     last = n, n = tree_element(n->next)) {
		const struct span name = name_of(l, n);
		at.n++;
		/* Elements with the same name make one member, in the place of
		 * the first. */
		if (is_repeated(l, last, n))
			continue;
		/* A member that contains only a time is left out if the record
		 * has no such time. */
		const struct node *time = only_time(n, l->t);
		if (name.n != 0 && find_name(l, n->next, name) != NULL)
			time = NULL;
		const bool optional =
		    time != NULL && time->kind == NODE_SUBSTITUTION;
		if (time != NULL && !optional && !value_has_time(&time->value))
			continue;
		if (optional)
			plan_optional(p);
		if (before == BEFORE_MEMBER)
			plan_literal(p, ",");
		else if (before == BEFORE_MAYBE)
			plan_op(p, PLAN_COMMA);
		if (name.n == 0) {
			compile_by_position(p, n, l, &at);
		} else {
			member_name(p, l, "", name);
			compile_values(p, l, n);
		}
		if (optional)
			plan_keep_if_value(p, time, value_has_time);
		else
			before = BEFORE_MEMBER;
		if (before == BEFORE_NOTHING)
			before = BEFORE_MAYBE;
	}
}

void
field_object_compile(struct plan *p, const struct node *kids,
    const struct tree *t, const struct field_object *how)
{
	const struct node *param = tree_element(kids);
	struct list l = { kids, t, "Data", how->elasticsearch };
	enum before before = BEFORE_NOTHING;

	while (param != NULL &&
	       !span_starts(event_field_name(param, t), SPAN("param")))
		param = tree_element(param->next);
	if (how->by_position && param == NULL)
		l.unnamed = NULL;
	plan_literal(p, "{");
	if (how->element != NULL &&
	    find_name(&l, kids, SPAN("xml_name")) == NULL) {
		plan_literal(p, "\"xml_name\":\"");
		text_utf8_json(&p->lits, how->element->name);
		plan_literal(p, "\"");
		before = BEFORE_MEMBER;
	}
	compile_members(p, &l, before);
	plan_literal(p, "}");
}
