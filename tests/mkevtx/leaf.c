/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "flat.h"
#include "leaf.h"
#include "markup.h"
#include "node.h"
#include "render.h"
#include "text.h"
#include "value.h"

#define DEPTH 64

struct walk {
	struct buf *out;
	const struct vals *vals;
	const struct node *path[DEPTH];
	size_t depth;
	bool comma;
};

static const struct vals_one *
value_of(const struct walk *w, const struct node *n)
{
	if (w->vals == NULL || n->kind != NODE_SUBSTITUTION ||
	    n->index >= w->vals->n)
		return NULL;
	return &w->vals->one[n->index];
}

static void
add_units(struct walk *w, struct buf *units, const struct node *n)
{
	const struct vals_one *const v = value_of(w, n);

	if (n->kind != NODE_SUBSTITUTION)
		markup_resolve(units, n);
	else if (v != NULL && v->tree != NULL)
		for (unsigned i = 0; i <= v->fragments; i++)
			markup_write(units, v->tree);
	else if (v != NULL && v->size > 0)
		render_units(units, v->type, w->vals->bytes.p + v->at, v->size,
		    RENDER_RAW);
}

static void
put_array(struct walk *w, const struct vals_one *v)
{
	const uint8_t *p = w->vals->bytes.p + v->at;
	size_t left = v->size;
	const char *comma = "";

	buf_str(w->out, "[");
	while (left > 0) {
		const size_t n = render_member(v->type, p, left);
		struct buf units = { 0 };

		render_units(&units, (uint8_t)(v->type & ~VALUE_ARRAY), p, n,
		    RENDER_RAW);
		buf_str(w->out, comma);
		text_json_quoted(w->out, units.p, units.n);
		buf_free(&units);
		comma = ",";
		p += n;
		left -= n;
	}
	buf_str(w->out, "]");
}

static void
put_raw(struct walk *w, const struct vals_one *v)
{
	buf_str(w->out, ",\"raw\":\"");
	for (size_t i = 0; i < v->size; i++)
		buf_fmt(w->out, "%02x", w->vals->bytes.p[v->at + i]);
	buf_str(w->out, "\"");
}

static void
put_value(struct walk *w, const struct node *element)
{
	const struct node *const kid = element->kids;
	const bool sole = kid != NULL && kid->next == NULL;
	const struct vals_one *const v = sole ? value_of(w, kid) : NULL;
	struct buf units = { 0 };

	if (v == NULL)
		buf_str(w->out, ",\"type\":\"text\"");
	else
		buf_fmt(w->out, ",\"type\":\"%s%s\"", value_name(v->type),
		    (v->type & VALUE_ARRAY) != 0 ? "[]" : "");
	buf_str(w->out, ",\"value\":");
	for (const struct node *k = kid; k != NULL; k = k->next)
		add_units(w, &units, k);
	if (v != NULL && (v->type & VALUE_ARRAY) != 0)
		put_array(w, v);
	else if (v != NULL ? v->type == VALUE_NULL : kid == NULL)
		buf_str(w->out, "null");
	else
		text_json_quoted(w->out, units.p, units.n);
	if (v != NULL && v->tree == NULL)
		put_raw(w, v);
	buf_free(&units);
}

static void
put_attribute_text(struct walk *w, const struct node *a)
{
	struct buf units = { 0 };

	for (const struct node *k = a->kids; k != NULL; k = k->next)
		add_units(w, &units, k);
	text_json_quoted(w->out, units.p, units.n);
	buf_free(&units);
}

static bool
is_called(const struct node *n, const char *ascii)
{
	const size_t len = strlen(ascii);

	if (n->bytes != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (buf_get(n->text + 2 * i, 2) != (unsigned char)ascii[i])
			return false;
	return true;
}

static void
put_names(struct walk *w, const struct node *n)
{
	buf_str(w->out, "{\"element\":");
	text_json_quoted(w->out, n->text, n->bytes);
	buf_str(w->out, ",\"name\":");
	const struct node *name = n->attrs;
	while (name != NULL && !is_called(name, "Name"))
		name = name->next;
	if (name == NULL)
		buf_str(w->out, "null");
	else
		put_attribute_text(w, name);
	buf_str(w->out, ",\"path\":[");
	for (size_t i = 0; i < w->depth; i++) {
		buf_str(w->out, i == 0 ? "" : ",");
		text_json_quoted(w->out, w->path[i]->text, w->path[i]->bytes);
	}
	buf_str(w->out, "]");
}

static void
put_attributes(struct walk *w, const struct node *n)
{
	const char *comma = "";

	if (n->attrs == NULL)
		return;
	buf_str(w->out, ",\"attributes\":{");
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		buf_str(w->out, comma);
		text_json_quoted(w->out, a->text, a->bytes);
		buf_str(w->out, ":");
		put_attribute_text(w, a);
		comma = ",";
	}
	buf_str(w->out, "}");
}

static bool
has_elements(const struct node *n)
{
	for (const struct node *k = n->kids; k != NULL; k = k->next)
		if (k->kind == NODE_ELEMENT)
			return true;
	return false;
}

static void
visit(struct walk *w, const struct node *n)
{
	if (w->depth == 0 ? n->kids != NULL : has_elements(n)) {
		if (w->depth == DEPTH)
			buf_die(2, "elements nested deeper than %d", DEPTH);
		w->path[w->depth++] = n;
		for (const struct node *k = n->kids; k != NULL; k = k->next)
			if (k->kind == NODE_ELEMENT)
				visit(w, k);
		w->depth--;
		return;
	}
	if (w->depth == 0)
		return;
	if (w->comma)
		buf_str(w->out, ",");
	w->comma = true;
	put_names(w, n);
	put_attributes(w, n);
	put_value(w, n);
	buf_str(w->out, "}");
}

void
leaf_json(struct buf *out, const struct event *e)
{
	struct walk w = { .out = out, .vals = e->vals };
	const bool flat = (e->odd & (EVENT_NO_TEMPLATE | EVENT_RAW_BODY)) != 0;
	const bool twice = (e->odd & EVENT_TWO_FRAGMENTS) != 0;

	for (int i = 0; i <= (twice ? 1 : 0); i++) {
		if (flat) {
			struct node_arena arena = { 0 };

			w.vals = NULL;
			visit(&w, flat_tree(&arena, e->shape->root, e->vals));
			node_arena_reset(&arena);
		} else {
			visit(&w, e->shape->root);
		}
	}
}
