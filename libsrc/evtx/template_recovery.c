/* SPDX-License-Identifier: Apache-2.0 */
#include "evtx/template_recovery.h"
#include "evtx/template_codec.h"

/* Types that stand for each other in real logs: a pointer in the template is
 * hexadecimal of the machine's width in the record, a number may be wider. */
enum family {
	FAMILY_OTHER,
	FAMILY_TEXT,
	FAMILY_INTEGER,
	FAMILY_HEX,
	FAMILY_TIME,
};

static enum family
family_of(uint8_t type)
{
	static const uint8_t families[VALUE_EVTXML + 1] = {
		[VALUE_WSTRING] = FAMILY_TEXT,
		[VALUE_STRING] = FAMILY_TEXT,
		[VALUE_I8] = FAMILY_INTEGER,
		[VALUE_U8] = FAMILY_INTEGER,
		[VALUE_I16] = FAMILY_INTEGER,
		[VALUE_U16] = FAMILY_INTEGER,
		[VALUE_I32] = FAMILY_INTEGER,
		[VALUE_U32] = FAMILY_INTEGER,
		[VALUE_I64] = FAMILY_INTEGER,
		[VALUE_U64] = FAMILY_INTEGER,
		[VALUE_SIZE] = FAMILY_HEX,
		[VALUE_HEX32] = FAMILY_HEX,
		[VALUE_HEX64] = FAMILY_HEX,
		[VALUE_FILETIME] = FAMILY_TIME,
		[VALUE_SYSTEMTIME] = FAMILY_TIME,
	};

	return type > VALUE_EVTXML ? FAMILY_OTHER : (enum family)families[type];
}

/* An array of binary is binary: the array says nothing there. */
static uint8_t
plain(uint8_t type)
{
	return type == (VALUE_BINARY | VALUE_ARRAY) ? VALUE_BINARY : type;
}

static bool
agrees(uint8_t expected, uint8_t type)
{
	const uint8_t flags = (expected ^ type) & VALUE_ARRAY;
	const enum family f = family_of(expected & ~VALUE_ARRAY & 0xff);

	if (type == VALUE_NULL || plain(expected) == plain(type))
		return true;
	return flags == 0 && f != FAMILY_OTHER &&
	       f == family_of(type & ~VALUE_ARRAY & 0xff);
}

/* Whether the values are what the substitutions of a list expect; *top becomes
 * the number of substitutions, if they are numbered without gaps at their end.
 */
static bool
substitutions_fit(
    const struct template_recovery *b, const struct node *n, uint32_t *top)
{
	for (; n != NULL; n = n->next) {
		if (!substitutions_fit(b, n->attrs, top) ||
		    !substitutions_fit(b, n->kids, top))
			return false;
		if (n->kind != NODE_SUBSTITUTION)
			continue;
		if (n->index >= b->n ||
		    !agrees(n->value.type, b->values[n->index].type))
			return false;
		if (*top <= n->index)
			*top = n->index + 1U;
	}
	return true;
}

/* The nodes of an item that fits, or NULL. */
static struct node *
try_item(const struct template_recovery *b, const struct template_entry *item)
{
	struct node *const content = template_codec_read(item->text, b->into);
	uint32_t top = 0;

	return content != NULL && substitutions_fit(b, content, &top) &&
		       top == b->n
		   ? content
		   : NULL;
}

static enum rc
refuse(const struct template_recovery *b, bool known, struct err *e)
{
	if (template_catalog_is_full_for(b->from, b->id))
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    "its template 0x%08x is missing, and there are too many "
		    "templates in this run to borrow one",
		    b->id);
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    known ? "its template 0x%08x is missing, and the one that another "
		    "chunk has does not fit its values"
		  : "its template 0x%08x is missing, and no other chunk has it",
	    b->id);
}

enum rc
template_recovery_find(const struct template_recovery *b,
    const struct template_entry **item, struct node **content, struct err *e)
{
	const struct template_entry *i = NULL;
	unsigned fitting = 0;
	bool known = false;

	*item = NULL;
	while ((i = template_catalog_find(b->from, b->id, i)) != NULL) {
		known = true;
		struct node *const nodes = try_item(b, i);
		if (nodes == NULL ||
		    (*item != NULL && (*item)->sound && !i->sound))
			continue;
		if (*item != NULL && i->sound && !(*item)->sound)
			fitting = 0;
		fitting++;
		*item = i;
		*content = nodes;
	}
	if (fitting == 1)
		return RC_OK;
	if (fitting == 0)
		return refuse(b, known, e);
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    "its template 0x%08x is missing, and %u different ones of that id "
	    "fit its values: none is guessed",
	    b->id, fitting);
}
