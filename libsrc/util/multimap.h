/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of 64-bit numbers, found by the first: a hash table in a paged file
 * (util/pages.h), so that memory does not grow with the pairs. A key may have
 * several values.
 */
#ifndef UTIL_MULTIMAP_H
#define UTIL_MULTIMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct scratch;
struct multimap;

/* The file is in the folder dirfd or, if that is -1, in the scratch folder,
 * which is borrowed. */
enum rc multimap_create(
    struct multimap **mp, int dirfd, struct scratch *scratch, struct err *e);
void multimap_destroy(struct multimap *m); /* takes NULL */

/* Add a pair, or set *there if it exists. The value must not be 0. */
enum rc multimap_add(struct multimap *m, uint64_t key, uint64_t value,
    bool *there, struct err *e);

/* Iterate over the values of a key: start with *at = 0; *value is 0 after the
 * last. Nothing may be added meanwhile. */
enum rc multimap_next(struct multimap *m, uint64_t key, uint64_t *at,
    uint64_t *value, struct err *e);

#endif
