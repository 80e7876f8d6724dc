/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/xml_chars.h"
#include "schema/xml_writer.h"
#include "util/text.h"
#include "util/text_scan.h"

#define EVENT_NAMESPACE "http://schemas.microsoft.com/win/2004/08/events/event"

/* --- escaping ------------------------------------------------------------ */

/* Returns the entity for a character of XML text, or of an attribute's value.
 */
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

/* Escape for XML the JSON from `start` to the end of the buffer: backwards and
 * in place, after making room. JSON has a quote as backslash and quote; its
 * entity replaces both. */
static void
escape(struct buf *out, size_t start, bool attribute)
{
	size_t more = 0;

	for (size_t i = start; i < out->n; i++) {
		const uint8_t c = out->p[i];
		const char *const to = entity(c, attribute);
		if (to != NULL)
			more += strlen(to) - (c == '"' ? 2 : 1);
	}
	if (more == 0 || buf_room(out, more) == NULL)
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

/* Put a value escaped for XML and JSON. `strict`: replace characters that XML
 * does not allow. */
static void
put_escaped(struct buf *out, const struct value *v, bool attribute, bool strict)
{
	const size_t start = out->n;

	value_json(out, v);
	if (!out->full)
		escape(out, start, attribute);
	if (strict && !out->full)
		xml_chars_mend(out, start);
}

void
xml_writer_value(struct buf *out, const struct value *v)
{
	put_escaped(out, v, false, false);
}

void
xml_writer_windows_value(struct buf *out, const struct value *v)
{
	const bool guid = plan_kind(v) == PLAN_GUID;

	buf_str(out, guid ? "{" : "");
	value_json(out, v);
	buf_str(out, guid ? "}" : "");
}

void
xml_writer_windows(
    struct plan *p, const struct node *leaf, const struct tree *t)
{
	const bool guid = plan_kind(tree_value(leaf, t->values)) == PLAN_GUID;

	plan_literal(p, guid ? "{" : "");
	plan_text(p, leaf, t);
	plan_literal(p, guid ? "}" : "");
}

/* --- the styles ---------------------------------------------------------- */

struct style {
	/* Write XML as Windows does: GUIDs in braces, no <Empty/>. */
	bool windows;
	/* Write each element on a line of its own; `windows` only. */
	bool lines;
	bool strict; /* replace characters that XML does not allow; windows only
		      */
	/* Rewriting rules of texts; `windows` only. */
	const struct plan_check *text;
	plan_items_fn *items;
};

static void
new_line(struct buf *out, unsigned depth)
{
	buf_str(out, "\\r\\n");
	for (unsigned i = 0; i < depth; i++)
		buf_str(out, "  ");
}

/* Put an unnamed Data for each item of an array, each on its own line at
 * `depth`; on the same line if `depth` is 0. */
static void
put_items(struct buf *out, const struct value *array, unsigned depth)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	do {
		buf_str(out, "<Data>");
		if (more && value_is_text(&item))
			xml_writer_value(out, &item);
		else if (more)
			xml_writer_windows_value(out, &item);
		buf_str(out, "</Data>");
		more = more && value_next(array, &item);
		if (more && depth != 0)
			new_line(out, depth);
	} while (more);
}

static void
put_strict_items(struct buf *out, const struct value *array, unsigned depth)
{
	const size_t start = out->n;

	put_items(out, array, depth);
	if (!out->full)
		xml_chars_mend(out, start);
}

static void
put_attribute(struct buf *out, const struct value *v, const void *argument)
{
	const struct style *const style = argument;

	put_escaped(out, v, true, style->strict);
}

static void
put_strict_text(struct buf *out, const struct value *v)
{
	put_escaped(out, v, false, true);
}

static bool
is_clean(struct span json, size_t units)
{
	(void)units;
	return !text_has_markup(json);
}

static void
mend(struct buf *out, size_t start)
{
	escape(out, start, false);
}

static bool
is_strictly_clean(struct span json, size_t units)
{
	/* If the JSON is not longer than the text in UTF-16 units, it is ASCII
	 * and nothing is escaped. */
	return !text_has_markup(json) &&
	       (json.n <= units || xml_chars_are_valid(json));
}

static void
mend_strictly(struct buf *out, size_t start)
{
	escape(out, start, false);
	if (!out->full)
		xml_chars_mend(out, start);
}

static const struct style compact = { .items = put_items };

static const struct style connector = { .windows = true,
	.lines = true,
	.text =
	    &(const struct plan_check){
		.clean = is_clean, .mend = mend, .put = xml_writer_value },
	.items = put_items };

static const struct style agent = { .windows = true,
	.strict = true,
	.text = &(const struct plan_check){ .clean = is_strictly_clean,
	    .mend = mend_strictly,
	    .put = put_strict_text },
	.items = put_strict_items };

/* --- elements ------------------------------------------------------------ */

static void content(struct plan *p, const struct node *kids,
    const struct tree *t, const struct style *style, unsigned depth);

static void
leaf(struct plan *p, const struct node *n, const struct tree *t,
    const struct style *style, bool attribute)
{
	const struct value *const v = tree_value(n, t->values);

	if (!style->windows)
		plan_value(p, n, xml_writer_value);
	else if ((v->type & VALUE_ARRAY) == 0 && !value_is_text(v))
		/* Numbers, times and the like have nothing to escape. */
		xml_writer_windows(p, n, t);
	else if (attribute)
		plan_mapped(p, n, put_attribute, style);
	else
		plan_checked(p, n, t, style->text);
}

static void
element(struct plan *p, const struct node *n, const struct tree *t,
    const struct style *style, unsigned depth)
{
	plan_literal(p, "<");
	text_utf8_json(&p->lits, n->name);
	if (style->windows && depth == 0 && tree_attr(n, SPAN("xmlns")) == NULL)
		plan_literal(p, " xmlns=\\\"" EVENT_NAMESPACE "\\\"");
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		const struct node *const only = tree_leaf(a);
		if (only != NULL &&
		    tree_value(only, t->values)->type == VALUE_NULL)
			continue;
		plan_literal(p, " ");
		text_utf8_json(&p->lits, a->name);
		plan_literal(p, "=\\\"");
		if (!style->windows)
			content(p, a->kids, t, style, 0);
		for (const struct node *v = a->kids;
		     v != NULL && style->windows; v = v->next) {
			if (v->kind != NODE_ELEMENT)
				leaf(p, v, t, style, true);
		}
		plan_literal(p, "\\\"");
	}
	if (!style->windows && n->kids == NULL) {
		plan_literal(p, "/>");
		return;
	}
	plan_literal(p, ">");
	content(p, n->kids, t, style, depth);
	plan_literal(p, "</");
	text_utf8_json(&p->lits, n->name);
	plan_literal(p, ">");
}

/* Append the content of an element whose nesting depth is `depth`. */
static void
content(struct plan *p, const struct node *kids, const struct tree *t,
    const struct style *style, unsigned depth)
{
	/* Elements get lines of their own if there is no text between them. */
	bool lines = style->lines && tree_element(kids) != NULL;

	for (const struct node *n = kids; lines && n != NULL; n = n->next)
		lines = n->kind == NODE_ELEMENT ||
			value_is_empty(tree_value(n, t->values));
	for (const struct node *n = kids; n != NULL; n = n->next) {
		if (n->kind != NODE_ELEMENT) {
			if (!lines)
				leaf(p, n, t, style, false);
			continue;
		}
		if (lines)
			new_line(&p->lits, depth + 1);
		const struct node *const array = tree_array(n, t->values);
		if (array != NULL)
			plan_items(
			    p, array, style->items, lines ? depth + 1 : 0);
		else
			element(p, n, t, style, depth + 1);
	}
	if (lines)
		new_line(&p->lits, depth);
}

void
xml_writer_content(
    struct plan *p, const struct node *kids, const struct tree *t)
{
	content(p, kids, t, &compact, 0);
}

void
xml_writer_event_data(
    struct plan *p, const struct node *data, const struct tree *t)
{
	element(p, data, t, &connector, 0);
}

void
xml_writer_data_item(
    struct plan *p, const struct node *data, const struct tree *t)
{
	element(p, data, t, &agent, 0);
}

static void
put_parameters(struct buf *out, const struct value *array, unsigned unused)
{
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	(void)unused;
	do {
		buf_str(out, "<Param>");
		if (more && value_is_text(&item))
			put_strict_text(out, &item);
		else if (more)
			xml_writer_windows_value(out, &item);
		buf_str(out, "</Param>");
		more = more && value_next(array, &item);
	} while (more);
}

void
xml_writer_parameters(
    struct plan *p, const struct node *data, const struct tree *t)
{
	const bool event_data = span_eq(data->name, SPAN("EventData"));
	const struct node *n = tree_element(data->kids);

	for (; n != NULL; n = tree_element(n->next)) {
		const struct node *const array = tree_array(n, t->values);
		if (event_data && span_eq(n->name, SPAN("Binary")))
			continue;
		if (array != NULL) {
			plan_items(p, array, put_parameters, 0);
			continue;
		}
		plan_literal(p, "<Param>");
		content(p, n->kids, t, &agent, 0);
		plan_literal(p, "</Param>");
	}
}
