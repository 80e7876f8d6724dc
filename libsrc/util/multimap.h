/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from 64-bit keys to 64-bit values; a key may have several values. It is
 * a hash table in a paged file (util/pages.h), so memory does not grow with the
 * number of pairs.
 */
#ifndef UTIL_MULTIMAP_H
#define UTIL_MULTIMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct scratch;
struct multimap;

/* Create an empty map. Its file is in the folder dirfd or, if that is -1, in
 * the scratch folder. `scratch` is borrowed. */
enum rc multimap_create(
    struct multimap **mp, int dirfd, struct scratch *scratch, struct err *e);
void multimap_destroy(struct multimap *m); /* m may be NULL */

/* Add a pair. *there is true if the pair existed already; then it is not added
 * again. The value must not be 0. */
enum rc multimap_add(struct multimap *m, uint64_t key, uint64_t value,
    bool *there, struct err *e);

/* Read the next value of a key. *at must be 0 for the first call; *value is 0
 * after the last value. No pairs may be added between the calls. */
enum rc multimap_next(struct multimap *m, uint64_t key, uint64_t *at,
    uint64_t *value, struct err *e);

#endif
