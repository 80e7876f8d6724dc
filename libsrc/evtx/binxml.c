/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/binxml.h"
#include "util/le.h"
#include "util/text.h"

#define NAME_MAX_UNITS 1024U

struct binxml
binxml_at(struct span chunk, size_t offset, size_t n)
{
	struct binxml b = { .chunk = chunk };

	if (offset > chunk.n)
		offset = chunk.n;
	if (n > chunk.n - offset)
		n = chunk.n - offset;
	b.at = cursor_of(span_of(chunk.p + offset, n));
	return b;
}

size_t
binxml_offset(const struct binxml *b)
{
	return (size_t)(b->at.p - b->chunk.p);
}

static int
peek(const struct binxml *b)
{
	return binxml_peek(&b->at);
}

static enum rc
corrupt_at(struct err *e, const char *what, size_t offset)
{
	return err_set(e, RC_SKIP, WHY_CORRUPT, "%s at offset %zu of the chunk",
	    what, offset);
}

static enum rc
corrupt(const struct binxml *b, struct err *e, const char *what)
{
	return corrupt_at(e, what, binxml_offset(b));
}

static enum rc
too_large(const struct binxml *b, struct err *e)
{
	return err_set(e, RC_SKIP, WHY_LIMIT,
	    "an event of more than %zu bytes in memory", b->into->max);
}

/* A repaired name in the place of what stands at the cursor. */
static bool
read_fixed(struct binxml *b, struct cursor *c, const struct name_fix *fix,
    struct span *name)
{
	cursor_skip(c, NAME_HEAD + 2 * (size_t)fix->units + 2);
	*name = arena_copy(b->into, span_str(fix->text));
	return !c->bad && name->p != NULL;
}

/* A name: its place among the names of the chunk, its hash, its length, its
 * characters and a NUL. */
static bool
read_name(struct binxml *b, struct cursor *c, struct span *name)
{
	const struct name_fix *fix = NULL;

	if (b->check != NULL &&
	    !name_check_read(
		b->check, (size_t)(c->p - b->chunk.p), c == &b->at, &fix))
		return false;
	if (fix != NULL)
		return read_fixed(b, c, fix, name);
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

static void
note_name(struct binxml_names *names, size_t at, size_t name)
{
	if (names->n < BINXML_NAMES_MAX)
		names->name[names->n] =
		    (struct binxml_name){ (uint32_t)at, (uint32_t)name };
	if (names->n <= BINXML_NAMES_MAX)
		names->n++;
}

/* A name is here when its offset is this very place. */
static enum rc
take_name(struct binxml *b, struct span *name, struct err *e)
{
	const size_t offset = cursor_u32(&b->at);

	if (b->at.bad)
		return corrupt(b, e, "a name is cut short");
	if (b->names != NULL)
		note_name(b->names, binxml_offset(b) - 4, offset);
	const size_t here = binxml_offset(b);
	if (offset == here)
		return read_name(b, &b->at, name)
			   ? RC_OK
			   : corrupt_at(e, "a damaged name", here);
	struct binxml there = binxml_at(b->chunk, offset, b->chunk.n);
	return (!b->check_names || offset >= b->names_from) &&
		       read_name(b, &there.at, name)
		   ? RC_OK
		   : corrupt_at(e, "a name is damaged or missing", offset);
}

/* A list of nodes that is being made. */
struct list {
	struct node **last;
	struct node *open; /* the text that more text would join, or NULL */
};

/* Append text to the list; pieces that follow each other become one. */
static enum rc
add_text(struct binxml *b, struct list *l, struct span text, struct err *e)
{
	struct node *n = l->open;

	if (n == NULL)
		n = tree_add(b->into, &l->last, NODE_TEXT);
	if (n == NULL)
		return too_large(b, e);
	const size_t before = n->value.n;
	uint8_t *const p = arena_alloc(b->into, before + text.n + 1);
	if (p == NULL)
		return too_large(b, e);
	if (before != 0)
		memcpy(p, n->value.p, before);
	if (text.n != 0)
		memcpy(p + before, text.p, text.n);
	n->value = value_utf8(span_of(p, before + text.n));
	l->open = n;
	return RC_OK;
}

static enum rc
add_utf16(struct binxml *b, struct list *l, struct span chars, struct err *e)
{
	buf_cut(b->scratch, 0);
	text_utf16_utf8(b->scratch, chars);
	if (b->scratch->full)
		return too_large(b, e);
	return add_text(b, l, buf_span(b->scratch), e);
}

/* Length and characters: of CDATA, processing instructions and literals. */
static enum rc
take_chars(struct binxml *b, struct list *l, struct err *e)
{
	const uint16_t units = cursor_u16(&b->at);
	const struct span chars = cursor_bytes(&b->at, 2 * (size_t)units);

	if (b->at.bad)
		return corrupt(b, e, "text is cut short");
	return l == NULL ? RC_OK : add_utf16(b, l, chars, e);
}

static enum rc
take_value(struct binxml *b, struct list *l, struct err *e)
{
	const uint8_t type = cursor_u8(&b->at);

	if (type != VALUE_WSTRING)
		return corrupt(b, e, "a literal is no string");
	return take_chars(b, l, e);
}

static enum rc
take_char_ref(struct binxml *b, struct list *l, struct err *e)
{
	const struct span unit = cursor_bytes(&b->at, 2);

	if (b->at.bad)
		return corrupt(b, e, "a character reference is cut short");
	return add_utf16(b, l, unit, e);
}

/* The five entities of XML; others stay as they are written. */
static enum rc
take_entity(struct binxml *b, struct list *l, struct err *e)
{
	static const char *const known[][2] = { { "lt", "<" }, { "gt", ">" },
		{ "amp", "&" }, { "quot", "\"" }, { "apos", "'" } };
	struct span name = { NULL, 0 };

	enum rc rc = take_name(b, &name, e);
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
take_substitution(struct binxml *b, struct list *l, struct err *e)
{
	const uint16_t substitution = cursor_u16(&b->at);
	const uint8_t type = cursor_u8(&b->at);

	if (b->at.bad || !b->in_template)
		return corrupt(b, e, "a substitution outside a template");
	struct node *const n = tree_add(b->into, &l->last, NODE_SUBSTITUTION);
	if (n == NULL)
		return too_large(b, e);
	n->index = substitution;
	n->value.type = type;
	l->open = NULL;
	return RC_OK;
}

/* Processing instructions say nothing about the event. */
static enum rc
skip_pi_target(struct binxml *b, struct err *e)
{
	struct span name;

	return take_name(b, &name, e);
}

/* What may stand in attributes and elements alike. */
static enum rc
take_leaf(struct binxml *b, int token, struct list *l, struct err *e)
{
	cursor_skip(&b->at, 1);
	switch (token & ~BINXML_MORE_DATA) {
	case BINXML_VALUE:
		return take_value(b, l, e);
	case BINXML_CDATA:
		return take_chars(b, l, e);
	case BINXML_CHAR_REF:
		return take_char_ref(b, l, e);
	case BINXML_ENTITY_REF:
		return take_entity(b, l, e);
	case BINXML_SUBSTITUTION:
	case BINXML_OPTIONAL_SUBSTITUTION:
		return take_substitution(b, l, e);
	case BINXML_PI_TARGET:
		return skip_pi_target(b, e);
	case BINXML_PI_DATA:
		return take_chars(b, NULL, e);
	default:
		return corrupt(b, e, "an unknown token");
	}
}

static bool
ends_attribute(int token)
{
	const int kind = token & ~BINXML_MORE_DATA;

	return kind == BINXML_ATTRIBUTE || token == BINXML_CLOSE_START ||
	       token == BINXML_CLOSE_EMPTY;
}

static enum rc
take_attributes(struct binxml *b, struct node *element, struct err *e)
{
	struct node **last = &element->attrs;
	enum rc rc = RC_OK;

	while (
	    rc == RC_OK && (peek(b) & ~BINXML_MORE_DATA) == BINXML_ATTRIBUTE) {
		struct node *const a = tree_add(b->into, &last, NODE_ATTRIBUTE);
		if (a == NULL)
			return too_large(b, e);
		struct list l = { &a->kids, NULL };
		cursor_skip(&b->at, 1);
		rc = take_name(b, &a->name, e);
		while (rc == RC_OK && !ends_attribute(peek(b)))
			rc = take_leaf(b, peek(b), &l, e);
	}
	return rc;
}

static enum rc take_element(struct binxml *b, struct list *l, struct err *e);

static enum rc
take_kids(struct binxml *b, struct node *element, struct err *e)
{
	struct list l = { &element->kids, NULL };
	enum rc rc = RC_OK;

	while (rc == RC_OK && peek(b) != BINXML_CLOSE_ELEMENT) {
		const int token = peek(b);
		if ((token & ~BINXML_MORE_DATA) == BINXML_OPEN_START)
			rc = take_element(b, &l, e);
		else
			rc = take_leaf(b, token, &l, e);
	}
	cursor_skip(&b->at, 1);
	/* <a></a> holds an empty text, <a/> holds nothing. */
	if (rc == RC_OK && element->kids == NULL)
		rc = add_text(b, &l, SPAN(""), e);
	return rc;
}

static enum rc
take_start(struct binxml *b, struct node *n, struct err *e)
{
	const int token = cursor_u8(&b->at);

	/* The value that the element depends on, and its size: an element whose
	 * value is null stays, empty, as in evtx_dump. */
	cursor_skip(&b->at, b->in_template ? 2 + 4 : 4);
	const enum rc rc = take_name(b, &n->name, e);
	if (rc != RC_OK)
		return rc;
	if ((token & BINXML_MORE_DATA) != 0)
		cursor_skip(&b->at, 4); /* the size of the attributes */
	return take_attributes(b, n, e);
}

static enum rc
take_element(struct binxml *b, struct list *l, struct err *e)
{
	if (b->depth == BINXML_DEPTH_MAX)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "elements nested deeper than %u", BINXML_DEPTH_MAX);
	struct node *const n = tree_add(b->into, &l->last, NODE_ELEMENT);
	if (n == NULL)
		return too_large(b, e);
	l->open = NULL;
	b->depth++;
	enum rc rc = take_start(b, n, e);
	if (rc == RC_OK) {
		const int token = cursor_u8(&b->at);
		if (token == BINXML_CLOSE_START)
			rc = take_kids(b, n, e);
		else if (token != BINXML_CLOSE_EMPTY)
			rc = corrupt(b, e, "a start tag without an end");
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
	enum rc rc = RC_OK;

	*first = NULL;
	while (rc == RC_OK) {
		const int token = peek(b);
		if (token == BINXML_END_OF_FRAGMENT ||
		    token == BINXML_TEMPLATE_INSTANCE ||
		    token == BINXML_FRAGMENT_HEADER)
			break;
		if ((token & ~BINXML_MORE_DATA) == BINXML_OPEN_START)
			rc = take_element(b, &l, e);
		else
			rc = take_leaf(b, token, &l, e);
	}
	return rc;
}

/* The definition stands here, the values behind it. */
static enum rc
skip_definition(
    struct span chunk, struct cursor *at, size_t offset, struct err *e)
{
	struct binxml_definition d;

	const enum rc rc = binxml_read_definition(chunk, offset, &d, e);
	if (rc == RC_OK)
		cursor_skip(at, binxml_definition_end(&d) - offset);
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
	if (i->definition != here)
		return RC_OK;
	return skip_definition(chunk, at, i->definition, e);
}

enum rc
binxml_read_definition(struct span chunk, size_t offset,
    struct binxml_definition *d, struct err *e)
{
	struct binxml b = binxml_at(chunk, offset, chunk.n);

	memset(d, 0, sizeof(*d));
	cursor_skip(&b.at, 4); /* the next one with the same hash */
	d->guid = cursor_bytes(&b.at, 16);
	const size_t n = cursor_u32(&b.at);
	if (b.at.bad || n > b.at.left)
		return corrupt(&b, e, "a template definition is cut short");
	d->content = binxml_at(chunk, binxml_offset(&b), n);
	d->content.in_template = true;
	return RC_OK;
}

size_t
binxml_definition_end(const struct binxml_definition *d)
{
	return binxml_offset(&d->content) + d->content.at.left;
}

/* The values of an instance: a table of their sizes, and their bytes. */
static void
skip_values(struct cursor *at)
{
	const uint32_t n = cursor_u32(at);

	if (n > at->left / 4) {
		at->bad = true;
		return;
	}
	const struct span table = cursor_bytes(at, 4 * (size_t)n);
	for (size_t i = 0; i < table.n; i += 4)
		cursor_skip(at, le_u16(table.p + i));
}

enum rc
binxml_find_end(struct binxml *b, size_t *end, struct err *e)
{
	struct binxml_instance head;
	struct node *nodes;
	enum rc rc = RC_OK;

	while (rc == RC_OK && !b->at.bad && binxml_has_more(&b->at)) {
		binxml_skip_fragment_header(&b->at);
		if (binxml_peek(&b->at) == BINXML_TEMPLATE_INSTANCE) {
			rc = binxml_read_instance(b->chunk, &b->at, &head, e);
			skip_values(&b->at);
		} else if (b->into != NULL) {
			rc = binxml_read_content(b, &nodes, e);
		} else {
			rc = corrupt(b, e, "no template instance");
		}
	}
	*end = binxml_offset(b);
	return rc == RC_OK && b->at.bad
		   ? corrupt(b, e, "a template instance is cut short")
		   : rc;
}
