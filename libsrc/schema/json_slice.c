/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/json_slice.h"

/* --- reading ------------------------------------------------------------- */

/* Returns the offset after the character at `at`; an escape is one character.
 */
static size_t
char_end(struct span s, size_t at)
{
	const uint8_t c = s.p[at];

	if (c == '\\')
		return at + (s.p[at + 1] == 'u' ? 6 : 2);
	if (c < 0xc0)
		return at + 1;
	return at + (c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4);
}

/* Returns the first value of s with its quotes or brackets. */
static struct span
first_value(struct span s)
{
	unsigned depth = 0;
	size_t at = 0;

	do {
		const uint8_t c = s.p[at];
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		if (c == '"') {
			for (at++; s.p[at] != '"'; at++)
				at += s.p[at] == '\\';
		}
		at++;
	} while (depth > 0);
	/* A number or a word extends to the next separator. */
	if (s.p[0] != '"' && s.p[0] != '{' && s.p[0] != '[') {
		while (at < s.n && s.p[at] != ',' && s.p[at] != '}' &&
		       s.p[at] != ']')
			at++;
	}
	return span_of(s.p, at);
}

struct span
json_slice_inside(struct span value)
{
	return span_of(value.p + 1, value.n - 2);
}

bool
json_slice_next(struct span *inside, struct json_slice_item *item)
{
	struct span s = *inside;

	if (s.n == 0)
		return false;
	if (s.p[0] == ',')
		s = span_skip(s, 1);
	item->all = s;
	item->name = span_of(NULL, 0);
	item->value = first_value(s);
	if (item->value.n < s.n && s.p[item->value.n] == ':') {
		item->name = json_slice_inside(item->value);
		s = span_skip(s, item->value.n + 1);
		item->value = first_value(s);
	}
	*inside = span_skip(s, item->value.n);
	item->all.n = (size_t)(inside->p - item->all.p);
	return true;
}

static uint8_t
hex_digit(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

void
json_slice_unescape(struct buf *out, struct span text)
{
	static const char escapes[] = "bfnrt";
	static const char meanings[] = "\b\f\n\r\t";
	size_t end;

	for (size_t at = 0; at < text.n; at = end) {
		end = char_end(text, at);
		if (text.p[at] != '\\') {
			buf_put(out, span_of(text.p + at, end - at));
			continue;
		}
		const uint8_t *const c = text.p + at + 1;
		const char *const e = strchr(escapes, *c);
		/* Only control characters are written as \u00XX. */
		if (*c == 'u')
			buf_byte(out,
			    (uint8_t)(hex_digit(c[3]) << 4 | hex_digit(c[4])));
		else
			buf_byte(out,
			    e == NULL ? *c : (uint8_t)meanings[e - escapes]);
	}
}

/* --- splitting ----------------------------------------------------------- */

size_t
json_slice_prefix(struct span text, size_t max)
{
	size_t bytes = 0;
	size_t at = 0;

	while (at < text.n) {
		const size_t end = char_end(text, at);
		bytes += text.p[at] == '\\' ? 1 : end - at;
		if (bytes > max)
			return at;
		at = end;
	}
	return at;
}

void
json_slice_put(struct buf *out, struct span text)
{
	buf_byte(out, '"');
	buf_put(out, text);
	buf_byte(out, '"');
}

/* Split a list or an object: whole items first, then the item that does not fit
 * is split. */
static void
split_nested(
    struct span value, size_t room, struct buf *first, struct buf *remaining)
{
	const size_t start = first->n;
	struct span rest = json_slice_inside(value);
	struct json_slice_item item;
	bool fits = true;

	buf_byte(first, value.p[0]);
	while (fits && json_slice_next(&rest, &item)) {
		const size_t used = first->n - start + 2;
		fits = used < room && item.all.n <= room - used;
		if (first->n != start + 1)
			buf_byte(first, ',');
		if (fits)
			buf_put(first, item.all);
	}
	if (!fits) {
		const size_t used = first->n - start + 2;
		buf_byte(remaining, value.p[0]);
		json_slice_split(
		    &item, used < room ? room - used : 0, first, remaining);
		buf_put(remaining, rest);
		buf_byte(remaining, value.p[value.n - 1]);
	}
	if (first->full)
		return;
	if (first->p[first->n - 1] == ',')
		buf_cut(first, first->n - 1);
	if (first->n == start + 1 && !fits)
		buf_cut(first, start);
	else
		buf_byte(first, value.p[value.n - 1]);
}

void
json_slice_split(const struct json_slice_item *item, size_t room,
    struct buf *first, struct buf *remaining)
{
	const struct span value = item->value;
	/* Length of the name with its colon. */
	const size_t name = item->all.n - value.n;
	const size_t before = first->n;

	if (item->all.n <= room) {
		buf_put(first, item->all);
		return;
	}
	buf_put(first, span_of(item->all.p, name));
	buf_put(remaining, span_of(item->all.p, name));
	room = room > name ? room - name : 0;
	if (room != 0 && value.p[0] == '"') {
		const struct span text = json_slice_inside(value);
		size_t n = 0;
		/* Here escapes count with their length in JSON. */
		while (n < text.n && char_end(text, n) + 2 <= room)
			n = char_end(text, n);
		if (n != 0)
			json_slice_put(first, span_of(text.p, n));
		if (n != text.n)
			json_slice_put(remaining, span_skip(text, n));
	} else if (room != 0 && (value.p[0] == '{' || value.p[0] == '[')) {
		split_nested(value, room, first, remaining);
	} else {
		buf_put(remaining, value);
	}
	if (first->n == before + name)
		buf_cut(first, before);
}
