/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Criteria given as lists of words: globs of names, and levels. A word that
 * starts with ! takes away; with such words alone, all the rest is taken.
 */
#ifndef SELECT_NAMES_H
#define SELECT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/* Texts as they were given, borrowed. */
struct names {
	const char **texts;
	size_t n;
};

/* Whether the list of globs takes a name; case plays no part. An empty list
 * takes all. */
bool names_take(const struct names *globs, const char *name);

#define NAMES_LEVEL_MAX 255U

struct names_levels {
	uint64_t bits[(NAMES_LEVEL_MAX + 1) / 64];
};

/* Lists like 1-3,warning,!4: numbers, ranges, and critical, error, warning,
 * information, verbose. RC_FATAL with WHY_USAGE names the word. */
enum rc names_levels_read(
    struct names_levels *levels, const struct names *lists, struct err *e);

static inline bool
names_has_level(const struct names_levels *l, uint64_t level)
{
	return level <= NAMES_LEVEL_MAX &&
	       (l->bits[level / 64] >> level % 64 & 1) != 0;
}

#endif
