/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/binxml.h"
#include "util/le.h"
#include "util/text.h"

#define NAME_MAX_UNITS 1024U

/* A list of nodes, to which nodes are appended. */
struct list {
	struct node **last;
	/* The last node if it is text, to which more text is appended; else
	 * NULL. */
	struct node *text;
};

struct binxml
binxml_at(struct span chunk, size_t offset)
{
	if (offset > chunk.n)
		offset = chunk.n;
	return binxml_of(chunk, span_of(chunk.p + offset, chunk.n - offset));
}

static enum rc
corrupt(const struct binxml *b, struct err *e, const char *what)
{
	return err_set(e, RC_SKIP, WHY_CORRUPT, "%s at offset %zu of the chunk",
	    what, binxml_offset(b));
}

/* Read the name at the cursor: the offset of the next string with the same
 * hash, the hash, the number of characters, the characters and a NUL (libyal:
 * "Name"). False if it is damaged. */
static bool
read_name_at(struct binxml *b, struct cursor *c, struct span *name)
{
	const struct name_fix *fix = NULL;

	if (b->check != NULL &&
	    !name_check_read(
		b->check, (size_t)(c->p - b->chunk.p), c == &b->at, &fix))
		return false;
	if (fix != NULL) {
		cursor_skip(c, NAME_HEAD + 2 * (size_t)fix->units + 2);
		*name = arena_copy(b->into, span_str(fix->text));
		return !c->bad && name->p != NULL;
	}
	cursor_skip(c, 4);
	const uint16_t hash = cursor_u16(c);
	const uint16_t units = cursor_u16(c);
	const struct span chars = cursor_bytes(c, 2 * (size_t)units);
	const uint16_t nul = cursor_u16(c);
	if (c->bad || units > NAME_MAX_UNITS)
		return false;
	if (b->check_names && (nul != 0 || hash != name_check_hash(chars)))
		return false;
	buf_cut(b->scratch, 0);
	text_utf16_utf8(b->scratch, chars);
	*name = arena_copy(b->into, buf_span(b->scratch));
	return name->p != NULL && !b->scratch->full;
}

/* Read a name string offset and the name to which it refers. A name that the
 * chunk uses for the first time is stored directly after the offset. */
static enum rc
read_name(struct binxml *b, struct span *name, struct err *e)
{
	struct binxml_names *const names = b->names;
	const size_t at = binxml_offset(b);
	const size_t offset = cursor_u32(&b->at);

	if (b->at.bad)
		return corrupt(b, e, "a name is cut short");
	if (names != NULL) {
		if (names->n < BINXML_NAMES_MAX)
			names->name[names->n] =
			    (struct binxml_name){ (uint32_t)at,
				    (uint32_t)offset };
		if (names->n <= BINXML_NAMES_MAX)
			names->n++;
	}
	struct binxml there = binxml_at(b->chunk, offset);
	const bool here = offset == at + 4;
	if ((here || !b->check_names || offset >= b->names_from) &&
	    read_name_at(b, here ? &b->at : &there.at, name))
		return RC_OK;
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "a name is damaged or missing at offset %zu of the chunk", offset);
}

/* Append text to a list; adjacent pieces become one node. */
static enum rc
add_text(struct binxml *b, struct list *l, struct span text, struct err *e)
{
	struct node *n = l->text;

	if (n == NULL)
		n = tree_add(b->into, &l->last, NODE_TEXT);
	if (n == NULL)
		return tree_too_large(b->into, e);
	const size_t before = n->value.n;
	uint8_t *const p = arena_alloc(b->into, before + text.n + 1);
	if (p == NULL)
		return tree_too_large(b->into, e);
	if (before != 0)
		memcpy(p, n->value.p, before);
	if (text.n != 0)
		memcpy(p + before, text.p, text.n);
	n->value = value_utf8(span_of(p, before + text.n));
	l->text = n;
	return RC_OK;
}

/* Append `units` UTF-16 units as text to the node list l; if l is NULL, skip
 * them. */
static enum rc
read_text(struct binxml *b, struct list *l, size_t units, struct err *e)
{
	const struct span chars = cursor_bytes(&b->at, 2 * units);

	if (b->at.bad)
		return corrupt(b, e, "text is cut short");
	if (l == NULL)
		return RC_OK;
	buf_cut(b->scratch, 0);
	text_utf16_utf8(b->scratch, chars);
	if (b->scratch->full)
		return tree_too_large(b->into, e);
	return add_text(b, l, buf_span(b->scratch), e);
}

/* Read an entity reference. The five entities of XML become characters, others
 * are kept as they are written. */
static enum rc
read_entity(struct binxml *b, struct list *l, struct err *e)
{
	static const char *const known[][2] = { { "lt", "<" }, { "gt", ">" },
		{ "amp", "&" }, { "quot", "\"" }, { "apos", "'" } };
	struct span name = { NULL, 0 };

	enum rc rc = read_name(b, &name, e);
	for (size_t i = 0; rc == RC_OK && i < 5; i++) {
		if (span_eq(name, span_str(known[i][0])))
			return add_text(b, l, span_str(known[i][1]), e);
	}
	if (rc == RC_OK)
		rc = add_text(b, l, SPAN("&"), e);
	if (rc == RC_OK)
		rc = add_text(b, l, name, e);
	if (rc == RC_OK)
		rc = add_text(b, l, SPAN(";"), e);
	return rc;
}

static enum rc
read_substitution(struct binxml *b, struct list *l, struct err *e)
{
	const uint16_t index = cursor_u16(&b->at);
	const uint8_t type = cursor_u8(&b->at);

	if (b->at.bad || !b->in_template)
		return corrupt(b, e, "a substitution is outside a template");
	struct node *const n = tree_add(b->into, &l->last, NODE_SUBSTITUTION);
	if (n == NULL)
		return tree_too_large(b->into, e);
	n->index = index;
	n->value.type = type;
	l->text = NULL;
	return RC_OK;
}

/* Read a token that may be in an attribute and in the content of an element. */
static enum rc
read_leaf(struct binxml *b, struct list *l, struct err *e)
{
	const int token = binxml_peek(&b->at) & ~BINXML_MORE_DATA;
	struct span name;

	cursor_skip(&b->at, 1);
	switch (token) {
	case BINXML_VALUE:
		if (cursor_u8(&b->at) != VALUE_WSTRING)
			return corrupt(b, e, "a literal is not a string");
		return read_text(b, l, cursor_u16(&b->at), e);
	case BINXML_CDATA:
		return read_text(b, l, cursor_u16(&b->at), e);
	case BINXML_CHAR_REF:
		return read_text(b, l, 1, e);
	case BINXML_ENTITY_REF:
		return read_entity(b, l, e);
	case BINXML_SUBSTITUTION:
	case BINXML_OPTIONAL_SUBSTITUTION:
		return read_substitution(b, l, e);
	/* Processing instructions are not part of the event. */
	case BINXML_PI_TARGET:
		return read_name(b, &name, e);
	case BINXML_PI_DATA:
		return read_text(b, NULL, cursor_u16(&b->at), e);
	default:
		return corrupt(b, e, "there is an unknown token");
	}
}

static enum rc
read_attributes(struct binxml *b, struct node *element, struct err *e)
{
	struct node **last = &element->attrs;
	int token = binxml_peek(&b->at);
	enum rc rc = RC_OK;

	while (rc == RC_OK && (token & ~BINXML_MORE_DATA) == BINXML_ATTRIBUTE) {
		struct node *const a = tree_add(b->into, &last, NODE_ATTRIBUTE);
		if (a == NULL)
			return tree_too_large(b->into, e);
		struct list l = { &a->kids, NULL };
		cursor_skip(&b->at, 1);
		rc = read_name(b, &a->name, e);
		for (token = binxml_peek(&b->at); rc == RC_OK;
		     token = binxml_peek(&b->at)) {
			if ((token & ~BINXML_MORE_DATA) == BINXML_ATTRIBUTE ||
			    token == BINXML_CLOSE_START ||
			    token == BINXML_CLOSE_EMPTY)
				break;
			rc = read_leaf(b, &l, e);
		}
	}
	return rc;
}

static enum rc read_element(struct binxml *b, struct list *l, struct err *e);

/* Read nodes up to the end tag of the element, or to the end of the fragment.
 */
static enum rc
read_nodes(struct binxml *b, struct list *l, bool in_element, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK) {
		const int token = binxml_peek(&b->at);
		if (in_element ? token == BINXML_CLOSE_ELEMENT
			       : token == BINXML_END_OF_FRAGMENT ||
				     token == BINXML_TEMPLATE_INSTANCE ||
				     token == BINXML_FRAGMENT_HEADER)
			break;
		if ((token & ~BINXML_MORE_DATA) == BINXML_OPEN_START)
			rc = read_element(b, l, e);
		else
			rc = read_leaf(b, l, e);
	}
	return rc;
}

static enum rc
read_element(struct binxml *b, struct list *l, struct err *e)
{
	if (b->depth == BINXML_DEPTH_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "elements are nested deeper than %u", BINXML_DEPTH_MAX);
	struct node *const n = tree_add(b->into, &l->last, NODE_ELEMENT);
	if (n == NULL)
		return tree_too_large(b->into, e);
	l->text = NULL;
	b->depth++;
	const int start = cursor_u8(&b->at);
	/* Skip the dependency identifier and the data size. An element whose
	 * value is null is kept without content, as in evtx_dump. */
	cursor_skip(&b->at, b->in_template ? 2 + 4 : 4);
	enum rc rc = read_name(b, &n->name, e);
	if (rc == RC_OK && (start & BINXML_MORE_DATA) != 0)
		cursor_skip(&b->at, 4); /* the size of the attributes */
	if (rc == RC_OK)
		rc = read_attributes(b, n, e);
	const int token = rc == RC_OK ? cursor_u8(&b->at) : BINXML_CLOSE_EMPTY;
	if (token == BINXML_CLOSE_START) {
		struct list kids = { &n->kids, NULL };
		rc = read_nodes(b, &kids, true, e);
		cursor_skip(&b->at, 1);
		/* <a></a> has an empty text, <a/> has no content. */
		if (rc == RC_OK && n->kids == NULL)
			rc = add_text(b, &kids, SPAN(""), e);
	} else if (token != BINXML_CLOSE_EMPTY) {
		rc = corrupt(b, e, "a start tag does not end");
	}
	b->depth--;
	if (rc == RC_OK && b->at.bad)
		rc = corrupt(b, e, "an element is cut short");
	return rc;
}

enum rc
binxml_read_content(struct binxml *b, struct node **first, struct err *e)
{
	struct list l = { first, NULL };

	*first = NULL;
	return read_nodes(b, &l, false, e);
}

/* Skip the template definition at the cursor; the substitution array follows
 * it. */
static enum rc
skip_definition(struct span chunk, struct cursor *at, struct err *e)
{
	const size_t here = (size_t)(at->p - chunk.p);
	struct binxml_definition d;

	const enum rc rc = binxml_read_definition(chunk, here, &d, e);
	if (rc == RC_OK)
		cursor_skip(at, binxml_definition_end(&d) - here);
	return rc;
}

enum rc
binxml_read_instance(struct span chunk, struct cursor *at,
    struct binxml_instance *i, struct err *e)
{
	cursor_skip(at, 2); /* token, version */
	i->id = cursor_u32(at);
	i->definition = cursor_u32(at);
	const size_t here = (size_t)(at->p - chunk.p);
	if (at->bad)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    "a template instance is cut short at offset %zu of the "
		    "chunk",
		    here);
	return i->definition == here ? skip_definition(chunk, at, e) : RC_OK;
}

enum rc
binxml_read_definition(struct span chunk, size_t offset,
    struct binxml_definition *d, struct err *e)
{
	struct binxml b = binxml_at(chunk, offset);

	memset(d, 0, sizeof(*d));
	/* The offset of the next definition with the same hash. */
	cursor_skip(&b.at, 4);
	d->guid = cursor_bytes(&b.at, 16);
	const size_t n = cursor_u32(&b.at);
	if (b.at.bad || n > b.at.left)
		return corrupt(&b, e, "a template definition is cut short");
	d->content = binxml_of(chunk, span_of(b.at.p, n));
	d->content.in_template = true;
	return RC_OK;
}

enum rc
binxml_find_end(struct binxml *b, size_t *end, struct err *e)
{
	struct binxml_instance instance;
	struct node *nodes;
	enum rc rc = RC_OK;

	while (rc == RC_OK && !b->at.bad && binxml_has_more(&b->at)) {
		binxml_skip_fragment_header(&b->at);
		if (binxml_peek(&b->at) == BINXML_TEMPLATE_INSTANCE) {
			rc = binxml_read_instance(
			    b->chunk, &b->at, &instance, e);
			/* The substitution array: the number of values, their
			 * descriptors (size, type), and the values. */
			const size_t n = cursor_u32(&b->at);
			const struct span table = cursor_bytes(&b->at, 4 * n);
			for (size_t i = 0; i < table.n; i += 4)
				cursor_skip(&b->at, le_u16(table.p + i));
		} else if (b->into != NULL) {
			rc = binxml_read_content(b, &nodes, e);
		} else {
			rc = corrupt(b, e, "expected a template instance");
		}
	}
	*end = binxml_offset(b);
	return rc == RC_OK && b->at.bad
		   ? corrupt(b, e, "a template instance is cut short")
		   : rc;
}
