/* SPDX-License-Identifier: Apache-2.0 */
#include "vals.h"
#include "value.h"

void
vals_reset(struct vals *v)
{
	v->n = 0;
	buf_reset(&v->bytes);
}

struct vals_one *
vals_begin(struct vals *v, uint8_t type)
{
	if (v->n == VALS_MAX)
		buf_die(2, "more than %d values in an event", VALS_MAX);
	struct vals_one *const one = &v->one[v->n++];
	*one = (struct vals_one){ .type = type, .at = v->bytes.n };
	return one;
}

void
vals_end(struct vals *v)
{
	struct vals_one *const one = &v->one[v->n - 1];
	const size_t n = v->bytes.n - one->at;

	if (n > UINT16_MAX)
		buf_die(2, "value of %zu bytes: the most is 65535", n);
	one->size = (uint16_t)n;
}

void
vals_add(struct vals *v, uint8_t type, const void *bytes, size_t n)
{
	(void)vals_begin(v, type);
	buf_put(&v->bytes, bytes, n);
	vals_end(v);
}

void
vals_number(struct vals *v, uint8_t type, uint64_t number)
{
	const size_t width = value_width(type);
	uint8_t le[8];

	for (size_t i = 0; i < width; i++)
		le[i] = (uint8_t)(number >> (8 * i));
	vals_add(v, type, le, width);
}

void
vals_null(struct vals *v, size_t count)
{
	for (size_t i = 0; i < count; i++)
		vals_add(v, VALUE_NULL, NULL, 0);
}
