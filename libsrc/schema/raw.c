/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The `raw` schema: the JSON shape of evtx_dump 0.12, which its users' tools
 * read. Elements become members in document order, attributes stand in
 * "#attributes", text beside them in "#text"; <Data Name="X"> is a member X,
 * and the unnamed <Data> of an element are one member "Data" with a list.
 */
#include "schema/provenance.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "schema/xml_writer.h"
#include "util/num.h"

static void
put_string(struct buf *out, const struct value *v)
{
	buf_byte(out, '"');
	value_json(out, v);
	buf_byte(out, '"');
}

static void
put_natural(struct buf *out, const struct value *v)
{
	struct value item = { .p = NULL };

	if (v->type == VALUE_NULL) {
		buf_str(out, "null");
	} else if (value_is_number(v)) {
		value_json(out, v);
	} else if ((v->type & VALUE_ARRAY) == 0) {
		put_string(out, v);
	} else {
		buf_byte(out, '[');
		for (bool first = true; value_next(v, &item); first = false) {
			if (!first)
				buf_byte(out, ',');
			put_natural(out, &item);
		}
		buf_byte(out, ']');
	}
}

/* The members of a list of values: an array adds each of its own. */
static void
put_member_of_list(struct buf *out, const struct value *v)
{
	struct value item = { .p = NULL };
	bool any = false;

	if ((v->type & VALUE_ARRAY) == 0) {
		if (v->type == VALUE_NULL)
			buf_str(out, "\"\"");
		else
			put_natural(out, v);
		return;
	}
	for (; value_next(v, &item); any = true) {
		if (any)
			buf_byte(out, ',');
		put_natural(out, &item);
	}
	if (!any)
		buf_str(out, "\"\"");
}

/* A list of its own; one item stands alone. */
static void
put_list(struct buf *out, const struct value *v)
{
	struct value item;
	const bool many =
	    (v->type & VALUE_ARRAY) != 0 && value_item(v, 1, &item);

	if (many)
		buf_byte(out, '[');
	put_member_of_list(out, v);
	if (many)
		buf_byte(out, ']');
}

static bool
is_null(const struct node *leaf, const struct tree *t)
{
	return leaf->kind != NODE_ELEMENT &&
	       tree_value(leaf, t->values)->type == VALUE_NULL;
}

static bool
is_empty(const struct node *leaf, const struct tree *t)
{
	return leaf->kind != NODE_ELEMENT &&
	       value_is_empty(tree_value(leaf, t->values));
}

/* Whether the content has anything but nulls and empty values. */
static bool
has_content(const struct node *kids, const struct tree *t)
{
	while (kids != NULL && is_empty(kids, t))
		kids = kids->next;
	return kids != NULL;
}

/* Whether the content is empty text, not null. */
static bool
has_empty(const struct node *kids, const struct tree *t)
{
	while (kids != NULL && is_null(kids, t))
		kids = kids->next;
	return kids != NULL && !has_content(kids, t);
}

static bool
has_elements(const struct node *kids)
{
	while (kids != NULL && kids->kind != NODE_ELEMENT)
		kids = kids->next;
	return kids != NULL;
}

static void
compile_leaf(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const struct value *const v = tree_value(leaf, t->values);

	if ((v->type & VALUE_ARRAY) != 0)
		plan_leaf(p, leaf, put_natural);
	else
		plan_string(p, leaf, t, true);
}

/* Text: one leaf keeps its type, several are joined to a string. Elements in
 * text are a value that is XML (of a Data): it is shown as XML. */
static void
compile_text(struct plan *p, const struct node *kids, const struct tree *t)
{
	if (!has_content(kids, t)) {
		plan_lit(p, "null");
		return;
	}
	if (has_elements(kids)) {
		plan_lit(p, "\"");
		xml_writer_content(p, kids, t);
		plan_lit(p, "\"");
		return;
	}
	if (kids->next == NULL) {
		compile_leaf(p, kids, t);
		return;
	}
	plan_lit(p, "\"");
	for (; kids != NULL; kids = kids->next)
		plan_text(p, kids, t);
	plan_lit(p, "\"");
}

static bool
attr_shown(
    const struct node *a, const struct node *except, const struct tree *t)
{
	return a != except && has_content(a->kids, t);
}

/* "#attributes":{...}, or nothing and false when all are null. */
static bool
compile_attrs(struct plan *p, const struct node *element,
    const struct node *except, const struct tree *t)
{
	bool any = false;

	for (const struct node *a = element->attrs; a != NULL; a = a->next) {
		if (!attr_shown(a, except, t))
			continue;
		plan_lit(p, any ? "," : "\"#attributes\":{");
		any = true;
		plan_name(p, a->name);
		compile_text(p, a->kids, t);
	}
	if (any)
		plan_lit(p, "}");
	return any;
}

static bool
is_data(const struct node *n)
{
	return n->kind == NODE_ELEMENT && span_eq(n->name, SPAN("Data"));
}

/* The name that stands for an element: that of <Data Name="...">, else its
 * own. */
static struct span
key_of(const struct node *n, const struct tree *t)
{
	const struct node *const leaf =
	    is_data(n) ? tree_leaf(tree_attr(n, SPAN("Name"))) : NULL;

	if (leaf == NULL)
		return n->name;
	const struct value *const v = tree_value(leaf, t->values);
	return v->type == VALUE_UTF8 ? value_bytes(v) : n->name;
}

static bool
is_unnamed_data(const struct node *n)
{
	return is_data(n) && tree_attr(n, SPAN("Name")) == NULL;
}

/* The element that was named last, and how many before it had its name. */
struct named {
	const struct node *last;
	unsigned twins;
};

/* How many siblings before n have its name. An array can be thousands of one
 * name in a row: they are not counted anew for each. */
static unsigned
earlier_twins(const struct node *first, const struct node *n,
    const struct tree *t, const struct named *named)
{
	const struct span key = key_of(n, t);
	unsigned twins = 0;

	if (named->last != NULL && named->last->next == n &&
	    span_eq(key_of(named->last, t), key))
		return named->twins + 1;
	for (; first != n; first = first->next) {
		if (first->kind == NODE_ELEMENT &&
		    span_eq(key_of(first, t), key))
			twins++;
	}
	return twins;
}

static void
compile_key(struct plan *p, const struct node *first, const struct node *n,
    const struct tree *t, struct named *named)
{
	const unsigned twins = earlier_twins(first, n, t, named);
	uint8_t digits[NUM_DEC_MAX];

	*named = (struct named){ n, twins };
	plan_name(p, key_of(n, t));
	if (twins == 0)
		return;
	plan_cut(p, p->lits.n - 2);
	plan_lit(p, "_");
	buf_put(&p->lits,
	    span_of(digits, (size_t)(num_u64(digits, twins) - digits)));
	plan_lit(p, "\":");
}

/* The unnamed Data from n on as one member; values keep order, and empty ones
 * stay. */
static void
compile_unnamed(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct node *more = n->next;

	while (more != NULL && !is_unnamed_data(more))
		more = more->next;
	plan_lit(p, "\"Data\":{\"#text\":");
	if (more == NULL) {
		if (tree_leaf(n) != NULL)
			plan_leaf(p, tree_leaf(n), put_list);
		else if (has_content(n->kids, t))
			compile_text(p, n->kids, t);
		else
			plan_lit(p, "\"\"");
		plan_lit(p, "}");
		return;
	}
	plan_lit(p, "[");
	for (bool first = true; n != NULL; n = n->next) {
		if (!is_unnamed_data(n))
			continue;
		if (!first)
			plan_lit(p, ",");
		first = false;
		if (tree_leaf(n) != NULL)
			plan_leaf(p, tree_leaf(n), put_member_of_list);
		else
			plan_lit(p, "\"\"");
	}
	plan_lit(p, "]}");
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
		if (n->kind != NODE_ELEMENT || n->later)
			continue;
		if (is_unnamed_data(n) && unnamed_done)
			continue;
		if (comma)
			plan_lit(p, ",");
		comma = true;
		if (is_unnamed_data(n)) {
			unnamed_done = true;
			compile_unnamed(p, n, t);
			continue;
		}
		compile_key(p, kids, n, t, &named);
		compile_value(p, n, t);
	}
}

/* What stands behind an element's name. */
static void
compile_value(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct node *const except =
	    is_data(n) ? tree_attr(n, SPAN("Name")) : NULL;
	const bool members = has_elements(n->kids) && !is_data(n);
	const bool text = !members && has_content(n->kids, t);
	const size_t start = p->lits.n;

	plan_lit(p, "{");
	const bool attrs = compile_attrs(p, n, except, t);
	if (!attrs && !members) {
		/* No attribute was written, so nothing but the brace was. An
		 * empty Data is a string, any other empty element null. */
		plan_cut(p, start);
		if (is_data(n) && has_empty(n->kids, t))
			plan_lit(p, "\"\"");
		else
			compile_text(p, n->kids, t);
		return;
	}
	if (text) {
		plan_lit(p, ",\"#text\":");
		compile_text(p, n->kids, t);
	}
	if (members)
		compile_members(p, n->kids, t, attrs);
	plan_lit(p, "}");
}

static void
compile_raw(struct plan *p, const struct schema_event *ev)
{
	const struct tree *const t = ev->tree;

	plan_lit(p, "{");
	plan_name(p, t->root->name);
	compile_value(p, t->root, t);
	provenance_compile(p, ev->options);
	plan_lit(p, "}");
	plan_end(p);
}

const struct schema schema_raw = {
	.name = "raw",
	.table = &table_raw,
	.usual = SCHEMA_PROVENANCE_NONE,
	.whole = true,
	.shape = VALUE_LIMIT_DOCUMENT,
	.compile = compile_raw,
};
