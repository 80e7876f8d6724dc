/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `raw` schema: the JSON form of evtx_dump 0.12, which its users' tools
 * read. Elements become members in document order, attributes are in
 * "#attributes" and the text beside them in "#text"; <Data Name="X"> is a
 * member X, and all <Data> without a name in an element are one member "Data"
 * with a list.
 */
#include "schema/provenance.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "schema/xml_writer.h"
#include "util/text.h"

/* --- values --------------------------------------------------------------- */

/* Append a value as null, a number, a string or a list, by its type. */
static void
put_typed(struct buf *out, const struct value *v)
{
	struct value item = { .p = NULL };

	if (v->type == VALUE_NULL) {
		buf_str(out, "null");
	} else if (value_is_number(v)) {
		value_json(out, v);
	} else if ((v->type & VALUE_ARRAY) == 0) {
		buf_byte(out, '"');
		value_json(out, v);
		buf_byte(out, '"');
	} else {
		buf_byte(out, '[');
		for (bool first = true; value_next(v, &item); first = false) {
			if (!first)
				buf_byte(out, ',');
			put_typed(out, &item);
		}
		buf_byte(out, ']');
	}
}

/* Append a value as an item of a list, and an array as several. Null and an
 * array without items are an empty string. */
static void
put_list_items(struct buf *out, const struct value *v)
{
	const bool array = (v->type & VALUE_ARRAY) != 0;
	struct value item = { .p = NULL };

	if (array ? !value_next(v, &item) : v->type == VALUE_NULL) {
		buf_str(out, "\"\"");
		return;
	}
	put_typed(out, array ? &item : v);
	while (array && value_next(v, &item)) {
		buf_byte(out, ',');
		put_typed(out, &item);
	}
}

/* Append a value as a list, but without brackets if it is a single item. */
static void
put_list(struct buf *out, const struct value *v)
{
	const bool list = value_is_list(v);

	buf_str(out, list ? "[" : "");
	put_list_items(out, v);
	buf_str(out, list ? "]" : "");
}

/* True if the content has more than nulls and empty values. */
static bool
has_content(const struct node *kids, const struct tree *t)
{
	while (kids != NULL && kids->kind != NODE_ELEMENT &&
	       value_is_empty(tree_value(kids, t->values)))
		kids = kids->next;
	return kids != NULL;
}

/* Append text. A single leaf keeps its type; several are joined to a string. A
 * value that is itself XML, as some Data have, is shown as XML text. */
static void
compile_text(struct plan *p, const struct node *kids, const struct tree *t)
{
	const bool elements = tree_element(kids) != NULL;

	if (!has_content(kids, t)) {
		plan_literal(p, "null");
		return;
	}
	if (!elements && kids->next == NULL) {
		if ((tree_value(kids, t->values)->type & VALUE_ARRAY) != 0)
			plan_value(p, kids, put_typed);
		else
			plan_string(p, kids, t, true);
		return;
	}
	plan_literal(p, "\"");
	if (elements)
		xml_writer_content(p, kids, t);
	for (; kids != NULL && !elements; kids = kids->next)
		plan_text(p, kids, t);
	plan_literal(p, "\"");
}

/* --- names ---------------------------------------------------------------- */

static bool
is_data(const struct node *n)
{
	return n->kind == NODE_ELEMENT && span_eq(n->name, SPAN("Data"));
}

static bool
is_unnamed_data(const struct node *n)
{
	return is_data(n) && tree_attr(n, SPAN("Name")) == NULL;
}

/* Returns the name of an element's member: the attribute Name of Data,
 * otherwise the element's own name. */
static struct span
name_of(const struct node *n, const struct tree *t)
{
	const struct node *const leaf =
	    is_data(n) ? tree_leaf(tree_attr(n, SPAN("Name"))) : NULL;

	if (leaf == NULL)
		return n->name;
	const struct value *const v = tree_value(leaf, t->values);
	return v->type == VALUE_UTF8 ? value_bytes(v) : n->name;
}

/* The element whose member was written last, and how many siblings before it
 * have the same name. */
struct named {
	const struct node *last;
	unsigned twins;
};

/* Append "name":, or "name_2": if two siblings before the element have that
 * name. An array can be thousands of elements with one name in a row: these are
 * not counted again. */
static void
compile_name(struct plan *p, const struct node *first, const struct node *n,
    const struct tree *t, struct named *named)
{
	const struct span name = name_of(n, t);
	unsigned twins = 0;

	if (named->last != NULL && named->last->next == n &&
	    span_eq(name_of(named->last, t), name)) {
		twins = named->twins + 1;
	} else {
		for (; first != n; first = first->next)
			twins += first->kind == NODE_ELEMENT &&
				 span_eq(name_of(first, t), name);
	}
	*named = (struct named){ n, twins };
	plan_literal(p, "\"");
	text_utf8_json(&p->lits, name);
	if (twins != 0) {
		plan_literal(p, "_");
		buf_u64(&p->lits, twins);
	}
	plan_literal(p, "\":");
}

/* --- elements ------------------------------------------------------------- */

/* Append the unnamed Data from n on as one member; values keep their order, and
 * empty ones stay. */
static void
compile_unnamed(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct node *more = n->next;

	while (more != NULL && !is_unnamed_data(more))
		more = more->next;
	plan_literal(p, "\"Data\":{\"#text\":");
	if (more == NULL) {
		if (tree_leaf(n) != NULL)
			plan_value(p, tree_leaf(n), put_list);
		else if (has_content(n->kids, t))
			compile_text(p, n->kids, t);
		else
			plan_literal(p, "\"\"");
		plan_literal(p, "}");
		return;
	}
	plan_literal(p, "[");
	for (bool first = true; n != NULL; n = n->next) {
		if (!is_unnamed_data(n))
			continue;
		plan_literal(p, first ? "" : ",");
		first = false;
		if (tree_leaf(n) != NULL)
			plan_value(p, tree_leaf(n), put_list_items);
		else
			plan_literal(p, "\"\"");
	}
	plan_literal(p, "]}");
}

static void compile_value(
    struct plan *p, const struct node *n, const struct tree *t);

static void
compile_members(
    struct plan *p, const struct node *kids, const struct tree *t, bool comma)
{
	bool unnamed_done = false;
	struct named named = { NULL, 0 };

	for (const struct node *n = kids; n != NULL; n = n->next) {
		const bool unnamed = is_unnamed_data(n);
		if (n->kind != NODE_ELEMENT || n->later ||
		    (unnamed && unnamed_done))
			continue;
		plan_literal(p, comma ? "," : "");
		comma = true;
		if (unnamed) {
			unnamed_done = true;
			compile_unnamed(p, n, t);
			continue;
		}
		compile_name(p, kids, n, t, &named);
		compile_value(p, n, t);
	}
}

/* Append the value of an element: its text, or an object if it has attributes
 * or elements. Attributes without content are left out. */
static void
compile_value(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct node *const name =
	    is_data(n) ? tree_attr(n, SPAN("Name")) : NULL;
	const bool members = tree_element(n->kids) != NULL && !is_data(n);
	bool attrs = false;

	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (a == name || !has_content(a->kids, t))
			continue;
		plan_literal(p, attrs ? "," : "{\"#attributes\":{");
		attrs = true;
		plan_member_name(p, a->name);
		compile_text(p, a->kids, t);
	}
	if (!attrs && !members) {
		const struct node *k = n->kids;
		while (k != NULL && k->kind != NODE_ELEMENT &&
		       tree_value(k, t->values)->type == VALUE_NULL)
			k = k->next;
		/* Data with an empty text is an empty string; Data without
		 * content or with nulls only is null. */
		if (is_data(n) && k != NULL && !has_content(n->kids, t))
			plan_literal(p, "\"\"");
		else
			compile_text(p, n->kids, t);
		return;
	}
	plan_literal(p, attrs ? "}" : "{");
	if (members) {
		compile_members(p, n->kids, t, attrs);
	} else if (has_content(n->kids, t)) {
		plan_literal(p, ",\"#text\":");
		compile_text(p, n->kids, t);
	}
	plan_literal(p, "}");
}

static void
compile_raw(struct plan *p, const struct schema_event *ev)
{
	const struct tree *const t = ev->tree;

	plan_literal(p, "{");
	plan_member_name(p, t->root->name);
	compile_value(p, t->root, t);
	provenance_compile(p, ev->options);
	plan_literal(p, "}");
	plan_finish(p);
}

const struct schema schema_raw = {
	.name = "raw",
	.table = &table_raw,
	.default_provenance = SCHEMA_PROVENANCE_NONE,
	.keeps_long_values = true,
	.limit_layout = VALUE_LIMIT_DOCUMENT,
	.compile = compile_raw,
};
