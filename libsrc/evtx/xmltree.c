/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/xmltree.h"
#include "util/filetime.h"
#include "util/num.h"
#include "util/text.h"

/* Control characters travel through the XML reader as U+EE00 to U+EE1F, and
 * U+FFFE and U+FFFF, which XML cannot hold either, as U+EE20 and U+EE21. No
 * known log uses these; a text that does is refused rather than changed. */
#define SHELTER_0 0xeeU
#define SHELTER_1 0xb8U
#define SHELTER_2 0x80U
#define SHELTER_FFFE 0xa0U

struct level {
	struct node *element;
	struct node **last_kid;
	bool has_elements;
};

struct build {
	struct xmltree *x;
	struct level stack[XMLTREE_DEPTH_MAX];
	size_t depth;
	struct node *root;
	struct buf pending; /* text since the last tag */
};

static bool
is_sheltered(const uint8_t *p, size_t left)
{
	return left >= 3 && p[0] == SHELTER_0 && p[1] == SHELTER_1 &&
	       p[2] >= SHELTER_2 && p[2] <= SHELTER_FFFE + 1;
}

static bool
is_no_character(const uint8_t *p, size_t left)
{
	return left >= 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe;
}

static void
put_sheltered(struct buf *b, uint8_t last)
{
	buf_byte(b, SHELTER_0);
	buf_byte(b, SHELTER_1);
	buf_byte(b, last);
}

/* Put text into x->text with control characters sheltered. */
static enum rc
shelter(struct xmltree *x, struct span text, struct err *e)
{
	buf_cut(&x->text, 0);
	for (size_t i = 0; i < text.n; i++) {
		if (is_sheltered(text.p + i, text.n - i))
			return err_set(e, RC_SKIP, WHY_CORRUPT,
			    "text with a private character U+EE00 to U+EE21");
		if (is_no_character(text.p + i, text.n - i)) {
			i += 2;
			put_sheltered(&x->text,
			    (uint8_t)(SHELTER_FFFE + (text.p[i] - 0xbe)));
		} else if (text.p[i] < 0x20) {
			put_sheltered(
			    &x->text, (uint8_t)(SHELTER_2 + text.p[i]));
		} else {
			buf_byte(&x->text, text.p[i]);
		}
	}
	if (x->text.full)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "XML of more than %zu bytes", x->text.max);
	return RC_OK;
}

/* A copy in the arena with control characters back; NULL when it is full. */
static struct span
unshelter(struct arena *a, struct span s)
{
	uint8_t *const p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (p == NULL)
		return span_of(NULL, 0);
	for (size_t i = 0; i < s.n; i++) {
		if (!is_sheltered(s.p + i, s.n - i)) {
			p[n++] = s.p[i];
			continue;
		}
		i += 2;
		if (s.p[i] < SHELTER_FFFE) {
			p[n++] = (uint8_t)(s.p[i] - SHELTER_2);
			continue;
		}
		p[n++] = 0xef;
		p[n++] = 0xbf;
		p[n++] = (uint8_t)(0xbe + (s.p[i] - SHELTER_FFFE));
	}
	return span_of(p, n);
}

static bool
is_blank(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != ' ' && s.p[i] != '\n' && s.p[i] != '\t' &&
		    s.p[i] != '\r')
			return false;
	}
	return true;
}

static bool
add_text(struct build *b, struct node ***last, struct span s)
{
	struct node *const n = tree_add(b->x->into, last, NODE_TEXT);

	if (n == NULL)
		return false;
	n->value = value_utf8(unshelter(b->x->into, s));
	return n->value.p != NULL;
}

/* Blanks between elements are libevtx's indentation; an element without
 * elements has what it holds. */
static bool
flush_text(struct build *b, bool between)
{
	const struct span s = buf_span(&b->pending);
	struct level *const l = &b->stack[b->depth - 1];
	bool ok = !b->pending.full;

	if (s.n != 0) {
		const struct span plain = unshelter(b->x->into, s);
		ok = ok && plain.p != NULL;
		if (ok && !(between && is_blank(plain)))
			ok = add_text(b, &l->last_kid, s);
	}
	buf_cut(&b->pending, 0);
	return ok;
}

static bool
add_attrs(struct build *b, struct node *element, const char **attrs)
{
	struct node **last = &element->attrs;

	for (; *attrs != NULL; attrs += 2) {
		struct node *const a =
		    tree_add(b->x->into, &last, NODE_ATTRIBUTE);
		if (a == NULL)
			return false;
		a->name = arena_copy(b->x->into, span_str(attrs[0]));
		struct node **kid = &a->kids;
		if (attrs[1][0] != '\0' &&
		    !add_text(b, &kid, span_str(attrs[1])))
			return false;
	}
	return true;
}

static bool
on_start(void *ctx, const char *name, const char **attrs)
{
	struct build *const b = ctx;
	struct node **root = &b->root;
	struct node ***last = &root;

	if (b->depth == XMLTREE_DEPTH_MAX)
		return false;
	if (b->depth > 0) {
		struct level *const above = &b->stack[b->depth - 1];
		above->has_elements = true;
		if (!flush_text(b, true))
			return false;
		last = &above->last_kid;
	}
	struct node *const n = tree_add(b->x->into, last, NODE_ELEMENT);
	if (n == NULL)
		return false;
	n->name = arena_copy(b->x->into, span_str(name));
	b->stack[b->depth++] = (struct level){ n, &n->kids, false };
	return add_attrs(b, n, attrs);
}

/* <a></a> holds an empty text, <a/> holds nothing. libevtx writes <Data/> for
 * an empty text: a Data that holds nothing is not in its XML at all. */
static bool
on_end(void *ctx, bool empty)
{
	struct build *const b = ctx;
	struct level *const l = &b->stack[b->depth - 1];
	const bool unnamed = l->element->attrs == NULL &&
			     span_eq(l->element->name, SPAN("Data"));
	bool ok = flush_text(b, l->has_elements);

	if (ok && (!empty || unnamed) && l->element->kids == NULL)
		ok = add_text(b, &l->last_kid, SPAN(""));
	b->depth--;
	return ok;
}

static bool
on_text(void *ctx, struct span text)
{
	struct build *const b = ctx;

	if (b->depth > 0)
		buf_put(&b->pending, text);
	return true;
}

/* The fields of System with a type that their place tells. */
static const struct {
	const char *element;
	const char *attr;
	uint8_t type;
	uint8_t size;
} typed[] = {
	{ "EventID", NULL, VALUE_U16, 2 },
	{ "EventID", "Qualifiers", VALUE_U16, 2 },
	{ "Version", NULL, VALUE_U8, 1 },
	{ "Level", NULL, VALUE_U8, 1 },
	{ "Task", NULL, VALUE_U16, 2 },
	{ "Opcode", NULL, VALUE_U8, 1 },
	{ "Keywords", NULL, VALUE_HEX64, 8 },
	{ "TimeCreated", "SystemTime", VALUE_FILETIME, 8 },
	{ "EventRecordID", NULL, VALUE_U64, 8 },
	{ "Correlation", "ActivityID", VALUE_GUID, 16 },
	{ "Correlation", "RelatedActivityID", VALUE_GUID, 16 },
	{ "Execution", "ProcessID", VALUE_U32, 4 },
	{ "Execution", "ThreadID", VALUE_U32, 4 },
	{ "Execution", "ProcessorID", VALUE_U32, 4 },
	{ "Execution", "SessionID", VALUE_U32, 4 },
	{ "Execution", "KernelTime", VALUE_U32, 4 },
	{ "Execution", "UserTime", VALUE_U32, 4 },
};

/* The bytes of a value of that type with that text; false if it is none. */
static bool
parse_as(uint8_t type, struct span text, uint8_t bytes[NUM_GUID_BYTES])
{
	uint64_t v = 0;

	if (type == VALUE_GUID)
		return num_parse_guid(text, bytes);
	if (type == VALUE_FILETIME ? !filetime_parse(text, &v)
				   : !num_parse_u64(text, &v))
		return false;
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(v >> 8 * i);
	return true;
}

/* Give a text leaf its type; what does not fit stays text. */
static bool
set_type(struct arena *a, struct node *leaf, uint8_t type, uint8_t size)
{
	uint8_t bytes[NUM_GUID_BYTES] = { 0 };

	if (!parse_as(type, value_bytes(&leaf->value), bytes))
		return true;
	for (unsigned i = size; i < 8; i++) {
		if (bytes[i] != 0)
			return true;
	}
	const struct span s = arena_copy(a, span_of(bytes, size));
	leaf->value = (struct value){ s.p, size, type };
	return s.p != NULL;
}

static struct node *
only_leaf(struct node *parent)
{
	if (parent == NULL || parent->kids == NULL ||
	    parent->kids->next != NULL || parent->kids->kind != NODE_TEXT)
		return NULL;
	return parent->kids;
}

static bool
type_field(struct arena *a, struct node *element, size_t i)
{
	struct node *n = element;

	if (!span_eq(element->name, span_str(typed[i].element)))
		return true;
	if (typed[i].attr != NULL) {
		n = element->attrs;
		while (n != NULL && !span_eq(n->name, span_str(typed[i].attr)))
			n = n->next;
	}
	struct node *const leaf = only_leaf(n);
	return leaf == NULL || set_type(a, leaf, typed[i].type, typed[i].size);
}

static bool
type_system(struct arena *a, struct node *system)
{
	for (struct node *n = system->kids; n != NULL; n = n->next) {
		for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
			if (n->kind == NODE_ELEMENT && !type_field(a, n, i))
				return false;
		}
	}
	return true;
}

static bool
has_letter(struct span s, uint8_t first, uint8_t last)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= first && s.p[i] <= last)
			return true;
	}
	return false;
}

/* The type that libevtx's spelling tells: a text in another case, or with more
 * digits than a FILETIME has, is none of its values. */
static bool
infer(struct arena *a, struct node *leaf)
{
	const struct span s = value_bytes(&leaf->value);
	const bool hex = s.n > 2 && s.p[0] == '0' && s.p[1] == 'x' &&
			 !has_letter(s, 'A', 'F');

	if (hex && s.n == 10)
		return set_type(a, leaf, VALUE_HEX32, 4);
	if (hex && s.n == 18)
		return set_type(a, leaf, VALUE_HEX64, 8);
	if (s.n == 30 && s.p[10] == 'T' && s.p[19] == '.' &&
	    memcmp(s.p + 27, "00Z", 3) == 0)
		return set_type(a, leaf, VALUE_FILETIME, 8);
	if (s.n == 38 && s.p[0] == '{' && !has_letter(s, 'a', 'f'))
		return set_type(a, leaf, VALUE_GUID, 16);
	return true;
}

static bool
infer_below(struct arena *a, struct node *n)
{
	for (; n != NULL; n = n->next) {
		if (n->kind == NODE_TEXT && !infer(a, n))
			return false;
		if (!infer_below(a, n->attrs) || !infer_below(a, n->kids))
			return false;
	}
	return true;
}

static bool
give_types(struct arena *a, struct node *root)
{
	for (struct node *n = root->kids; n != NULL; n = n->next) {
		if (n->kind != NODE_ELEMENT)
			continue;
		const bool ok = span_eq(n->name, SPAN("System"))
				    ? type_system(a, n)
				    : infer_below(a, n->kids);
		if (!ok)
			return false;
	}
	return true;
}

enum rc
xmltree_read(struct xmltree *x, struct span text, const struct node **root,
    struct err *e)
{
	struct build b = { .x = x };
	const struct xml_handler handler = { &b, on_start, on_end, on_text };

	enum rc rc = shelter(x, text, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&b.pending, x->text.max);
	rc = xml_read(x->xml, buf_span(&x->text), &handler, e);
	buf_reset(&b.pending);
	if (rc == RC_OK && !give_types(x->into, b.root))
		rc = err_set(e, RC_SKIP, WHY_LIMIT,
		    "an event of more than %zu bytes in memory", x->into->max);
	*root = b.root;
	return rc;
}
