/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/xmlout.h"
#include "util/text.h"

/* Replace the characters that mean something in XML. What is there is escaped
 * for JSON already: a quote stands behind a backslash. */
static void
escape_from(struct buf *out, size_t start)
{
	const size_t n = out->n - start;
	struct buf copy;

	buf_init(&copy, n);
	buf_put(&copy, span_of(out->p + start, n));
	if (copy.full) {
		out->full = true;
		return;
	}
	buf_cut(out, start);
	for (size_t i = 0; i < n; i++) {
		const uint8_t c = copy.p[i];
		if (c == '&')
			buf_str(out, "&amp;");
		else if (c == '<')
			buf_str(out, "&lt;");
		else if (c == '>')
			buf_str(out, "&gt;");
		else
			buf_byte(out, c);
	}
	buf_reset(&copy);
}

static bool
needs_escape(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '&' || s.p[i] == '<' || s.p[i] == '>')
			return true;
	}
	return false;
}

void
xmlout_value(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	value_json(out, v);
	if (!out->full && needs_escape(span_of(out->p + start, out->n - start)))
		escape_from(out, start);
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
		xmlout_content(p, a->kids, t);
		plan_lit(p, "\\\"");
	}
}

static void
element(struct plan *p, const struct node *n, const struct tree *t)
{
	plan_lit(p, "<");
	text_utf8_json(&p->lits, n->name);
	attributes(p, n, t);
	if (n->kids == NULL) {
		plan_lit(p, "/>");
		return;
	}
	plan_lit(p, ">");
	xmlout_content(p, n->kids, t);
	plan_lit(p, "</");
	text_utf8_json(&p->lits, n->name);
	plan_lit(p, ">");
}

void
xmlout_content(struct plan *p, const struct node *kids, const struct tree *t)
{
	for (; kids != NULL; kids = kids->next) {
		if (kids->kind == NODE_ELEMENT)
			element(p, kids, t);
		else
			plan_leaf(p, kids, xmlout_value);
	}
}
