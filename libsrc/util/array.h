/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arrays that grow by one item at a time.
 */
#ifndef UTIL_ARRAY_H
#define UTIL_ARRAY_H

#include <stddef.h>

/* Room for one item of `size` bytes after the n that an array has: returns the
 * array, which may have moved, or NULL without memory, and then the array is as
 * before. */
void *array_grow(void *items, size_t n, size_t *cap, size_t size);

#endif
