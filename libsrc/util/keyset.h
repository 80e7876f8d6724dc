/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of digests of 16 bytes, in open addressing: a digest is a random number
 * already. 32 to 64 bytes for each; while it grows, half as much again.
 */
#ifndef UTIL_KEYSET_H
#define UTIL_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

#define KEYSET_MAX (UINT64_C(1) << 28) /* keys */

struct keyset_key {
	uint64_t word[2]; /* not both 0 */
};

struct keyset {
	struct keyset_key *slots;
	size_t cap; /* a power of 2, or 0 */
	size_t n;
};

void keyset_free(struct keyset *s);

/* *again: it was there before. RC_FATAL: WHY_LIMIT, WHY_MEMORY. */
enum rc keyset_add(
    struct keyset *s, const struct keyset_key *key, bool *again, struct err *e);

#endif
