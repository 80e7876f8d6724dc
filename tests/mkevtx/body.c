/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "body.h"
#include "markup.h"
#include "text.h"

static bool
is(const char *s, size_t n, const char *name)
{
	return n == strlen(name) && memcmp(s, name, n) == 0;
}

static bool
is_special(const struct draft_line *l)
{
	return is(l->type, l->type_n, "markup") ||
	       is(l->type, l->type_n, "literal") ||
	       is(l->type, l->type_n, "binxml") ||
	       is(l->type, l->type_n, "binxml2") ||
	       (l->type_n > 0 && l->type[0] == '?');
}

static size_t
bar(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] != '|')
		i += s[i] == '\\' ? 2 : 1;
	return i < n ? i : n;
}

/* The value of a line, or one of its choices. */
static void
pick(struct draft *d, const struct draft_line *l, const char **s, size_t *n)
{
	size_t count = 1;

	*s = l->value;
	*n = l->value_n;
	if (!l->pick)
		return;
	for (size_t i = bar(*s, *n); i < *n;
	     i += 1 + bar(*s + i + 1, *n - i - 1))
		count++;
	for (uint64_t k = rng_below(d->rng, count); k > 0; k--) {
		const size_t skip = bar(*s, *n) + 1;

		*s += skip;
		*n -= skip;
	}
	*n = bar(*s, *n);
}

static void
add_value(struct draft *d, const struct draft_line *l, struct value_type type)
{
	struct catalog_choice c;
	const char *s;
	size_t n;

	pick(d, l, &s, &n);
	if (n > 2 && s[0] == '\\' && s[1] == '@') {
		vals_begin(&d->vals, type.code);
		value_parse(&d->vals.bytes, type, s, n);
		vals_end(&d->vals);
		return;
	}
	catalog_choice(&c, type, s, n);
	if (c.generator == FILL_NONE)
		vals_add(&d->vals, type.code, c.bytes, c.n);
	else
		fill_value(d->fill, c.generator, type, &d->vals);
	free(c.bytes);
}

static struct value_type
type_of(const struct draft *d, const struct draft_line *l)
{
	struct value_type t;

	if (l->type_n > 0)
		return value_type(l->type, l->type_n);
	t = value_type("string", 6);
	t.nul = d->nul;
	return t;
}

static void
nested(struct draft *d, struct node *to, const struct draft_line *l)
{
	struct node *const holder =
	    node_ascii(&d->arena, NODE_ELEMENT, "holder");
	struct markup m = {
		.arena = &d->arena, .open = { holder }, .depth = 1
	};
	const unsigned substitution = (unsigned)d->vals.n;

	markup_feed(&m, l->value, l->value_n);
	if (holder->kids == NULL || holder->kids->kind != NODE_ELEMENT)
		buf_die(2, "binxml wants an element: %s", l->text);
	struct vals_one *const one = vals_begin(&d->vals, VALUE_BINXML);
	one->tree = holder->kids;
	one->fragments = l->type[l->type_n - 1] == '2' ? 1 : 0;
	(void)node_add(
	    to, node_substitution(&d->arena, substitution, VALUE_BINXML, true));
}

/* Puts what a field line says into an element. */
static void
add_content(struct draft *d, struct node *to, const struct draft_line *l)
{
	if (is(l->type, l->type_n, "markup")) {
		struct markup m = {
			.arena = &d->arena, .open = { to }, .depth = 1
		};

		markup_feed(&m, l->value, l->value_n);
	} else if (is(l->type, l->type_n, "literal")) {
		struct buf units = { 0 };

		text_units(&units, l->value, l->value_n);
		(void)node_add(
		    to, node_new(&d->arena, NODE_TEXT, units.p, units.n));
		buf_free(&units);
	} else if (is(l->type, l->type_n, "binxml") ||
		   is(l->type, l->type_n, "binxml2")) {
		nested(d, to, l);
	} else {
		struct draft_line plain = *l;
		const bool optional = l->type_n > 0 && l->type[0] == '?';

		if (optional) {
			plain.type++;
			plain.type_n--;
		}
		const struct value_type t = type_of(d, &plain);
		(void)node_add(to, node_substitution(&d->arena,
				       (unsigned)d->vals.n, t.hint, optional));
		add_value(d, &plain, t);
	}
}

static struct node *
named(struct draft *d, const char *element, const char *s, size_t n)
{
	struct node *const e = node_ascii(&d->arena, NODE_ELEMENT, element);
	struct buf units = { 0 };

	if (n == 0)
		return e;
	struct node *const a = node_ascii(&d->arena, NODE_ATTRIBUTE, "Name");
	text_units(&units, s, n);
	(void)node_add(a, node_new(&d->arena, NODE_TEXT, units.p, units.n));
	(void)node_add(e, a);
	buf_free(&units);
	return e;
}

/* A field line: a Data element directly in EventData, else an element of that
 * name, or content of the open element if it has no name. */
static void
add_line(struct draft *d, struct markup *m, const struct draft_line *l)
{
	struct buf units = { 0 };
	struct node *e = NULL;

	if (d->event.body == EVENT_DATA && m->depth == 1) {
		e = named(d, "Data", l->name, l->name_n);
	} else if (l->name_n == 0) {
		add_content(d, markup_at(m), l);
		return;
	} else {
		text_units(&units, l->name, l->name_n);
		e = node_new(&d->arena, NODE_ELEMENT, units.p, units.n);
		buf_free(&units);
	}
	(void)node_add(markup_at(m), e);
	add_content(d, e, l);
}

/* The line that overrides a field of the catalog, if there is one: the first
 * of that name before any tag. */
static struct draft_line *
overriding(struct draft *d, const struct catalog_field *f)
{
	for (size_t i = 0; i < d->n; i++) {
		struct draft_line *const l = &d->lines[i];

		if (l->kind == DRAFT_TAG)
			break;
		if (l->kind == DRAFT_FIELD && l->name_n == f->name_bytes &&
		    memcmp(l->name, f->name, l->name_n) == 0)
			return l;
	}
	return NULL;
}

static bool
is_dropped(const struct draft *d, const struct catalog_field *f)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct draft_line *const l = &d->lines[i];

		if (l->kind == DRAFT_KEYWORD &&
		    is(l->name, l->name_n, "drop") &&
		    is(l->value, l->value_n, f->name))
			return true;
	}
	return false;
}

/* Marks the overriding lines; true if the shape of the catalog will not do. */
static bool
changes_shape(struct draft *d, const struct catalog_event *known)
{
	bool changes = known == NULL;

	for (size_t i = 0; i < d->n; i++)
		d->lines[i].used = false;
	for (size_t i = 0; known != NULL && i < known->n; i++) {
		struct draft_line *const l = overriding(d, &known->fields[i]);

		if (l != NULL)
			l->used = true;
		changes = changes || (l != NULL && is_special(l)) ||
			  is_dropped(d, &known->fields[i]);
	}
	for (size_t i = 0; i < d->n; i++)
		changes = changes || (d->lines[i].kind != DRAFT_KEYWORD &&
					 !d->lines[i].used);
	return changes;
}

static void
known_value(struct draft *d, const struct catalog_event *known, size_t i)
{
	const struct catalog_field *const f = &known->fields[i];
	const struct draft_line *const l = overriding(d, f);

	if (l == NULL)
		catalog_value(known, i, d->fill, d->rng, &d->vals);
	else
		add_value(d, l, l->type_n > 0 ? type_of(d, l) : f->type);
}

/* The fields of the catalog as nodes, so that they can be mixed with others. */
static void
known_nodes(
    struct draft *d, struct markup *m, const struct catalog_event *known)
{
	for (size_t i = 0; i < known->n; i++) {
		const struct catalog_field *const f = &known->fields[i];
		const struct draft_line *const l = overriding(d, f);
		struct node *e = NULL;

		if (is_dropped(d, f))
			continue;
		e = known->entry->wrapper == NULL
			? named(d, "Data", f->name, f->name_bytes)
			: node_ascii(&d->arena, NODE_ELEMENT, f->name);
		(void)node_add(markup_at(m), e);
		if (l != NULL && is_special(l)) {
			add_content(d, e, l);
			continue;
		}
		(void)node_add(
		    e, node_substitution(&d->arena, (unsigned)d->vals.n,
			   f->type.hint, false));
		known_value(d, known, i);
	}
}

static struct node *
root_of(struct draft *d, const struct catalog_event *known)
{
	struct node *root = NULL;

	if (known != NULL) {
		root = node_new(&d->arena, NODE_ELEMENT,
		    known->shape.root->text, known->shape.root->bytes);
		if (known->shape.root->attrs != NULL)
			(void)node_add(root,
			    node_clone(&d->arena, known->shape.root->attrs));
		return root;
	}
	for (size_t i = 0; i < d->n; i++)
		if (d->lines[i].kind == DRAFT_KEYWORD &&
		    is(d->lines[i].name, d->lines[i].name_n, "eventdata"))
			root = named(d, "EventData", d->lines[i].value,
			    d->lines[i].value_n);
	return root != NULL ? root
			    : node_ascii(&d->arena, NODE_ELEMENT, "EventData");
}

static void
own_shape(struct draft *d, const struct catalog_event *known)
{
	struct node *const root = root_of(d, known);
	struct markup m = { .arena = &d->arena, .open = { root }, .depth = 1 };

	if (known != NULL)
		known_nodes(d, &m, known);
	for (size_t i = 0; i < d->n; i++) {
		const struct draft_line *const l = &d->lines[i];

		if (l->kind == DRAFT_TAG)
			markup_feed(&m, l->value, l->value_n);
		else if (l->kind == DRAFT_FIELD && !l->used)
			add_line(d, &m, l);
	}
	if (m.depth != 1)
		buf_die(2, "element left open in an event");
	/* In UserData the first tag is the root. */
	struct vals_shape *const shape = node_take(&d->arena, sizeof(*shape));
	shape->root =
	    known == NULL && d->event.body == EVENT_USER ? root->kids : root;
	if (shape->root == NULL || shape->root->kind != NODE_ELEMENT)
		buf_die(2, "userdata wants an element");
	node_guid(shape->root, shape->guid);
	d->event.shape = shape;
}

/* Are the values still at the numbers they have in the catalog? */
static bool
in_order(struct draft *d, const struct catalog_event *known)
{
	for (size_t i = 0; i < known->n; i++) {
		const struct draft_line *const l =
		    overriding(d, &known->fields[i]);

		if (is_dropped(d, &known->fields[i]) ||
		    (l != NULL && is_special(l)))
			return false;
	}
	return true;
}

void
body_make(struct draft *d, const struct catalog_event *known)
{
	const bool own = changes_shape(d, known);

	if (known == NULL && d->event.body == EVENT_NONE) {
		bool fields = false;

		for (size_t i = 0; i < d->n; i++)
			fields = fields || d->lines[i].kind == DRAFT_FIELD;
		if (!fields)
			return;
		d->event.body = EVENT_DATA;
	}
	if (own || known == NULL)
		own_shape(d, known);
	else
		for (size_t i = 0; i < known->n; i++)
			known_value(d, known, i);
	if (known != NULL && (!own || in_order(d, known)))
		catalog_settle(known, &d->event, &d->vals);
}
