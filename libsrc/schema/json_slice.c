/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/json_slice.h"

/* --- taking apart -------------------------------------------------------- */

/* Where the character at `at` ends: an escape is one character. */
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

/* Where the text that starts behind the quote at `at` ends: behind its other
 * quote. */
static size_t
text_end(struct span s, size_t at)
{
	for (at++; s.p[at] != '"'; at++)
		at += s.p[at] == '\\';
	return at + 1;
}

static bool
is_open(uint8_t c)
{
	return c == '{' || c == '[';
}

static bool
is_close(uint8_t c)
{
	return c == '}' || c == ']';
}

static size_t
nested_end(struct span s)
{
	unsigned depth = 0;
	size_t at = 0;

	do {
		const uint8_t c = s.p[at];
		depth += is_open(c);
		depth -= is_close(c);
		at = c == '"' ? text_end(s, at) : at + 1;
	} while (depth > 0);
	return at;
}

struct span
json_slice_value(struct span s)
{
	size_t at = 0;

	if (s.p[0] == '"')
		return span_of(s.p, text_end(s, 0));
	if (is_open(s.p[0]))
		return span_of(s.p, nested_end(s));
	while (at < s.n && s.p[at] != ',' && !is_close(s.p[at]))
		at++;
	return span_of(s.p, at);
}

struct span
json_slice_inside(struct span value)
{
	return span_of(value.p + 1, value.n - 2);
}

static struct span
behind(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

bool
json_slice_next(struct span *inside, struct json_slice_item *item)
{
	struct span s = *inside;

	if (s.n == 0)
		return false;
	if (s.p[0] == ',')
		s = behind(s, 1);
	item->all = s;
	item->name = span_of(NULL, 0);
	item->value = json_slice_value(s);
	if (item->value.n < s.n && s.p[item->value.n] == ':') {
		item->name = json_slice_inside(item->value);
		s = behind(s, item->value.n + 1);
		item->value = json_slice_value(s);
	}
	*inside = behind(s, item->value.n);
	item->all.n = (size_t)(inside->p - item->all.p);
	return true;
}

/* --- cutting ------------------------------------------------------------- */

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

/* The same with a maximum of bytes as they stand. */
static size_t
part_as_written(struct span text, size_t max)
{
	size_t at = 0;

	for (size_t end = 0; at < text.n; at = end) {
		end = char_end(text, at);
		if (end > max)
			return at;
	}
	return at;
}

static void
put_quoted(struct buf *out, struct span text)
{
	buf_byte(out, '"');
	buf_put(out, text);
	buf_byte(out, '"');
}

static void
cut_text(struct span value, size_t room, struct buf *first, struct buf *left)
{
	const struct span text = json_slice_inside(value);
	const size_t n = room < 3 ? 0 : part_as_written(text, room - 2);

	if (n != 0)
		put_quoted(first, span_of(text.p, n));
	if (n != text.n)
		put_quoted(left, behind(text, n));
}

void
json_slice_split_item(const struct json_slice_item *item, size_t room,
    struct buf *first, struct buf *left)
{
	const size_t head = item->all.n - item->value.n;
	const size_t before = first->n;

	if (item->all.n <= room) {
		buf_put(first, item->all);
		return;
	}
	buf_put(first, span_of(item->all.p, head));
	buf_put(left, span_of(item->all.p, head));
	if (room > head)
		json_slice_split(item->value, room - head, first, left);
	else
		buf_put(left, item->value);
	if (first->n == before + head)
		buf_cut(first, before);
}

static void
cut_nested(struct span value, size_t room, struct buf *first, struct buf *left)
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
		buf_byte(left, value.p[0]);
		json_slice_split_item(
		    &item, used < room ? room - used : 0, first, left);
		buf_put(left, rest);
		buf_byte(left, value.p[value.n - 1]);
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
json_slice_split(
    struct span value, size_t room, struct buf *first, struct buf *left)
{
	if (value.n <= room)
		buf_put(first, value);
	else if (value.p[0] == '"')
		cut_text(value, room, first, left);
	else if (is_open(value.p[0]))
		cut_nested(value, room, first, left);
	else
		buf_put(left, value);
}

/* --- reading ------------------------------------------------------------- */

static uint8_t
hex_digit(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Of the four digits of a control character: nothing else is written so. */
static uint8_t
control(const uint8_t *digits)
{
	return (uint8_t)(hex_digit(digits[2]) << 4 | hex_digit(digits[3]));
}

void
json_slice_unescape(struct buf *out, struct span text)
{
	static const char escapes[] = "bfnrt";
	static const char plain[] = "\b\f\n\r\t";

	for (size_t at = 0; at < text.n; at = char_end(text, at)) {
		const uint8_t c = text.p[at + (text.p[at] == '\\' ? 1 : 0)];
		const char *const e = strchr(escapes, c);
		if (text.p[at] != '\\')
			buf_put(
			    out, span_of(text.p + at, char_end(text, at) - at));
		else if (c == 'u')
			buf_byte(out, control(text.p + at + 2));
		else
			buf_byte(
			    out, e == NULL ? c : (uint8_t)plain[e - escapes]);
	}
}
