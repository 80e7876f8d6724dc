/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "select/names.h"
#include "util/num.h"

bool
names_match(const struct names *globs, const char *name)
{
	bool included = false;
	bool only_exclusions = true;

	for (size_t i = 0; i < globs->n; i++) {
		const char *const glob = globs->texts[i];
		const bool excludes = glob[0] == '!';
		const bool matches =
		    fnmatch(glob + (excludes ? 1 : 0), name, FNM_CASEFOLD) == 0;
		if (excludes && matches)
			return false;
		only_exclusions = only_exclusions && excludes;
		included = included || (!excludes && matches);
	}
	return included || only_exclusions;
}

/* Read a level, which is a number or a name (winmeta.xml of the Windows SDK).
 */
static bool
parse_level(struct span word, uint64_t *level)
{
	static const char *const names[] = { "logalways", "critical", "error",
		"warning", "information", "verbose" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		*level = i;
		if (word.n == strlen(names[i]) &&
		    strncasecmp((const char *)word.p, names[i], word.n) == 0)
			return true;
	}
	return num_parse_u64(word, level) && *level <= NAMES_LEVEL_MAX;
}

/* Add a level, or a range such as 1-3, to the included levels or, if it starts
 * with "!", to the excluded levels. */
static enum rc
parse_word(struct names_levels *included, struct names_levels *excluded,
    bool *only_exclusions, struct span word, struct err *e)
{
	const bool excludes = word.n > 0 && word.p[0] == '!';
	struct span low = excludes ? span_skip(word, 1) : word;
	struct span high = low;
	struct names_levels *const to = excludes ? excluded : included;
	const uint8_t *const dash =
	    low.n == 0 ? NULL : memchr(low.p, '-', low.n);
	uint64_t first = 0;
	uint64_t last = 0;

	if (dash != NULL) {
		high = span_of(dash + 1, low.n - (size_t)(dash - low.p) - 1);
		low.n = (size_t)(dash - low.p);
	}
	if (!parse_level(low, &first) || !parse_level(high, &last) ||
	    first > last)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "\"%.*s\" is not a level: use numbers from 0 to 255, "
		    "ranges, critical, error, warning, information, verbose",
		    word.n > 60 ? 60 : (int)word.n, (const char *)word.p);
	*only_exclusions = *only_exclusions && excludes;
	for (uint64_t i = first; i <= last; i++)
		to->bits[i / 64] |= UINT64_C(1) << i % 64;
	return RC_OK;
}

enum rc
names_levels_read(
    struct names_levels *levels, const struct names *lists, struct err *e)
{
	const size_t n = sizeof(levels->bits) / sizeof(*levels->bits);
	struct names_levels included = { { 0 } };
	struct names_levels excluded = { { 0 } };
	bool only_exclusions = true;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < lists->n; i++) {
		struct span list = span_str(lists->texts[i]);
		while (rc == RC_OK && list.p != NULL)
			rc = parse_word(&included, &excluded, &only_exclusions,
			    span_next(&list, ','), e);
	}
	for (size_t i = 0; i < n; i++)
		levels->bits[i] =
		    (only_exclusions ? UINT64_MAX : included.bits[i]) &
		    ~excluded.bits[i];
	return rc;
}
