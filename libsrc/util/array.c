/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "util/array.h"

#define FIRST_ITEMS ((size_t)16)

void *
array_grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	const size_t more = *cap == 0 ? FIRST_ITEMS : *cap * 2;
	void *const grown = realloc(items, more * size);
	if (grown != NULL)
		*cap = more;
	return grown;
}
