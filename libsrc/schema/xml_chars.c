/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/xml_chars.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define REPLACEMENT_N 3U

/* The bytes of a character that XML does not have at the start of s, or 0. JSON
 * escapes only those control characters that have no letter as \u. */
static size_t
bad_bytes(struct span s)
{
	if (s.n >= 2 && s.p[0] == '\\') {
		if (s.p[1] == 'u')
			return s.n < 6 ? s.n : 6;
		return s.p[1] == 'b' || s.p[1] == 'f' ? 2 : 0;
	}
	if (s.n >= 3 && s.p[0] == 0xef && s.p[1] == 0xbf && s.p[2] >= 0xbe)
		return 3;
	return 0;
}

/* The bytes of a good character, or of one byte of it. */
static size_t
good_bytes(struct span s)
{
	return s.p[0] == '\\' && s.n >= 2 ? 2 : 1;
}

bool
xml_chars_is_clean(struct span json)
{
	while (json.n != 0) {
		if (bad_bytes(json) != 0)
			return false;
		const size_t n = good_bytes(json);
		json = span_of(json.p + n, json.n - n);
	}
	return true;
}

/* A replacement is one byte longer than \b and \f. */
static size_t
growth(struct span json)
{
	size_t more = 0;

	while (json.n != 0) {
		const size_t bad = bad_bytes(json);
		const size_t n = bad != 0 ? bad : good_bytes(json);
		more += bad == 2 ? 1 : 0;
		json = span_of(json.p + n, json.n - n);
	}
	return more;
}

void
xml_chars_mend(struct buf *out, size_t start)
{
	const size_t n = out->n - start;
	const size_t more = growth(span_of(out->p + start, n));

	if (buf_room(out, more) == NULL)
		return;
	/* The text moves up by all that it grows, so that what is written never
	 * reaches what is read. */
	uint8_t *w = out->p + start;
	struct span rest = span_of(w + more, n);
	memmove(w + more, w, n);
	while (rest.n != 0) {
		const size_t bad = bad_bytes(rest);
		const size_t from = bad != 0 ? bad : good_bytes(rest);
		const size_t to = bad != 0 ? REPLACEMENT_N : from;
		memmove(
		    w, bad != 0 ? (const uint8_t *)REPLACEMENT : rest.p, to);
		w += to;
		rest = span_of(rest.p + from, rest.n - from);
	}
	out->n = (size_t)(w - out->p);
}
