/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/xml_chars.h"

/* Set *n to the length in bytes of the first character of s, or of a part of
 * it; true if XML does not allow the character. In JSON, control characters are
 * \b, \f or \u00XX, except for \n, \r and \t, which XML allows. */
static bool
is_invalid(struct span s, size_t *n)
{
	*n = 1;
	if (s.n >= 2 && s.p[0] == '\\') {
		*n = s.p[1] != 'u' ? 2 : s.n < 6 ? s.n : 6;
		return s.p[1] == 'u' || s.p[1] == 'b' || s.p[1] == 'f';
	}
	if (s.n < 3 || s.p[0] != 0xef || s.p[1] != 0xbf || s.p[2] < 0xbe)
		return false;
	*n = 3;
	return true;
}

bool
xml_chars_are_valid(struct span json)
{
	size_t n;

	while (json.n != 0) {
		if (is_invalid(json, &n))
			return false;
		json = span_skip(json, n);
	}
	return true;
}

void
xml_chars_mend(struct buf *out, size_t start)
{
	static const struct span replacement = {
		(const uint8_t *)"\xef\xbf\xbd", 3
	};
	struct span rest = span_skip(buf_span(out), start);
	size_t more = 0;
	size_t n;

	/* The replacement is one byte longer than \b and \f. */
	for (; rest.n != 0; rest = span_skip(rest, n))
		more += is_invalid(rest, &n) && n == 2;
	if (buf_room(out, more) == NULL)
		return;
	/* Move the text up by all bytes that are added, so that writing never
	 * overtakes reading. */
	uint8_t *w = out->p + start;
	rest = span_of(w + more, out->n - start);
	memmove(w + more, w, rest.n);
	for (; rest.n != 0; rest = span_skip(rest, n)) {
		const struct span to =
		    is_invalid(rest, &n) ? replacement : span_of(rest.p, n);
		memmove(w, to.p, to.n);
		w += to.n;
	}
	out->n = (size_t)(w - out->p);
}
