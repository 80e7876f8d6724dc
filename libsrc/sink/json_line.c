/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "sink/json_line.h"
#include "util/le.h"

/* --- scanning ------------------------------------------------------------ */

static const uint8_t *
skip_blanks(const uint8_t *p, const uint8_t *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

#define EACH_BYTE 0x0101010101010101U

/* The high bit of each byte that is zero, and perhaps of bytes above those. */
static uint64_t
zeros(uint64_t x)
{
	return (x - EACH_BYTE) & ~x & (EACH_BYTE << 7);
}

/* The first quote, backslash or control character; end: none. */
static const uint8_t *
plain_end(const uint8_t *p, const uint8_t *end)
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

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The unit of an escape \uXXXX whose u is at p; -1: it is none. */
static int32_t
unit_at(const uint8_t *p, const uint8_t *end)
{
	int32_t unit = 0;

	if (end - p < 5 || *p != 'u')
		return -1;
	for (size_t i = 1; i < 5; i++) {
		const int digit = hex_digit(p[i]);
		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/* Behind the string whose first character is at p; NULL: it is none. */
static const uint8_t *
string_end(const uint8_t *p, const uint8_t *end, bool *escaped)
{
	*escaped = false;
	for (;;) {
		p = plain_end(p, end);
		if (p == end || *p < 0x20)
			return NULL;
		if (*p == '"')
			return p + 1;
		*escaped = true;
		if (++p == end)
			return NULL;
		if (*p == 'u') {
			if (unit_at(p, end) < 0)
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
literal_end(const uint8_t *p, const uint8_t *end, struct span text)
{
	return span_starts(span_of(p, (size_t)(end - p)), text) ? p + text.n
								: NULL;
}

/* Behind the value at p that is no array and no object; NULL: it is none. */
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

/* Where in a nested value the reader is. */
struct nest {
	const uint8_t *p;
	const uint8_t *end;
	unsigned depth;
	bool first;  /* behind a bracket that opens */
	bool change; /* it has blanks or a \u0000, which its text must not */
	uint8_t is_object[JSON_LINE_DEPTH / 8 + 1];
};

static bool
is_inside_object(const struct nest *n)
{
	return (n->is_object[n->depth / 8] >> n->depth % 8 & 1) != 0;
}

static bool
open_level(struct nest *n)
{
	const bool object = *n->p == '{';

	/* The row itself is the first level. */
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
nest_blanks(struct nest *n)
{
	const uint8_t *const p = skip_blanks(n->p, n->end);

	n->change |= p != n->p;
	n->p = p;
}

static bool
take_scalar(struct nest *n, bool name)
{
	const uint8_t *const from = n->p;
	enum json_member_kind kind;
	bool escaped;

	const uint8_t *const p = scalar_end(from, n->end, &kind, &escaped);
	if (p == NULL || (name && kind != JSON_MEMBER_TEXT))
		return false;
	n->change |=
	    escaped && memmem(from, (size_t)(p - from), "\\u0000", 6) != NULL;
	n->p = p;
	return true;
}

/* The name of a member and its colon. */
static bool
take_name(struct nest *n)
{
	if (!take_scalar(n, true))
		return false;
	nest_blanks(n);
	if (n->p == n->end || *n->p != ':')
		return false;
	n->p++;
	nest_blanks(n);
	return true;
}

/* A bracket that closes, or the comma and value that follow the last one. */
static bool
take_item(struct nest *n)
{
	const bool object = is_inside_object(n);

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
		nest_blanks(n);
	}
	if (object && !take_name(n))
		return false;
	n->first = false;
	if (n->p < n->end && (*n->p == '{' || *n->p == '['))
		return open_level(n);
	return take_scalar(n, false);
}

/* Behind the array or object at p; NULL: it is none. */
static const uint8_t *
nested_end(const uint8_t *p, const uint8_t *end, bool *change)
{
	struct nest n = { .p = p, .end = end };

	if (!open_level(&n))
		return NULL;
	while (n.depth > 0) {
		nest_blanks(&n);
		if (!take_item(&n))
			return NULL;
	}
	*change = n.change;
	return n.p;
}

/* --- making the text ----------------------------------------------------- */

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

static const uint8_t escaped_nul[6] = { '\\', 'u', '0', '0', '0', '0' };

/* The escape whose u is at *pp. */
static uint8_t *
put_unit(uint8_t *out, const uint8_t **pp, const uint8_t *end)
{
	uint32_t c = (uint32_t)unit_at(*pp, end);

	*pp += 5;
	if (c == 0) {
		memcpy(out, escaped_nul, sizeof(escaped_nul));
		return out + sizeof(escaped_nul);
	}
	if (c < 0xd800 || c > 0xdfff)
		return put_utf8(out, c);
	const int32_t low = c < 0xdc00 && end - *pp >= 6 && **pp == '\\'
				? unit_at(*pp + 1, end)
				: -1;
	if (low < 0xdc00 || low > 0xdfff)
		return put_utf8(out, 0xfffd);
	*pp += 6;
	c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
	return put_utf8(out, c);
}

/* The inside of a valid string without its escapes. No escape is shorter than
 * what it stands for, so the room of the line is enough. */
static struct span
unescape(struct json_line *m, const uint8_t *p, const uint8_t *end)
{
	static const char letters[] = "bfnrt";
	static const char controls[] = "\b\f\n\r\t";
	uint8_t *const from = m->room->p + m->room->n;
	uint8_t *out = from;

	while (p < end) {
		const uint8_t *const slash = plain_end(p, end);
		memcpy(out, p, (size_t)(slash - p));
		out += slash - p;
		if (slash == end)
			break;
		p = slash + 1;
		if (*p == 'u') {
			out = put_unit(out, &p, end);
			continue;
		}
		const char *const letter = strchr(letters, *p);
		*out++ =
		    letter == NULL ? *p : (uint8_t)controls[letter - letters];
		p++;
	}
	m->room->n += (size_t)(out - from);
	assert(m->room->n <= m->room->cap);
	return span_of(from, (size_t)(out - from));
}

static struct span
string_value(
    struct json_line *m, const uint8_t *p, const uint8_t *end, bool escaped)
{
	if (escaped)
		return unescape(m, p + 1, end - 1);
	return span_of(p + 1, (size_t)(end - p) - 2);
}

/* A valid value without the blanks between its tokens, and with a second
 * backslash before each \u0000. */
static struct span
compact(struct json_line *m, const uint8_t *p, const uint8_t *end)
{
	uint8_t *const from = m->room->p + m->room->n;
	uint8_t *out = from;
	bool inside = false;

	while (p < end) {
		if (inside && *p == '\\') {
			if (unit_at(p + 1, end) == 0)
				*out++ = '\\';
			*out++ = *p++;
			*out++ = *p++;
			continue;
		}
		inside ^= *p == '"';
		if (inside || skip_blanks(p, p + 1) == p)
			*out++ = *p;
		p++;
	}
	m->room->n += (size_t)(out - from);
	assert(m->room->n <= m->room->cap);
	return span_of(from, (size_t)(out - from));
}

/* --- members ------------------------------------------------------------- */

enum rc
json_line_begin(
    struct json_line *m, struct span line, struct buf *room, struct err *e)
{
	*m = (struct json_line){ line.p, line.p + line.n, room, false };
	buf_cut(room, 0);
	/* Reserved once: it must not move. A \u0000 may grow by one byte. */
	return buf_room(room, line.n + line.n / 6 + 1) == NULL ? err_nomem(e)
							       : RC_OK;
}

/* What stands before the name of the next member. RC_END: the last brace. */
static enum rc
begin_member(struct json_line *m)
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

static enum rc
take_value(struct json_line *m, struct json_member *out)
{
	const uint8_t *const p = m->p;
	const bool nested = p < m->end && (*p == '{' || *p == '[');
	bool change = false;
	const uint8_t *const end =
	    nested ? nested_end(p, m->end, &change)
		   : scalar_end(p, m->end, &out->kind, &change);

	if (end == NULL)
		return RC_SKIP;
	m->p = end;
	if (nested)
		out->kind = JSON_MEMBER_NESTED;
	if (nested && change)
		out->value = compact(m, p, end);
	else if (out->kind == JSON_MEMBER_TEXT)
		out->value = string_value(m, p, end, change);
	else
		out->value = span_of(p, (size_t)(end - p));
	return RC_OK;
}

enum rc
json_line_next(struct json_line *m, struct json_member *out)
{
	bool escaped = false;
	const enum rc rc = begin_member(m);

	if (rc != RC_OK)
		return rc;
	const uint8_t *const p = string_end(m->p + 1, m->end, &escaped);
	if (p == NULL)
		return RC_SKIP;
	out->name = string_value(m, m->p, p, escaped);
	m->p = skip_blanks(p, m->end);
	if (m->p == m->end || *m->p != ':')
		return RC_SKIP;
	m->p = skip_blanks(m->p + 1, m->end);
	return take_value(m, out);
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
