/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs of 64-bit numbers, found by the first: a hash table in pages
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

/* The file goes below dirfd or, if that is -1, into `dir`, which is borrowed.
 */
enum rc multimap_create(
    struct multimap **mp, int dirfd, struct scratch *scratch, struct err *e);
void multimap_destroy(struct multimap *m); /* takes NULL */

/* Add a pair unless it is there; *there: it is. The value is not 0. */
enum rc multimap_add(struct multimap *m, uint64_t key, uint64_t value,
    bool *there, struct err *e);

/* The values of a key, one after the other: start with *at = 0. *value is 0
 * behind the last. Nothing may be added meanwhile. */
enum rc multimap_next(struct multimap *m, uint64_t key, uint64_t *at,
    uint64_t *value, struct err *e);

#endif
