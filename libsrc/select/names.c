/* SPDX-License-Identifier: Apache-2.0 */
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "select/names.h"
#include "util/num.h"

bool
names_take(const struct names *globs, const char *name)
{
	bool wanted = false;
	bool asked = false;

	for (size_t i = 0; i < globs->n; i++) {
		const char *const glob = globs->texts[i];
		const bool away = glob[0] == '!';
		const bool fits =
		    fnmatch(glob + (away ? 1 : 0), name, FNM_CASEFOLD) == 0;
		if (away && fits)
			return false;
		asked = asked || !away;
		wanted = wanted || (!away && fits);
	}
	return wanted || !asked;
}

/* The standard levels (winmeta.xml of the Windows SDK). */
static const char *const level_names[] = { "logalways", "critical", "error",
	"warning", "information", "verbose" };

static bool
read_level(struct span word, uint64_t *level)
{
	const size_t n = sizeof(level_names) / sizeof(*level_names);

	for (size_t i = 0; i < n; i++) {
		*level = i;
		if (word.n == strlen(level_names[i]) &&
		    strncasecmp((const char *)word.p, level_names[i], word.n) ==
			0)
			return true;
	}
	return num_parse_u64(word, level) && *level <= NAMES_LEVEL_MAX;
}

static bool
read_range(struct span word, uint64_t *first, uint64_t *last)
{
	const uint8_t *const dash =
	    word.n == 0 ? NULL : memchr(word.p, '-', word.n);

	if (dash == NULL) {
		const bool ok = read_level(word, first);
		*last = *first;
		return ok;
	}
	const size_t n = (size_t)(dash - word.p);
	return read_level(span_of(word.p, n), first) &&
	       read_level(span_of(dash + 1, word.n - n - 1), last) &&
	       *first <= *last;
}

struct level_lists {
	struct names_levels taken;
	struct names_levels away;
	bool asked;
};

static enum rc
read_word(struct level_lists *l, struct span word, struct err *e)
{
	const bool away = word.n > 0 && word.p[0] == '!';
	const struct span range = away ? span_of(word.p + 1, word.n - 1) : word;
	struct names_levels *const to = away ? &l->away : &l->taken;
	uint64_t first = 0;
	uint64_t last = 0;

	if (!read_range(range, &first, &last))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "\"%.*s\" is no level: numbers from 0 to 255, ranges, "
		    "critical, error, warning, information, verbose",
		    word.n > 60 ? 60 : (int)word.n, (const char *)word.p);
	l->asked = l->asked || !away;
	for (uint64_t i = first; i <= last; i++)
		to->bits[i / 64] |= UINT64_C(1) << i % 64;
	return RC_OK;
}

static enum rc
read_list(struct level_lists *l, struct span list, struct err *e)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && list.p != NULL)
		rc = read_word(l, span_next(&list, ','), e);
	return rc;
}

enum rc
names_levels_read(
    struct names_levels *levels, const struct names *lists, struct err *e)
{
	const size_t n = sizeof(levels->bits) / sizeof(*levels->bits);
	struct level_lists l;
	enum rc rc = RC_OK;

	memset(&l, 0, sizeof(l));
	for (size_t i = 0; i < lists->n && rc == RC_OK; i++)
		rc = read_list(&l, span_str(lists->texts[i]), e);
	for (size_t i = 0; i < n; i++)
		levels->bits[i] =
		    (l.asked ? l.taken.bits[i] : UINT64_MAX) & ~l.away.bits[i];
	return rc;
}
