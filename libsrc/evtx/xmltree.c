/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/xmltree.h"
#include "util/filetime.h"
#include "util/num.h"
#include "util/text.h"

/* Characters that XML does not allow are replaced for the XML reader: control
 * characters by U+EE00 to U+EE1F, U+FFFE and U+FFFF by U+EE20 and U+EE21. No
 * known log uses these private characters; a text that does is rejected rather
 * than changed. The constants are their UTF-8 bytes. */
#define PRIVATE_0 0xeeU
#define PRIVATE_1 0xb8U
#define PRIVATE_CONTROL 0x80U
#define PRIVATE_FFFE 0xa0U

/* An open element. */
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
	struct buf pending; /* text that was read since the last tag */
};

static bool
is_private(const uint8_t *p, size_t left)
{
	return left >= 3 && p[0] == PRIVATE_0 && p[1] == PRIVATE_1 &&
	       p[2] >= PRIVATE_CONTROL && p[2] <= PRIVATE_FFFE + 1;
}

/* Copy text to x->text with private characters for those that XML does not
 * allow. */
static enum rc
put_private(struct xmltree *x, struct span text, struct err *e)
{
	buf_cut(&x->text, 0);
	for (size_t i = 0; i < text.n; i++) {
		const uint8_t *const p = text.p + i;
		const size_t left = text.n - i;
		uint8_t c = 0;
		if (is_private(p, left))
			return err_set(e, RC_SKIP, WHY_CORRUPT,
			    "the XML of the record contains a private "
			    "character from U+EE00 to U+EE21");
		if (p[0] < 0x20) {
			c = (uint8_t)(PRIVATE_CONTROL + p[0]);
		} else if (left >= 3 && p[0] == 0xef && p[1] == 0xbf &&
			   p[2] >= 0xbe) {
			c = (uint8_t)(PRIVATE_FFFE + (p[2] - 0xbe));
			i += 2;
		} else {
			buf_byte(&x->text, p[0]);
			continue;
		}
		buf_byte(&x->text, PRIVATE_0);
		buf_byte(&x->text, PRIVATE_1);
		buf_byte(&x->text, c);
	}
	if (x->text.full)
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "the XML of the record exceeds %zu bytes", x->text.max);
	return RC_OK;
}

/* Copy text to the arena with its original characters; the span has p NULL if
 * the arena is full. */
static struct span
restore_private(struct arena *a, struct span s)
{
	uint8_t *const p = arena_alloc(a, s.n + 1);
	size_t n = 0;

	if (p == NULL)
		return span_of(NULL, 0);
	for (size_t i = 0; i < s.n; i++) {
		if (!is_private(s.p + i, s.n - i)) {
			p[n++] = s.p[i];
			continue;
		}
		i += 2;
		if (s.p[i] < PRIVATE_FFFE) {
			p[n++] = (uint8_t)(s.p[i] - PRIVATE_CONTROL);
			continue;
		}
		p[n++] = 0xef;
		p[n++] = 0xbf;
		p[n++] = (uint8_t)(0xbe + (s.p[i] - PRIVATE_FFFE));
	}
	return span_of(p, n);
}

static bool
add_text(struct build *b, struct node ***last, struct span s)
{
	struct node *const n = tree_add(b->x->into, last, NODE_TEXT);

	if (n == NULL)
		return false;
	n->value = value_utf8(restore_private(b->x->into, s));
	return n->value.p != NULL;
}

/* Add the pending text to the open element. If `between` is set, text of blanks
 * alone is dropped, because libevtx indents elements. */
static bool
add_pending(struct build *b, bool between)
{
	const struct span s = buf_span(&b->pending);
	struct level *const l = &b->stack[b->depth - 1];
	bool ok = !b->pending.full;
	bool blank = between;

	if (s.n != 0) {
		const struct span plain = restore_private(b->x->into, s);
		ok = ok && plain.p != NULL;
		for (size_t i = 0; ok && i < plain.n && blank; i++)
			blank = plain.p[i] == ' ' || plain.p[i] == '\n' ||
				plain.p[i] == '\t' || plain.p[i] == '\r';
		if (ok && !blank)
			ok = add_text(b, &l->last_kid, s);
	}
	buf_cut(&b->pending, 0);
	return ok;
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
		if (!add_pending(b, true))
			return false;
		last = &above->last_kid;
	}
	struct node *const n = tree_add(b->x->into, last, NODE_ELEMENT);
	if (n == NULL)
		return false;
	n->name = arena_copy(b->x->into, span_str(name));
	b->stack[b->depth++] = (struct level){ n, &n->kids, false };
	struct node **last_attr = &n->attrs;
	for (; *attrs != NULL; attrs += 2) {
		struct node *const a =
		    tree_add(b->x->into, &last_attr, NODE_ATTRIBUTE);
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

/* <a></a> has an empty text, <a/> has no content. libevtx writes <Data/> for an
 * empty text, though: it omits a Data element without content. */
static bool
on_end(void *ctx, bool empty)
{
	struct build *const b = ctx;
	struct level *const l = &b->stack[b->depth - 1];
	const bool unnamed = l->element->attrs == NULL &&
			     span_eq(l->element->name, SPAN("Data"));
	bool ok = add_pending(b, l->has_elements);

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

/* The fields of System with a fixed type. */
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

/* Convert a text leaf to a value of that type and size. A text that is not a
 * valid value of the type stays text. False if the arena is full. */
static bool
set_type(struct arena *a, struct node *leaf, uint8_t type, uint8_t size)
{
	const struct span text = value_bytes(&leaf->value);
	uint8_t bytes[NUM_GUID_BYTES] = { 0 };
	uint64_t v = 0;
	bool parsed;

	if (type == VALUE_GUID)
		parsed = num_parse_guid(text, bytes);
	else if (type == VALUE_FILETIME)
		parsed = filetime_parse(text, &v);
	else
		parsed = num_parse_u64(text, &v) &&
			 (size == 8 || v >> 8 * size == 0);
	if (!parsed)
		return true;
	if (type != VALUE_GUID)
		le_put(bytes, v, size);
	const struct span s = arena_copy(a, span_of(bytes, size));
	leaf->value = (struct value){ s.p, size, type };
	return s.p != NULL;
}

/* Convert the fields of an element of System. */
static bool
set_system_types(struct arena *a, struct node *element)
{
	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++) {
		struct node *n = element;
		if (!span_eq(element->name, span_str(typed[i].element)))
			continue;
		if (typed[i].attr != NULL)
			n = element->attrs;
		while (n != NULL && typed[i].attr != NULL &&
		       !span_eq(n->name, span_str(typed[i].attr)))
			n = n->next;
		if (n != NULL && tree_leaf(n) != NULL &&
		    !set_type(a, n->kids, typed[i].type, typed[i].size))
			return false;
	}
	return true;
}

/* True if a text has a letter of this range. */
static bool
has_letter(struct span s, uint8_t first, uint8_t last)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] >= first && s.p[i] <= last)
			return true;
	}
	return false;
}

/* Convert a text that is spelled as libevtx spells a type: hexadecimal in lower
 * case, a GUID in upper case, a FILETIME with 00 for the last two of nine
 * digits. Text with another spelling was not written from a value of these
 * types. */
static bool
set_spelled_type(struct arena *a, struct node *leaf)
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
set_spelled_types(struct arena *a, struct node *n)
{
	for (; n != NULL; n = n->next) {
		if ((n->kind == NODE_TEXT && !set_spelled_type(a, n)) ||
		    !set_spelled_types(a, n->attrs) ||
		    !set_spelled_types(a, n->kids))
			return false;
	}
	return true;
}

/* Convert every text of an event whose type is known; false if the arena is
 * full. */
static bool
set_types(struct arena *a, struct node *event)
{
	for (struct node *n = event->kids; n != NULL; n = n->next) {
		if (n->kind != NODE_ELEMENT)
			continue;
		if (!span_eq(n->name, SPAN("System"))) {
			if (!set_spelled_types(a, n->kids))
				return false;
			continue;
		}
		for (struct node *k = n->kids; k != NULL; k = k->next) {
			if (k->kind == NODE_ELEMENT && !set_system_types(a, k))
				return false;
		}
	}
	return true;
}

enum rc
xmltree_read(struct xmltree *x, struct span text, const struct node **root,
    struct err *e)
{
	struct build b = { .x = x };
	const struct xml_handler handler = { &b, on_start, on_end, on_text };

	enum rc rc = put_private(x, text, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&b.pending, x->text.max);
	rc = xml_read(x->xml, buf_span(&x->text), &handler, e);
	buf_reset(&b.pending);
	if (rc == RC_OK && !set_types(x->into, b.root))
		rc = tree_too_large(x->into, e);
	*root = b.root;
	return rc;
}
