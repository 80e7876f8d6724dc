/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "sink/json_line.h"
#include "util/le.h"

/* --- scalars ------------------------------------------------------------- */

/* Functions named *_end return the position after the value that begins at p,
 * or NULL if there is no such value. */

static const uint8_t *
skip_blanks(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

#define EACH_BYTE 0x0101010101010101U

/* Returns the high bit of each byte of x that is zero; higher bytes may be
 * marked although they are not zero. */
static uint64_t
zeros(uint64_t x)
{
	return (x - EACH_BYTE) & ~x & (EACH_BYTE << 7);
}

/* Returns the position of the first quote, backslash or control character;
 * `end` if there is none. */
static const uint8_t *
find_special(const uint8_t *p, const uint8_t *end)
{
	for (; end - p >= 8; p += 8) {
		const uint64_t x = le_u64(p);
		const uint64_t found = zeros(x ^ (EACH_BYTE * '"')) |
				       zeros(x ^ (EACH_BYTE * '\\')) |
				       zeros(x & (EACH_BYTE * 0xe0));
		if (found != 0)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < end && *p >= 0x20 && *p != '"' && *p != '\\')
		p++;
	return p;
}

/* Returns the UTF-16 code unit of an escape \uXXXX with its u at p; -1 if the
 * escape is not valid. */
static int32_t
code_unit(const uint8_t *p, const uint8_t *end)
{
	int32_t unit = 0;

	if (end - p < 5 || *p != 'u')
		return -1;
	for (size_t i = 1; i < 5; i++) {
		const uint8_t lower = p[i] | 0x20;
		if (p[i] >= '0' && p[i] <= '9')
			unit = unit * 16 + p[i] - '0';
		else if (lower >= 'a' && lower <= 'f')
			unit = unit * 16 + lower - 'a' + 10;
		else
			return -1;
	}
	return unit;
}

/* p is the position after the opening quote. *escaped becomes true if the
 * string has escapes. */
static const uint8_t *
string_end(const uint8_t *p, const uint8_t *end, bool *escaped)
{
	*escaped = false;
	for (;;) {
		p = find_special(p, end);
		if (p == end || *p < 0x20)
			return NULL;
		if (*p == '"')
			return p + 1;
		*escaped = true;
		if (++p == end)
			return NULL;
		if (*p == 'u') {
			if (code_unit(p, end) < 0)
				return NULL;
			p += 5;
		} else if (*p != 0 && strchr("\"\\/bfnrt", *p) != NULL) {
			p++;
		} else {
			return NULL;
		}
	}
}

static const uint8_t *
digits_end(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *const from = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p == from ? NULL : p;
}

static const uint8_t *
number_end(const uint8_t *p, const uint8_t *end)
{
	if (p < end && *p == '-')
		p++;
	const uint8_t *const first = p;
	p = digits_end(p, end);
	if (p == NULL || (*first == '0' && p - first > 1))
		return NULL;
	if (p < end && *p == '.')
		p = digits_end(p + 1, end);
	if (p == NULL || p == end || (*p | 0x20) != 'e')
		return p;
	p++;
	if (p < end && (*p == '+' || *p == '-'))
		p++;
	return digits_end(p, end);
}

static const uint8_t *
literal_end(const uint8_t *p, const uint8_t *end, struct span literal)
{
	return span_starts(span_of(p, (size_t)(end - p)), literal)
		   ? p + literal.n
		   : NULL;
}

/* *escaped becomes true if the scalar is a string with escapes. */
static const uint8_t *
scalar_end(const uint8_t *p, const uint8_t *end, enum json_member_kind *kind,
    bool *escaped)
{
	*escaped = false;
	if (p == end)
		return NULL;
	switch (*p) {
	case '"':
		*kind = JSON_MEMBER_TEXT;
		return string_end(p + 1, end, escaped);
	case 'n':
		*kind = JSON_MEMBER_NULL;
		return literal_end(p, end, SPAN("null"));
	case 't':
		*kind = JSON_MEMBER_TRUE;
		return literal_end(p, end, SPAN("true"));
	case 'f':
		*kind = JSON_MEMBER_FALSE;
		return literal_end(p, end, SPAN("false"));
	default:
		*kind = JSON_MEMBER_NUMBER;
		return number_end(p, end);
	}
}

/* --- arrays and objects -------------------------------------------------- */

/* The position inside a nested value. */
struct nest {
	const uint8_t *p;
	const uint8_t *end;
	unsigned depth;
	bool first; /* no item followed the opening bracket yet */
	/* A blank or a \u0000 was found in the value: it must be rewritten. */
	bool dirty;
	/* A bit for each level: 1 if it is an object. */
	uint8_t is_object[JSON_LINE_DEPTH / 8 + 1];
};

static bool
open_level(struct nest *n)
{
	const bool object = *n->p == '{';

	/* The line itself is one more level. */
	if (n->depth + 1 == JSON_LINE_DEPTH)
		return false;
	n->depth++;
	uint8_t *const bits = &n->is_object[n->depth / 8];
	*bits = (uint8_t)(*bits & ~(1U << n->depth % 8));
	*bits = (uint8_t)(*bits | (unsigned)object << n->depth % 8);
	n->p++;
	n->first = true;
	return true;
}

static void
skip_nested_blanks(struct nest *n)
{
	const uint8_t *const p = skip_blanks(n->p, n->end);

	n->dirty |= p != n->p;
	n->p = p;
}

static bool
skip_scalar(struct nest *n, bool is_name)
{
	const uint8_t *const from = n->p;
	enum json_member_kind kind;
	bool escaped;

	const uint8_t *const p = scalar_end(from, n->end, &kind, &escaped);
	if (p == NULL || (is_name && kind != JSON_MEMBER_TEXT))
		return false;
	n->dirty |=
	    escaped && memmem(from, (size_t)(p - from), "\\u0000", 6) != NULL;
	n->p = p;
	return true;
}

/* Skip a closing bracket, or the next item and, unless it is the first, the
 * comma before it. False if the syntax is not valid. */
static bool
skip_item(struct nest *n)
{
	const bool object = (n->is_object[n->depth / 8] >> n->depth % 8 & 1);

	if (n->p < n->end && *n->p == (object ? '}' : ']')) {
		n->p++;
		n->depth--;
		n->first = false;
		return true;
	}
	if (!n->first) {
		if (n->p == n->end || *n->p != ',')
			return false;
		n->p++;
		skip_nested_blanks(n);
	}
	if (object) {
		if (!skip_scalar(n, true))
			return false;
		skip_nested_blanks(n);
		if (n->p == n->end || *n->p != ':')
			return false;
		n->p++;
		skip_nested_blanks(n);
	}
	n->first = false;
	if (n->p < n->end && (*n->p == '{' || *n->p == '['))
		return open_level(n);
	return skip_scalar(n, false);
}

static const uint8_t *
nested_end(const uint8_t *p, const uint8_t *end, bool *dirty)
{
	struct nest n = { .p = p, .end = end };

	if (!open_level(&n))
		return NULL;
	while (n.depth > 0) {
		skip_nested_blanks(&n);
		if (!skip_item(&n))
			return NULL;
	}
	*dirty = n.dirty;
	return n.p;
}

/* --- values that differ from the line ------------------------------------ */

static uint8_t *
put_utf8(uint8_t *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (uint8_t)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (uint8_t)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (uint8_t)(0xe0 | c >> 12);
		} else {
			*out++ = (uint8_t)(0xf0 | c >> 18);
			*out++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (uint8_t)(0x80 | (c & 0x3f));
	return out;
}

/* Write the character of the valid escape whose u is at *pp, and skip it. */
static uint8_t *
put_escaped(uint8_t *out, const uint8_t **pp, const uint8_t *end)
{
	static const uint8_t nul[6] = { '\\', 'u', '0', '0', '0', '0' };
	uint32_t c = (uint32_t)code_unit(*pp, end);

	*pp += 5;
	if (c == 0) {
		memcpy(out, nul, sizeof(nul));
		return out + sizeof(nul);
	}
	if (c < 0xd800 || c > 0xdfff)
		return put_utf8(out, c);
	const int32_t low = c < 0xdc00 && end - *pp >= 6 && **pp == '\\'
				? code_unit(*pp + 1, end)
				: -1;
	if (low < 0xdc00 || low > 0xdfff)
		return put_utf8(out, 0xfffd);
	*pp += 6;
	c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
	return put_utf8(out, c);
}

static struct span
end_value(struct buf *room, const uint8_t *from, const uint8_t *to)
{
	room->n += (size_t)(to - from);
	assert(room->n <= room->cap);
	return span_of(from, (size_t)(to - from));
}

/* Returns the text of a valid string, given without its quotes. No escape is
 * shorter than its text, so the room of the line is enough. */
static struct span
unescape(struct buf *room, const uint8_t *p, const uint8_t *end)
{
	static const char letters[] = "bfnrt";
	static const char controls[] = "\b\f\n\r\t";
	uint8_t *const from = room->p + room->n;
	uint8_t *out = from;

	while (p < end) {
		const uint8_t *const slash = find_special(p, end);
		memcpy(out, p, (size_t)(slash - p));
		out += slash - p;
		if (slash == end)
			break;
		p = slash + 1;
		if (*p == 'u') {
			out = put_escaped(out, &p, end);
			continue;
		}
		const char *const letter = strchr(letters, *p);
		*out++ =
		    letter == NULL ? *p : (uint8_t)controls[letter - letters];
		p++;
	}
	return end_value(room, from, out);
}

/* Returns the text of a valid string with its quotes from p to end. */
static struct span
string_value(
    struct json_line *m, const uint8_t *p, const uint8_t *end, bool escaped)
{
	return escaped ? unescape(m->room, p + 1, end - 1)
		       : span_of(p + 1, (size_t)(end - p) - 2);
}

/* Returns a valid array or object without blanks between its tokens, and with a
 * second backslash before each \u0000. */
static struct span
nested_value(struct json_line *m, const uint8_t *p, const uint8_t *end)
{
	uint8_t *const from = m->room->p + m->room->n;
	uint8_t *out = from;
	bool in_string = false;

	while (p < end) {
		if (in_string && *p == '\\') {
			if (code_unit(p + 1, end) == 0)
				*out++ = '\\';
			*out++ = *p++;
			*out++ = *p++;
			continue;
		}
		in_string ^= *p == '"';
		if (in_string || skip_blanks(p, p + 1) == p)
			*out++ = *p;
		p++;
	}
	return end_value(m->room, from, out);
}

/* --- members ------------------------------------------------------------- */

enum rc
json_line_begin(
    struct json_line *m, struct span line, struct buf *room, struct err *e)
{
	*m = (struct json_line){ line.p, line.p + line.n, room, false };
	buf_cut(room, 0);
	/* The room is reserved once, because spans point into it. Values only
	 * become longer by one byte for each \u0000. */
	return buf_room(room, line.n + line.n / 6 + 1) == NULL ? err_nomem(e)
							       : RC_OK;
}

/* Skip to the name of the next member. RC_END after the last brace. */
static enum rc
find_name(struct json_line *m)
{
	const bool first = !m->begun;
	const uint8_t *p = skip_blanks(m->p, m->end);

	if (p == m->end || (first && *p != '{'))
		return RC_SKIP;
	if (first) {
		m->begun = true;
		p = skip_blanks(p + 1, m->end);
	}
	if (p < m->end && *p == '}') {
		p = skip_blanks(p + 1, m->end);
		return p == m->end ? RC_END : RC_SKIP;
	}
	if (!first) {
		if (p == m->end || *p != ',')
			return RC_SKIP;
		p = skip_blanks(p + 1, m->end);
	}
	m->p = p;
	return p < m->end && *p == '"' ? RC_OK : RC_SKIP;
}

enum rc
json_line_next(struct json_line *m, struct json_member *out)
{
	bool changed = false;
	const enum rc rc = find_name(m);

	if (rc != RC_OK)
		return rc;
	const uint8_t *end = string_end(m->p + 1, m->end, &changed);
	if (end == NULL)
		return RC_SKIP;
	out->name = string_value(m, m->p, end, changed);
	const uint8_t *p = skip_blanks(end, m->end);
	if (p == m->end || *p != ':')
		return RC_SKIP;
	p = skip_blanks(p + 1, m->end);
	const bool nested = p < m->end && (*p == '{' || *p == '[');
	changed = false;
	end = nested ? nested_end(p, m->end, &changed)
		     : scalar_end(p, m->end, &out->kind, &changed);
	if (end == NULL)
		return RC_SKIP;
	m->p = end;
	if (nested)
		out->kind = JSON_MEMBER_NESTED;
	if (nested && changed)
		out->value = nested_value(m, p, end);
	else if (out->kind == JSON_MEMBER_TEXT)
		out->value = string_value(m, p, end, changed);
	else
		out->value = span_of(p, (size_t)(end - p));
	return RC_OK;
}

bool
json_line_is_valid(const struct json_line *m)
{
	struct json_line rest = *m;
	const size_t used = m->room->n;
	struct json_member one;
	enum rc rc;

	do
		rc = json_line_next(&rest, &one);
	while (rc == RC_OK);
	m->room->n = used;
	return rc == RC_END;
}
