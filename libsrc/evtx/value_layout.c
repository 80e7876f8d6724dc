/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evtx/value_layout.h"
#include "util/bounds.h"
#include "util/le.h"
#include "util/text.h"

/* A kind is the first three bytes of a descriptor (size, type). The size is 0
 * unless all values of the type have one of a few sizes. */
#define KIND_SIZE 0x00ffffU
#define KIND_TYPE 0xff0000U
#define KIND_EMPTY 0x80000000U

static inline bool
is_string(uint32_t type)
{
	return type == VALUE_WSTRING || type == VALUE_STRING;
}

bool
value_layout_parse(
    struct cursor *at, uint32_t n, struct value *values, uint32_t *kinds)
{
	const struct span table = cursor_bytes(at, 4 * (size_t)n);
	const uint8_t *p = at->p;
	size_t left = at->left;

	if (at->bad)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t head = le_u32(table.p + 4 * (size_t)i);
		const uint32_t type = head >> 16 & 0xff;
		const uint32_t size = head & KIND_SIZE;
		const uint32_t step = type == VALUE_WSTRING ? 2 : 1;
		if (size > left)
			return false;
		left -= size;
		values[i] = (struct value){ p, size, (uint8_t)type };
		p += size;
		/* A string that starts with NUL consists of NULs, unless the
		 * record is damaged. */
		if (is_string(type) && size >= step && values[i].p[0] == 0) {
			const struct span bytes = value_bytes(&values[i]);
			if ((step == 2 ? text_trim_utf16(bytes)
				       : text_trim_bytes(bytes))
				.n == 0)
				values[i].n = 0;
		}
		kinds[i] = head & (value_type_is_sized((uint8_t)type)
					  ? KIND_TYPE | KIND_SIZE
					  : KIND_TYPE);
		if (values[i].n == 0)
			kinds[i] = (head & KIND_TYPE) | KIND_EMPTY;
	}
	cursor_skip(at, at->left - left);
	return true;
}

/* Read the values of an instance whose descriptors are within the bounds of a
 * layout; false if the values do not fit into the bytes, or if one of the
 * strings may be blank. */
static bool
read_values(
    const struct value_layout *v, struct cursor *at, struct value *values)
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

static struct value_layout *
find(const struct template *t, const uint32_t *kinds, uint32_t n)
{
	struct value_layout *v = t->layouts;

	while (v != NULL &&
	       (v->n != n || memcmp(v->kinds, kinds, n * sizeof(*kinds)) != 0))
		v = v->next;
	return v;
}

struct value_layout *
value_layout_match(const struct template *t, struct cursor *at, uint32_t n,
    struct value *values, uint32_t *kinds)
{
	struct value_layout *v = t->layouts;

	if (n > at->left / 4)
		return NULL;
	while (
	    v != NULL && (v->n != n || !bounds_hold(at->p, v->low, v->more, n)))
		v = v->next;
	if (v != NULL && read_values(v, at, values))
		return v;
	return value_layout_parse(at, n, values, kinds) ? find(t, kinds, n)
							: NULL;
}

struct value_layout *
value_layout_add(
    struct template *t, const uint32_t *kinds, uint32_t n, size_t *bytes)
{
	const size_t each = 3 * sizeof(uint32_t) + 2 * sizeof(uint16_t);
	struct value_layout *v = find(t, kinds, n);

	if (v != NULL || t->n_layouts == VALUE_LAYOUT_MAX || n > UINT16_MAX)
		return v;
	v = calloc(1, sizeof(*v) + n * each);
	if (v == NULL)
		return NULL;
	*bytes += sizeof(*v) + n * each;
	v->n = n;
	v->kinds = (uint32_t *)(v + 1);
	v->low = v->kinds + n;
	v->more = v->low + n;
	v->strings = (uint16_t *)(v->more + n);
	v->nested = v->strings + n;
	for (uint32_t i = 0; i < n; i++) {
		const uint32_t type = kinds[i] & KIND_TYPE;
		const bool empty = (kinds[i] & KIND_EMPTY) != 0;
		const bool fixed = (kinds[i] & KIND_SIZE) != 0;
		v->kinds[i] = kinds[i];
		/* The bounds of the descriptors of this kind, except those of
		 * blank strings. */
		v->low[i] = empty ? type : fixed ? kinds[i] : type | 1;
		v->more[i] = BOUNDS_MORE(empty || fixed ? 0 : KIND_SIZE - 1);
		if (!empty && is_string(type >> 16))
			v->strings[v->n_strings++] = (uint16_t)i;
		if (!empty && type >> 16 == VALUE_BINXML)
			v->nested[v->n_nested++] = (uint16_t)i;
	}
	v->next = t->layouts;
	t->layouts = v;
	t->n_layouts++;
	return v;
}
