/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/nearest.h"

#define WORD_MAX 32

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Edit distance with swaps of neighbours (optimal string alignment). Three rows
 * of the table are enough: the current one and the two before. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1];
	const size_t n = strlen(b);

	for (unsigned k = 0; k <= n; k++)
		rows[0][k] = k;
	for (size_t i = 1; i <= strlen(a); i++) {
		unsigned *const now = rows[i % 3];
		const unsigned *const last = rows[(i + 2) % 3];
		const unsigned *const before = rows[(i + 1) % 3];
		now[0] = (unsigned)i;
		for (size_t k = 1; k <= n; k++) {
			const int x = tolower((unsigned char)a[i - 1]);
			const int y = tolower((unsigned char)b[k - 1]);
			now[k] = least(least(last[k], now[k - 1]) + 1,
			    last[k - 1] + (x != y));
			if (i > 1 && k > 1 &&
			    x == tolower((unsigned char)b[k - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				now[k] = least(now[k], before[k - 2] + 1);
		}
	}
	return rows[strlen(a) % 3][n];
}

const char *
nearest_word(const char *word, const char *const *names)
{
	const size_t n = strlen(word);
	unsigned best = n <= 3 ? 2 : 3;
	unsigned with_prefix = 0;
	const char *found = NULL;

	if (n < 2 || n > WORD_MAX)
		return NULL;
	for (const char *const *name = names; *name != NULL; name++) {
		if (strncasecmp(*name, word, n) == 0) {
			found = *name;
			with_prefix++;
		}
	}
	if (with_prefix == 1)
		return found;
	found = NULL;
	for (; *names != NULL; names++) {
		if (strlen(*names) > WORD_MAX)
			continue;
		const unsigned d = distance(word, *names);
		if (d < best) {
			best = d;
			found = *names;
		}
	}
	return found;
}

const char *
nearest_hint(
    char hint[NEAREST_HINT], const char *word, const char *const *names)
{
	const char *const dashes = strncmp(word, "--", 2) == 0 ? "--" : "";
	char name[WORD_MAX + 2];

	word += strlen(dashes);
	/* A word that is truncated here is too long to resemble a name. */
	(void)snprintf(name, sizeof(name), "%.*s",
	    dashes[0] == '\0' ? (int)strlen(word) : (int)strcspn(word, "="),
	    word);
	/* An option of one letter, such as -x, gets no hint. */
	const char *const near =
	    word[0] == '-' ? NULL : nearest_word(name, names);
	if (near == NULL)
		hint[0] = '\0';
	else
		(void)snprintf(
		    hint, NEAREST_HINT, " (did you mean %s%s?)", dashes, near);
	return hint;
}
