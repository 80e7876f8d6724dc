/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "load/refusal_text.h"
#include "util/span.h"

/* Returns the next word without a digit; an empty span at the end of the text.
 */
static struct span
next_plain_word(const char **p)
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
refusal_text_equal(const char *a, const char *b)
{
	struct span x;
	struct span y;

	do {
		x = next_plain_word(&a);
		y = next_plain_word(&b);
		if (!span_eq(x, y))
			return false;
	} while (x.n > 0);
	return true;
}
