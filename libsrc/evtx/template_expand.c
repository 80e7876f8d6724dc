/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "evtx/template_expand.h"
#include "evtx/value_layout.h"

/* A template instance whose nodes are being copied to the tree. */
struct instance {
	struct template_expand *x;
	size_t base;
	uint32_t n;
	/* For each value that is Binary XML: the nodes to which it was
	 * expanded. */
	struct node **nested;
};

static enum rc copy_list(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e);

/* Copy an element. If its content is an array, the element is copied once for
 * each item. Data elements without a name keep the array, because they are a
 * list anyway. */
static enum rc
copy_element(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e)
{
	const struct node *const leaf = tree_leaf(from);
	const struct value *array = NULL;
	struct value item = { .p = NULL };
	bool more = false;
	enum rc rc;

	if (leaf != NULL && leaf->kind == NODE_SUBSTITUTION &&
	    leaf->index < in->n &&
	    (from->attrs != NULL || !span_eq(from->name, SPAN("Data"))))
		array = &in->x->values[in->base + leaf->index];
	const bool is_array = array != NULL && (array->type & VALUE_ARRAY) != 0;
	if (is_array) {
		in->x->uncacheable = true;
		more = value_next(array, &item);
	}
	do {
		struct node *const n =
		    tree_add(in->x->into, last, NODE_ELEMENT);
		if (n == NULL)
			return tree_too_large(in->x->into, e);
		struct node **attrs = &n->attrs;
		struct node **kids = &n->kids;
		n->name = from->name;
		rc = copy_list(in, from->attrs, &attrs, e);
		if (rc == RC_OK && !is_array)
			return copy_list(in, from->kids, &kids, e);
		if (rc != RC_OK || !more)
			break;
		struct node *const text =
		    tree_add(in->x->into, &kids, NODE_TEXT);
		if (text == NULL)
			return tree_too_large(in->x->into, e);
		text->value = item;
		more = value_next(array, &item);
	} while (more);
	return rc;
}

/* Copy an attribute, unless its whole content is null. */
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
		return tree_too_large(in->x->into, e);
	n->name = from->name;
	n->kids = kids;
	return RC_OK;
}

/* Copy a list of expanded nodes, because a template may use a value in two
 * places. */
static enum rc
copy_expanded(struct arena *into, const struct node *from, struct node ***last,
    struct err *e)
{
	enum rc rc = RC_OK;

	for (; rc == RC_OK && from != NULL; from = from->next) {
		struct node *const n = tree_add(into, last, from->kind);
		if (n == NULL)
			return tree_too_large(into, e);
		struct node **attrs = &n->attrs;
		struct node **kids = &n->kids;
		n->index = from->index;
		n->name = from->name;
		n->value = from->value;
		n->later = from->later;
		rc = copy_expanded(into, from->attrs, &attrs, e);
		if (rc == RC_OK)
			rc = copy_expanded(into, from->kids, &kids, e);
	}
	return rc;
}

/* Copy a text or a substitution. The index of a substitution becomes the index
 * of its value in the record. A substitution by nested Binary XML is replaced
 * by the expanded nodes. */
static enum rc
copy_leaf(const struct instance *in, const struct node *from,
    struct node ***last, struct err *e)
{
	const bool text = from->kind == NODE_TEXT;

	if (!text && from->index >= in->n)
		return RC_OK;
	const struct value *const v =
	    text ? &from->value : &in->x->values[in->base + from->index];
	if (!text && v->type == VALUE_NULL)
		return RC_OK;
	if (!text && v->type == VALUE_BINXML && !in->x->system_only) {
		assert(in->nested != NULL);
		return copy_expanded(
		    in->x->into, in->nested[from->index], last, e);
	}
	struct node *const n = tree_add(in->x->into, last, from->kind);
	if (n == NULL)
		return tree_too_large(in->x->into, e);
	if (text)
		n->value = from->value;
	else
		n->index = (uint16_t)(in->base + from->index);
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
		else
			rc = copy_leaf(in, from, last, e);
	}
	return rc;
}

/* Recover a template whose definition is missing or cannot be read. On entry *e
 * has the reason for that. If recovery fails, *e keeps this reason if it
 * explains more than the failure of the recovery. */
static enum rc
recover_template(const struct instance *in, uint32_t id,
    const struct node **content, struct err *e)
{
	struct template_expand *const x = in->x;
	const struct template_recovery b = { x->catalog, x->into, id,
		x->values + in->base, in->n };
	const struct err why = *e;
	const struct template_entry *entry = NULL;
	struct node *nodes = NULL;
	enum rc rc;

	x->uncacheable = true;
	if (x->n_recovered_templates == TEMPLATE_EXPAND_RECOVERED_MAX)
		rc = err_set(e, RC_SKIP, WHY_LIMIT,
		    "more than %u templates of the record are missing",
		    TEMPLATE_EXPAND_RECOVERED_MAX);
	else
		rc = template_recovery_find(&b, &entry, &nodes, e);
	if (rc == RC_OK) {
		x->recovered_templates[x->n_recovered_templates++] = entry;
		*content = nodes;
	} else if (rc == RC_SKIP &&
		   (why.why == WHY_LIMIT || x->check->refused != 0)) {
		*e = why;
	}
	return rc;
}

/* Expand the values that are Binary XML, for copy_leaf(). */
static enum rc
expand_nested(struct instance *in, struct err *e)
{
	struct template_expand *const x = in->x;
	enum rc rc = RC_OK;

	in->nested = arena_alloc(x->into, in->n * sizeof(*in->nested));
	if (in->nested == NULL && in->n != 0)
		return tree_too_large(x->into, e);
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
	/* A template that exceeds a limit is in the chunk, so it is not
	 * missing. */
	if (rc == RC_SKIP && e->why != WHY_LIMIT)
		x->template_missing = true;
	if (rc != RC_OK && (rc != RC_SKIP || x->catalog == NULL))
		return rc;
	const bool found = rc == RC_OK;
	in.n = cursor_u32(&b->at);
	in.base = x->n;
	if (b->at.bad || in.n > TEMPLATE_EXPAND_VALUES_MAX - x->n)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "a template instance is cut short or has too many values: "
		    "%u more, the limit of a record is %u",
		    in.n, TEMPLATE_EXPAND_VALUES_MAX);
	if (found && x->n_parts == TEMPLATE_EXPAND_PARTS_MAX)
		x->uncacheable = true;
	else if (found)
		x->parts[x->n_parts++] =
		    (struct template_expand_part){ t, in.n, in.base };
	if (!value_layout_parse(
		&b->at, in.n, x->values + in.base, x->kinds + in.base))
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "the values of a template instance are cut short at "
		    "offset %zu of the chunk",
		    binxml_offset(b));
	x->n += in.n;
	if (found)
		content = t->content;
	else
		rc = recover_template(&in, head.id, &content, e);
	if (rc == RC_OK && !x->system_only)
		rc = expand_nested(&in, e);
	if (rc == RC_OK)
		rc = copy_list(&in, content, last, e);
	return rc;
}

/* Read elements outside of template instances. */
static enum rc
read_elements(struct template_expand *x, struct binxml *b, struct node ***last,
    struct err *e)
{
	struct node *first = NULL;

	x->uncacheable = true;
	b->into = x->into;
	b->scratch = x->scratch;
	b->check_names = x->carved;
	b->names_from = x->names_from;
	/* If the checksums hold, all names are accepted, so they need not be
	 * checked in each record. */
	b->check = x->carved || x->check->checksums_hold ? NULL : x->check;
	const enum rc rc = binxml_read_content(b, &first, e);
	**last = first;
	while (**last != NULL)
		*last = &(**last)->next;
	return rc;
}

enum rc
template_expand_fragment(struct template_expand *x, struct span bytes,
    struct node **first, struct err *e)
{
	struct binxml b = binxml_of(x->chunk, bytes);
	struct node **last = first;
	enum rc rc = RC_OK;
	size_t left = 0;

	*first = NULL;
	if (x->nested == TEMPLATE_EXPAND_NESTED_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "template instances are nested deeper than %u",
		    TEMPLATE_EXPAND_NESTED_MAX);
	x->nested++;
	while (rc == RC_OK && binxml_has_more(&b.at) && b.at.left != left) {
		const bool later = left != 0;
		struct node **const piece = last;

		left = b.at.left;
		binxml_skip_fragment_header(&b.at);
		if (binxml_peek(&b.at) == BINXML_TEMPLATE_INSTANCE)
			rc = expand_instance(x, &b, &last, e);
		else
			rc = read_elements(x, &b, &last, e);
		if (!later)
			continue;
		x->uncacheable = true;
		for (struct node *n = *piece; n != NULL; n = n->next)
			n->later = true;
	}
	x->nested--;
	x->end = (uint32_t)binxml_offset(&b);
	return rc;
}
