/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/template_expand.h"
#include "evtx/value_layout.h"

/* The nodes of one instance on their way into the tree. */
struct instance {
	struct template_expand *x;
	size_t base;
	uint32_t n;
	struct node **nested; /* by value: the nodes of Binary XML values */
};

static enum rc
too_large(const struct template_expand *x, struct err *e)
{
	return err_set(e, RC_SKIP, WHY_LIMIT,
	    "an event of more than %zu bytes in memory", x->into->max);
}

static bool
is_null(const struct instance *in, uint16_t substitution)
{
	return substitution >= in->n ||
	       in->x->values[in->base + substitution].type == VALUE_NULL;
}

static enum rc copy_list(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e);

/* The array that is all the element holds, or NULL. The unnamed Data of an
 * event keep their arrays: they are lists anyway. */
static const struct value *
only_array(const struct instance *in, const struct node *element)
{
	const struct node *const leaf = tree_leaf(element);

	if (leaf == NULL || leaf->kind != NODE_SUBSTITUTION ||
	    leaf->index >= in->n)
		return NULL;
	if (element->attrs == NULL && span_eq(element->name, SPAN("Data")))
		return NULL;
	const struct value *const v = &in->x->values[in->base + leaf->index];
	return (v->type & VALUE_ARRAY) != 0 ? v : NULL;
}

/* An element whose content is an array stands for one element per item. */
static enum rc
copy_array(const struct instance *in, const struct node *from,
    const struct value *array, struct node ***last, struct err *e)
{
	enum rc rc = RC_OK;
	struct value item = { .p = NULL };
	bool more = value_next(array, &item);

	in->x->odd = true;
	for (bool first = true; rc == RC_OK && (more || first); first = false) {
		struct node *const n =
		    tree_add(in->x->into, last, NODE_ELEMENT);
		if (n == NULL)
			return too_large(in->x, e);
		struct node **attrs = &n->attrs;
		struct node **kids = &n->kids;
		n->name = from->name;
		rc = copy_list(in, from->attrs, &attrs, e);
		struct node *const leaf =
		    more ? tree_add(in->x->into, &kids, NODE_TEXT) : NULL;
		if (leaf != NULL)
			leaf->value = item;
		else if (more)
			return too_large(in->x, e);
		more = more && value_next(array, &item);
	}
	return rc;
}

static enum rc
copy_element(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e)
{
	const struct value *const array = only_array(in, from);

	if (array != NULL)
		return copy_array(in, from, array, last, e);
	struct node *const n = tree_add(in->x->into, last, NODE_ELEMENT);
	if (n == NULL)
		return too_large(in->x, e);
	n->name = from->name;
	struct node **attrs = &n->attrs;
	struct node **kids = &n->kids;
	enum rc rc = copy_list(in, from->attrs, &attrs, e);
	if (rc == RC_OK)
		rc = copy_list(in, from->kids, &kids, e);
	return rc;
}

/* An attribute whose whole content is null is not there. */
static enum rc
copy_attribute(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e)
{
	struct node *kids = NULL;
	struct node **last_kid = &kids;

	const enum rc rc = copy_list(in, from->kids, &last_kid, e);
	if (rc != RC_OK || (kids == NULL && from->kids != NULL))
		return rc;
	struct node *const n = tree_add(in->x->into, last, NODE_ATTRIBUTE);
	if (n == NULL)
		return too_large(in->x, e);
	n->name = from->name;
	n->kids = kids;
	return RC_OK;
}

/* Copy nodes as they are: a value may be used in two places. */
static enum rc
clone(const struct template_expand *x, const struct node *from,
    struct node ***last, struct err *e)
{
	enum rc rc = RC_OK;

	for (; rc == RC_OK && from != NULL; from = from->next) {
		struct node *const n = tree_add(x->into, last, from->kind);
		if (n == NULL)
			return too_large(x, e);
		struct node **attrs = &n->attrs;
		struct node **kids = &n->kids;
		n->index = from->index;
		n->name = from->name;
		n->value = from->value;
		n->later = from->later;
		rc = clone(x, from->attrs, &attrs, e);
		if (rc == RC_OK)
			rc = clone(x, from->kids, &kids, e);
	}
	return rc;
}

static enum rc
copy_substitution(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e)
{
	if (is_null(in, from->index))
		return RC_OK;
	if (in->x->values[in->base + from->index].type == VALUE_BINXML &&
	    !in->x->system_only)
		return clone(in->x, in->nested[from->index], last, e);
	struct node *const n = tree_add(in->x->into, last, NODE_SUBSTITUTION);
	if (n == NULL)
		return too_large(in->x, e);
	n->index = (uint16_t)(in->base + from->index);
	return RC_OK;
}

static enum rc
copy_text(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e)
{
	struct node *const n = tree_add(in->x->into, last, NODE_TEXT);

	if (n == NULL)
		return too_large(in->x, e);
	n->value = from->value;
	return RC_OK;
}

static enum rc
copy_list(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e)
{
	enum rc rc = RC_OK;

	for (; rc == RC_OK && from != NULL; from = from->next) {
		if (from->kind == NODE_ELEMENT)
			rc = copy_element(in, from, last, e);
		else if (from->kind == NODE_ATTRIBUTE)
			rc = copy_attribute(in, from, last, e);
		else if (from->kind == NODE_SUBSTITUTION)
			rc = copy_substitution(in, from, last, e);
		else
			rc = copy_text(in, from, last, e);
	}
	return rc;
}

static void
note_part(
    struct template_expand *x, struct template *t, const struct instance *in)
{
	if (x->n_parts == TEMPLATE_EXPAND_PARTS_MAX) {
		x->odd = true;
		return;
	}
	x->parts[x->n_parts++] =
	    (struct template_expand_part){ t, in->n, in->base };
}

/* Borrow the template whose definition is gone. */
static enum rc
borrow(const struct instance *in, uint32_t id, const struct node **content,
    struct err *e)
{
	struct template_expand *const x = in->x;
	const struct template_recovery b = { x->known, x->into, id,
		x->values + in->base, in->n };
	const struct template_entry *item;
	struct node *nodes;

	x->odd = true;
	if (x->n_recovered_templates == TEMPLATE_EXPAND_RECOVERED_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "more than %u of its templates are missing",
		    TEMPLATE_EXPAND_RECOVERED_MAX);
	const enum rc rc = template_recovery_find(&b, &item, &nodes, e);
	if (rc != RC_OK)
		return rc;
	x->recovered_templates[x->n_recovered_templates++] = item;
	*content = nodes;
	return RC_OK;
}

/* The same for a template that is there, but cannot be read: if none can be
 * borrowed, e goes on to say why. */
static enum rc
replace(const struct instance *in, uint32_t id, const struct node **content,
    struct err *e)
{
	const struct err why = *e;

	const enum rc rc = borrow(in, id, content, e);
	if (rc == RC_SKIP &&
	    (why.why == WHY_LIMIT || in->x->check->refused != 0))
		*e = why;
	return rc;
}

static enum rc
expand_nested(struct instance *in, struct err *e)
{
	struct template_expand *const x = in->x;
	enum rc rc = RC_OK;

	in->nested = arena_alloc(x->into, in->n * sizeof(*in->nested));
	if (in->nested == NULL && in->n != 0)
		return too_large(x, e);
	for (uint32_t i = 0; rc == RC_OK && i < in->n; i++) {
		const struct value *const v = &x->values[in->base + i];
		if (v->type == VALUE_BINXML && v->n != 0)
			rc = template_expand_fragment(
			    x, value_bytes(v), &in->nested[i], e);
	}
	return rc;
}

static enum rc
expand_instance(struct template_expand *x, struct binxml *b,
    struct node ***last, struct err *e)
{
	struct instance in = { .x = x };
	const struct node *content = NULL;
	struct template *t = NULL;
	struct binxml_instance head;

	enum rc rc = binxml_read_instance(b->chunk, &b->at, &head, e);
	if (rc != RC_OK)
		return rc;
	rc = templates_find(x->templates, &head, &t, e);
	/* A template beyond a limit is there: none is borrowed for it. */
	x->template_missing =
	    x->template_missing || (rc == RC_SKIP && e->why != WHY_LIMIT);
	if (rc != RC_OK && (rc != RC_SKIP || x->known == NULL))
		return rc;
	in.n = cursor_u32(&b->at);
	in.base = x->n;
	if (b->at.bad || in.n > TEMPLATE_EXPAND_VALUES_MAX - x->n)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "%u values in a template instance", in.n);
	if (t != NULL)
		note_part(x, t, &in);
	if (!value_layout_parse(
		&b->at, in.n, x->values + in.base, x->words + in.base))
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the values of a template instance are cut short at "
		    "offset %zu of the chunk",
		    binxml_offset(b));
	x->n += in.n;
	rc = RC_OK;
	if (t != NULL)
		content = t->content;
	else
		rc = replace(&in, head.id, &content, e);
	if (rc == RC_OK && !x->system_only)
		rc = expand_nested(&in, e);
	if (rc == RC_OK)
		rc = copy_list(&in, content, last, e);
	return rc;
}

/* Elements that stand in the fragment itself. */
static enum rc
expand_elements(struct template_expand *x, struct binxml *b,
    struct node ***last, struct err *e)
{
	struct node *first = NULL;

	x->odd = true;
	b->into = x->into;
	b->scratch = x->scratch;
	b->check_names = x->old;
	b->names_from = x->names_from;
	/* What is believed anyway is not looked at in each record. */
	b->check = x->old || x->check->believes ? NULL : x->check;
	const enum rc rc = binxml_read_content(b, &first, e);
	**last = first;
	while (**last != NULL)
		*last = &(**last)->next;
	return rc;
}

static void
mark_later(struct template_expand *x, struct node *n)
{
	x->odd = true;
	for (; n != NULL; n = n->next)
		n->later = true;
}

static enum rc
expand_pieces(struct template_expand *x, struct binxml *b, struct node ***last,
    struct err *e)
{
	enum rc rc = RC_OK;
	bool first = true;

	while (rc == RC_OK && binxml_has_more(&b->at)) {
		const size_t before = b->at.left;
		struct node **const piece = *last;

		binxml_skip_fragment_header(&b->at);
		if (binxml_peek(&b->at) == BINXML_TEMPLATE_INSTANCE)
			rc = expand_instance(x, b, last, e);
		else
			rc = expand_elements(x, b, last, e);
		if (!first)
			mark_later(x, *piece);
		first = false;
		if (rc == RC_OK && b->at.left == before)
			break;
	}
	return rc;
}

enum rc
template_expand_fragment(struct template_expand *x, struct span bytes,
    struct node **first, struct err *e)
{
	struct binxml b =
	    binxml_at(x->chunk, (size_t)(bytes.p - x->chunk.p), bytes.n);
	struct node **last = first;

	*first = NULL;
	if (x->nested == TEMPLATE_EXPAND_NESTED_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "template instances nested deeper than %u",
		    TEMPLATE_EXPAND_NESTED_MAX);
	x->nested++;
	const enum rc rc = expand_pieces(x, &b, &last, e);
	x->nested--;
	x->end = (uint32_t)binxml_offset(&b);
	return rc;
}
