/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/template_codec.h"
#include "evtx/template_recovery.h"
#include "util/digest.h"

#define MISSING "its template 0x"

/* Families of types that replace each other in real logs: for a pointer in the
 * template the record has a hexadecimal number of 32 or 64 bits, and an integer
 * of the record may be wider than that of the template. */
enum family {
	FAMILY_OTHER,
	FAMILY_TEXT,
	FAMILY_INTEGER,
	FAMILY_HEX,
	FAMILY_TIME,
};

static const uint8_t families[VALUE_ARRAY] = {
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

/* True if a substitution that expects one type may have a value of the other.
 * An array of binary is treated as binary. */
static bool
type_fits(uint8_t expected, uint8_t type)
{
	if (expected == (VALUE_BINARY | VALUE_ARRAY))
		expected = VALUE_BINARY;
	if (type == (VALUE_BINARY | VALUE_ARRAY))
		type = VALUE_BINARY;
	if (type == VALUE_NULL || expected == type)
		return true;
	const uint8_t family = families[type % VALUE_ARRAY];
	return (expected & VALUE_ARRAY) == (type & VALUE_ARRAY) &&
	       family != FAMILY_OTHER &&
	       family == families[expected % VALUE_ARRAY];
}

/* True if the values have the types that the substitutions of a list expect.
 * *top becomes one more than the largest index of a substitution. */
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
		    !type_fits(n->value.type, b->values[n->index].type))
			return false;
		if (*top <= n->index)
			*top = n->index + 1U;
	}
	return true;
}

bool
template_recovery_is_missing(const char *reason, uint32_t *id)
{
	const size_t n = sizeof(MISSING) - 1;

	return strncmp(reason, MISSING, n) == 0 &&
	       template_recovery_read_id(reason + n, id);
}

bool
template_recovery_read_id(const char *text, uint32_t *id)
{
	uint8_t bytes[4];

	if (strlen(text) < 2 * sizeof(bytes) ||
	    !digest_unhex(span_of(text, 2 * sizeof(bytes)), bytes))
		return false;
	*id = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	      (uint32_t)bytes[2] << 8 | bytes[3];
	return true;
}

enum rc
template_recovery_find(const struct template_recovery *b,
    const struct template_entry **entry, struct node **content, struct err *e)
{
	const struct template_entry *i = NULL;
	unsigned fitting = 0;
	bool known = false;

	*entry = NULL;
	while ((i = template_catalog_find(b->from, b->id, i)) != NULL) {
		struct node *const nodes =
		    template_codec_read(i->text, b->into);
		uint32_t top = 0;
		known = true;
		if (nodes == NULL || !substitutions_fit(b, nodes, &top) ||
		    top != b->n)
			continue;
		if (*entry != NULL && (*entry)->sound && !i->sound)
			continue;
		if (*entry != NULL && i->sound && !(*entry)->sound)
			fitting = 0;
		fitting++;
		*entry = i;
		*content = nodes;
	}
	if (fitting == 1)
		return RC_OK;
	if (fitting > 1)
		return err_set(e, RC_SKIP, WHY_CORRUPT,
		    MISSING "%08x is missing, and %u different "
			    "templates of that id fit its values",
		    b->id, fitting);
	if (template_catalog_is_full_for(b->from, b->id))
		return err_set(e, RC_SKIP, WHY_LIMIT,
		    MISSING "%08x is missing, and there are too many "
			    "templates in this run to recover one",
		    b->id);
	return err_set(e, RC_SKIP, WHY_CORRUPT,
	    known ? MISSING "%08x is missing, and the one that another "
			    "chunk has does not fit its values"
		  : MISSING "%08x is missing, and no other chunk has it",
	    b->id);
}
