/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/value_layout.h"
#include "util/bounds.h"
#include "util/le.h"
#include "util/text.h"

/* A word is the head of a descriptor, without the size where the type has none
 * of its own: what is made for the others need not look at it again. */
#define WORD_SIZE 0x00ffffU
#define WORD_TYPE 0xff0000U
#define WORD_EMPTY 0x80000000U

static const uint16_t sized[256] = {
	[VALUE_I8] = WORD_SIZE,
	[VALUE_U8] = WORD_SIZE,
	[VALUE_I16] = WORD_SIZE,
	[VALUE_U16] = WORD_SIZE,
	[VALUE_I32] = WORD_SIZE,
	[VALUE_U32] = WORD_SIZE,
	[VALUE_I64] = WORD_SIZE,
	[VALUE_U64] = WORD_SIZE,
	[VALUE_F32] = WORD_SIZE,
	[VALUE_F64] = WORD_SIZE,
	[VALUE_BOOL] = WORD_SIZE,
	[VALUE_GUID] = WORD_SIZE,
	[VALUE_SIZE] = WORD_SIZE,
	[VALUE_FILETIME] = WORD_SIZE,
	[VALUE_SYSTEMTIME] = WORD_SIZE,
	[VALUE_HEX32] = WORD_SIZE,
	[VALUE_HEX64] = WORD_SIZE,
	[VALUE_HANDLE] = WORD_SIZE,
};

static inline bool
is_string(uint32_t type)
{
	return type == VALUE_WSTRING || type == VALUE_STRING;
}

/* A string whose first character is NUL: then all are, or the record is
 * damaged. */
static bool
is_blank(const struct value *v)
{
	if (v->type == VALUE_WSTRING)
		return v->n >= 2 && text_trim_utf16(value_bytes(v)).n == 0;
	return text_trim_bytes(value_bytes(v)).n == 0;
}

bool
value_layout_parse(
    struct cursor *at, uint32_t n, struct value *values, uint32_t *words)
{
	const struct span table = cursor_bytes(at, 4 * (size_t)n);
	const uint8_t *p = at->p;
	size_t left = at->left;

	if (at->bad)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t head = le_u32(table.p + 4 * (size_t)i);
		const uint32_t type = head >> 16 & 0xff;
		uint32_t size = head & WORD_SIZE;
		if (size > left)
			return false;
		left -= size;
		values[i] = (struct value){ p, size, (uint8_t)type };
		p += size;
		if (is_string(type) && size != 0 && values[i].p[0] == 0 &&
		    is_blank(&values[i])) {
			values[i].n = 0;
			size = 0;
		}
		words[i] = size == 0 ? type << 16 | WORD_EMPTY
				     : head & (WORD_TYPE | sized[type]);
	}
	cursor_skip(at, at->left - left);
	return true;
}

/* The values behind a table within the variant's bounds; false if they do not
 * fit, or if one of the strings is blank. */
static bool
take(const struct value_layout *v, struct cursor *at, struct value *values)
{
	struct cursor c = *at;
	const uint8_t *head = cursor_bytes(&c, 4 * (size_t)v->n).p;
	const uint8_t *p = c.p;

	if (head == NULL)
		return false;
	for (uint32_t i = 0; i < v->n; i++, head += 4) {
		const uint32_t size = le_u16(head);
		values[i] = (struct value){ p, size, head[2] };
		p += size;
	}
	cursor_skip(&c, (size_t)(p - c.p));
	if (c.bad)
		return false;
	for (uint32_t i = 0; i < v->n_strings; i++) {
		if (values[v->strings[i]].p[0] == 0)
			return false;
	}
	*at = c;
	return true;
}

/* What was seen last is likely to be seen next. */
static struct value_layout *
to_front(struct template *t, struct value_layout **at)
{
	struct value_layout *const v = *at;

	if (v == t->variants)
		return v;
	*at = v->next;
	v->next = t->variants;
	t->variants = v;
	return v;
}

static struct value_layout *
find(struct template *t, const uint32_t *words, uint32_t n)
{
	struct value_layout **at = &t->variants;

	for (; *at != NULL; at = &(*at)->next) {
		if ((*at)->n == n &&
		    memcmp((*at)->words, words, n * sizeof(*words)) == 0)
			return to_front(t, at);
	}
	return NULL;
}

struct value_layout *
value_layout_match(struct template *t, struct cursor *at, uint32_t n,
    struct value *values, uint32_t *words)
{
	if (n > at->left / 4)
		return NULL;
	for (struct value_layout **v = &t->variants; *v != NULL;
	     v = &(*v)->next) {
		if ((*v)->n != n ||
		    !bounds_hold(at->p, (*v)->low, (*v)->more, n))
			continue;
		if (!take(*v, at, values))
			break;
		return to_front(t, v);
	}
	return value_layout_parse(at, n, values, words) ? find(t, words, n)
							: NULL;
}

static size_t
size_of(uint32_t n)
{
	const size_t each = 3 * sizeof(uint32_t) + 2 * sizeof(uint16_t);

	return sizeof(struct value_layout) + n * each;
}

static struct value_layout *
create(uint32_t n)
{
	struct value_layout *const v = calloc(1, size_of(n));

	if (v == NULL)
		return NULL;
	v->n = n;
	v->words = (uint32_t *)(v + 1);
	v->low = v->words + n;
	v->more = v->low + n;
	v->strings = (uint16_t *)(v->more + n);
	v->nested = v->strings + n;
	return v;
}

/* The descriptors that make this word, but for blank strings. */
static void
bound(struct value_layout *v, uint16_t i, uint32_t word)
{
	const uint32_t type = word & WORD_TYPE;
	const bool fixed = (word & WORD_SIZE) != 0;
	const bool empty = (word & WORD_EMPTY) != 0;

	v->low[i] = empty ? type : fixed ? word : type | 1;
	v->more[i] = BOUNDS_MORE(empty || fixed ? 0 : WORD_SIZE - 1);
}

static void
learn(struct value_layout *v, uint16_t i, uint32_t word)
{
	const uint32_t type = word >> 16;

	v->words[i] = word;
	bound(v, i, word);
	if (is_string(type))
		v->strings[v->n_strings++] = i;
	if (type == VALUE_BINXML)
		v->nested[v->n_nested++] = i;
}

struct value_layout *
value_layout_add(
    struct template *t, const uint32_t *words, uint32_t n, size_t *bytes)
{
	struct value_layout *v = find(t, words, n);

	if (v != NULL || t->n_variants == VALUE_LAYOUT_MAX || n > UINT16_MAX)
		return v;
	v = create(n);
	if (v == NULL)
		return NULL;
	for (uint32_t i = 0; i < n; i++)
		learn(v, (uint16_t)i, words[i]);
	v->next = t->variants;
	t->variants = v;
	t->n_variants++;
	*bytes += size_of(n);
	return v;
}
