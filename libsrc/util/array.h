/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays that grow by one item at a time.
 */
#ifndef UTIL_ARRAY_H
#define UTIL_ARRAY_H

#include <stddef.h>

/* Make room for one more item of `size` bytes in an array of n items. Returns
 * the array, which may have moved, and updates *cap, the number of items that
 * fit. If memory is exhausted: NULL, and the array is unchanged. */
void *array_grow(void *items, size_t n, size_t *cap, size_t size);

#endif
