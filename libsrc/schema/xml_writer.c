/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/xml_chars.h"
#include "schema/xml_writer.h"
#include "util/text.h"
#include "util/text_scan.h"

/* What stands for a character of text that is escaped for JSON already. */
static const char *
entity(uint8_t c, bool attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return attribute ? "&quot;" : NULL;
	default:
		return NULL;
	}
}

/* By how much text grows when it is escaped. The backslash of a quote goes. */
static size_t
growth(struct span s, bool attribute)
{
	size_t more = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *const to = entity(s.p[i], attribute);
		if (to != NULL)
			more += strlen(to) - (s.p[i] == '"' ? 2 : 1);
	}
	return more;
}

/* Replace the characters that mean something in XML, from the end, for which
 * there is room. Text is JSON already: a quote stands behind a backslash. */
static void
escape_from(struct buf *out, size_t start, size_t more, bool attribute)
{
	if (buf_room(out, more) == NULL)
		return;
	size_t r = out->n;
	out->n += more;
	for (size_t w = out->n; w != r && r > start;) {
		const uint8_t c = out->p[--r];
		const char *const to = entity(c, attribute);
		if (to == NULL) {
			out->p[--w] = c;
			continue;
		}
		w -= strlen(to);
		memcpy(out->p + w, to, strlen(to));
		r -= c == '"' ? 1 : 0;
	}
}

static void
mend(struct buf *out, size_t start, bool attribute)
{
	const size_t more =
	    growth(span_of(out->p + start, out->n - start), attribute);

	if (more != 0)
		escape_from(out, start, more, attribute);
}

static void
put_value(struct buf *out, const struct value *v, bool attribute)
{
	const size_t start = out->n;

	value_json(out, v);
	if (!out->full)
		mend(out, start, attribute);
}

void
xml_writer_value(struct buf *out, const struct value *v)
{
	put_value(out, v, false);
}

static bool
is_guid(const struct value *v)
{
	return v->type == VALUE_GUID && value_is_sized(v);
}

void
xml_writer_windows_value(struct buf *out, const struct value *v)
{
	const bool guid = is_guid(v);

	buf_str(out, guid ? "{" : "");
	value_json(out, v);
	buf_str(out, guid ? "}" : "");
}

static void
new_line(struct buf *out, unsigned depth)
{
	buf_str(out, "\\r\\n");
	for (unsigned i = 0; i < depth; i++)
		buf_str(out, "  ");
}

/* An item of an array; NULL for an array without items. */
static void
put_item(struct buf *out, const struct value *item)
{
	buf_str(out, "<Data>");
	if (item != NULL && value_is_text(item))
		xml_writer_value(out, item);
	else if (item != NULL)
		xml_writer_windows_value(out, item);
	buf_str(out, "</Data>");
}

/* An unnamed Data for each item of its array. Each has a line of its own, at
 * that depth, unless that is 0. */
static void
put_items(struct buf *out, const struct value *array, unsigned depth)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	put_item(out, more ? &item : NULL);
	while (more) {
		more = value_next(array, &item);
		if (more && depth != 0)
			new_line(out, depth);
		if (more)
			put_item(out, &item);
	}
}

static void
attributes(struct plan *p, const struct node *n, const struct tree *t)
{
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		const struct node *const leaf = tree_leaf(a);
		if (leaf != NULL &&
		    tree_value(leaf, t->values)->type == VALUE_NULL)
			continue;
		plan_lit(p, " ");
		text_utf8_json(&p->lits, a->name);
		plan_lit(p, "=\\\"");
		xml_writer_content(p, a->kids, t);
		plan_lit(p, "\\\"");
	}
}

static void
element(struct plan *p, const struct node *n, const struct tree *t)
{
	const struct node *const array = tree_array(n, t->values);

	if (array != NULL) {
		plan_items(p, array, put_items, 0);
		return;
	}
	plan_lit(p, "<");
	text_utf8_json(&p->lits, n->name);
	attributes(p, n, t);
	if (n->kids == NULL) {
		plan_lit(p, "/>");
		return;
	}
	plan_lit(p, ">");
	xml_writer_content(p, n->kids, t);
	plan_lit(p, "</");
	text_utf8_json(&p->lits, n->name);
	plan_lit(p, ">");
}

void
xml_writer_content(
    struct plan *p, const struct node *kids, const struct tree *t)
{
	for (; kids != NULL; kids = kids->next) {
		if (kids->kind == NODE_ELEMENT)
			element(p, kids, t);
		else
			plan_leaf(p, kids, xml_writer_value);
	}
}

/* --- the layout of the connector ----------------------------------------- */

/* From this depth on, no element gets a line of its own, and characters that
 * XML does not have are replaced. */
#define ONE_LINE 1000U

#define EVENT_NAMESPACE "http://schemas.microsoft.com/win/2004/08/events/event"

/* Whether it has no characters to escape, as numbers, times and SIDs. */
static bool
is_plain(const struct value *v)
{
	return (v->type & VALUE_ARRAY) == 0 && !value_is_text(v);
}

void
xml_writer_windows(
    struct plan *p, const struct node *leaf, const struct tree *t)
{
	const bool guid = is_guid(tree_value(leaf, t->values));

	plan_lit(p, guid ? "{" : "");
	plan_text(p, leaf, t);
	plan_lit(p, guid ? "}" : "");
}

/* Whether text has nothing that XML would escape. */
static bool
is_clean(struct span s, size_t units)
{
	(void)units;
	return !text_has_markup(s);
}

static void
mend_text(struct buf *out, size_t start)
{
	mend(out, start, false);
}

static void
attribute_value(struct buf *out, const struct value *v)
{
	put_value(out, v, true);
}

static bool
is_strict(struct span s, size_t units)
{
	/* No longer than its units: ASCII, and nothing escaped. */
	return !text_has_markup(s) && (s.n <= units || xml_chars_is_clean(s));
}

static void
strict_mend(struct buf *out, size_t start)
{
	mend(out, start, false);
	if (!out->full)
		xml_chars_mend(out, start);
}

static void
strict_text(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	xml_writer_value(out, v);
	if (!out->full)
		xml_chars_mend(out, start);
}

static void
strict_attribute(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	put_value(out, v, true);
	if (!out->full)
		xml_chars_mend(out, start);
}

static void
strict_items(struct buf *out, const struct value *array, unsigned depth)
{
	const size_t start = out->n;

	put_items(out, array, depth);
	if (!out->full)
		xml_chars_mend(out, start);
}

static bool
is_null(const struct node *leaf, const struct tree *t)
{
	return leaf != NULL && tree_value(leaf, t->values)->type == VALUE_NULL;
}

static void
lined_attributes(
    struct plan *p, const struct node *n, const struct tree *t, unsigned depth)
{
	plan_put_fn *const put =
	    depth < ONE_LINE ? attribute_value : strict_attribute;

	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		if (is_null(tree_leaf(a), t))
			continue;
		plan_lit(p, " ");
		text_utf8_json(&p->lits, a->name);
		plan_lit(p, "=\\\"");
		for (const struct node *v = a->kids; v != NULL; v = v->next) {
			if (v->kind == NODE_ELEMENT)
				continue;
			if (is_plain(tree_value(v, t->values)))
				xml_writer_windows(p, v, t);
			else
				plan_leaf(p, v, put);
		}
		plan_lit(p, "\\\"");
	}
}

static bool
only_elements(const struct node *kids, const struct tree *t)
{
	for (const struct node *n = kids; n != NULL; n = n->next) {
		if (n->kind != NODE_ELEMENT &&
		    !value_is_empty(tree_value(n, t->values)))
			return false;
	}
	return true;
}

static bool
has_element(const struct node *kids)
{
	while (kids != NULL && kids->kind != NODE_ELEMENT)
		kids = kids->next;
	return kids != NULL;
}

static void lined_element(
    struct plan *p, const struct node *n, const struct tree *t, unsigned depth);

static void
lined_leaf(struct plan *p, const struct node *leaf, const struct tree *t,
    unsigned depth)
{
	static const struct plan_check text = {
		.clean = is_clean, .mend = mend_text, .put = xml_writer_value
	};
	static const struct plan_check strict = {
		.clean = is_strict, .mend = strict_mend, .put = strict_text
	};

	if (is_plain(tree_value(leaf, t->values)))
		xml_writer_windows(p, leaf, t);
	else
		plan_checked(p, leaf, t, depth < ONE_LINE ? &text : &strict);
}

/* Elements get lines of their own where no text is between them. */
static void
lined_content(
    struct plan *p, const struct node *n, const struct tree *t, unsigned depth)
{
	const bool lines = depth < ONE_LINE && has_element(n->kids) &&
			   only_elements(n->kids, t);

	for (const struct node *k = n->kids; k != NULL; k = k->next) {
		const struct node *const array = tree_array(k, t->values);
		if (k->kind != NODE_ELEMENT) {
			if (!lines)
				lined_leaf(p, k, t, depth);
			continue;
		}
		if (lines)
			new_line(&p->lits, depth + 1);
		if (array != NULL)
			plan_items(p, array,
			    depth < ONE_LINE ? put_items : strict_items,
			    lines ? depth + 1 : 0);
		else
			lined_element(p, k, t, depth + 1);
	}
	if (lines)
		new_line(&p->lits, depth);
}

static void
lined_element(
    struct plan *p, const struct node *n, const struct tree *t, unsigned depth)
{
	plan_lit(p, "<");
	text_utf8_json(&p->lits, n->name);
	if ((depth == 0 || depth == ONE_LINE) &&
	    tree_attr(n, SPAN("xmlns")) == NULL)
		plan_lit(p, " xmlns=\\\"" EVENT_NAMESPACE "\\\"");
	lined_attributes(p, n, t, depth);
	plan_lit(p, ">");
	lined_content(p, n, t, depth);
	plan_lit(p, "</");
	text_utf8_json(&p->lits, n->name);
	plan_lit(p, ">");
}

void
xml_writer_event_data(
    struct plan *p, const struct node *data, const struct tree *t)
{
	lined_element(p, data, t, 0);
}

void
xml_writer_data_item(
    struct plan *p, const struct node *data, const struct tree *t)
{
	lined_element(p, data, t, ONE_LINE);
}

static void
put_parameters(struct buf *out, const struct value *array, unsigned unused)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	(void)unused;
	/* An array without items counts as one empty item. */
	if (!more)
		buf_str(out, "<Param></Param>");
	while (more) {
		buf_str(out, "<Param>");
		if (value_is_text(&item))
			strict_text(out, &item);
		else
			xml_writer_windows_value(out, &item);
		buf_str(out, "</Param>");
		more = value_next(array, &item);
	}
}

void
xml_writer_parameters(
    struct plan *p, const struct node *data, const struct tree *t)
{
	const bool event_data = span_eq(data->name, SPAN("EventData"));

	for (const struct node *n = data->kids; n != NULL; n = n->next) {
		if (n->kind != NODE_ELEMENT ||
		    (event_data && span_eq(n->name, SPAN("Binary"))))
			continue;
		const struct node *const array = tree_array(n, t->values);
		if (array != NULL) {
			plan_items(p, array, put_parameters, 0);
			continue;
		}
		plan_lit(p, "<Param>");
		lined_content(p, n, t, ONE_LINE);
		plan_lit(p, "</Param>");
	}
}
