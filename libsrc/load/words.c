/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "load/words.h"
#include "util/span.h"

/* The next word of a text that has no digit: ids, times and numbers of records
 * differ from answer to answer. */
static struct span
next_word(const char **p)
{
	for (;;) {
		*p += strspn(*p, " ");
		const char *const word = *p;
		const size_t n = strcspn(word, " ");
		*p += n;
		size_t digits = 0;
		for (size_t i = 0; i < n; i++)
			digits += isdigit((unsigned char)word[i]) != 0;
		if (digits == 0)
			return span_of(word, n);
	}
}

bool
words_same(const char *a, const char *b)
{
	struct span x;
	struct span y;

	do {
		x = next_word(&a);
		y = next_word(&b);
		if (!span_eq(x, y))
			return false;
	} while (x.n > 0);
	return true;
}
