/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of glob patterns for names, and lists of levels, as the user gave them.
 * An item that starts with "!" excludes; a list of exclusions alone matches
 * everything else.
 */
#ifndef SELECT_NAMES_H
#define SELECT_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/* The items of a list; the strings are borrowed. */
struct names {
	const char **texts;
	size_t n;
};

/* True if the name matches the list of patterns, ignoring case. An empty list
 * matches every name. */
bool names_match(const struct names *globs, const char *name);

#define NAMES_LEVEL_MAX 255U

struct names_levels {
	uint64_t bits[(NAMES_LEVEL_MAX + 1) / 64];
};

/* Read lists such as 1-3,warning,!4: numbers, ranges, and the names critical,
 * error, warning, information, verbose. RC_FATAL with WHY_USAGE names the item
 * that is none of these. */
enum rc names_levels_read(
    struct names_levels *levels, const struct names *lists, struct err *e);

static inline bool
names_has_level(const struct names_levels *l, uint64_t level)
{
	return level <= NAMES_LEVEL_MAX &&
	       (l->bits[level / 64] >> level % 64 & 1) != 0;
}

#endif
