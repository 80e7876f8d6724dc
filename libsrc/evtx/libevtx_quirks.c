/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/libevtx_quirks.h"
#include "util/cursor.h"
#include "util/num.h"
#include "util/text.h"
#include "util/text_char.h"

#define NUMBER_MAX 64

static uint64_t
number(const struct value *v)
{
	return le_uint(v->p, v->n > 8 ? 8 : v->n);
}

/* Append the text of a leaf as libevtx wrote it, before xmltree.c gave it a
 * type. */
static void
put_spelling(struct buf *b, const struct value *v)
{
	const size_t start = b->n;

	if (v->type == VALUE_HEX32 || v->type == VALUE_HEX64) {
		buf_fmt(b, "0x%0*llx", v->type == VALUE_HEX32 ? 8 : 16,
		    (unsigned long long)number(v));
		return;
	}
	if (v->type == VALUE_GUID)
		buf_byte(b, '{');
	value_text(b, v);
	if (v->type == VALUE_GUID)
		buf_byte(b, '}');
	if (v->type == VALUE_FILETIME && b->n > start) {
		buf_cut(b, b->n - 1);
		buf_str(b, "00Z");
	}
}

/* The text at the place in libevtx's tree; empty if there is an element. */
static struct span
libevtx_text(struct libevtx_quirk_place *p)
{
	const struct node *const end = tree_text_end(p->libevtx);

	buf_cut(p->got, 0);
	for (const struct node *n = p->libevtx; n != end; n = n->next)
		put_spelling(p->got, &n->value);
	return buf_span(p->got);
}

/* --- values --------------------------------------------------------------- */

static bool
put_negative(struct buf *b, const struct value *v)
{
	if (v->n == 0 || v->n > 8 ||
	    (v->type != VALUE_I8 && v->type != VALUE_I16 &&
		v->type != VALUE_I32 && v->type != VALUE_I64))
		return false;
	const uint64_t sign = (uint64_t)1 << (8 * v->n - 1);
	if ((number(v) & sign) == 0)
		return false;
	/* -5 in 32 bits becomes -2147483643. */
	buf_fmt(b, "-%llu", (unsigned long long)(number(v) & (sign - 1)));
	return true;
}

static bool
put_unusual_type(struct buf *b, const struct value *v)
{
	const unsigned long long n = number(v);
	struct cursor c = cursor_of(value_bytes(v));

	if (v->type == VALUE_SIZE) {
		buf_fmt(b, "%llu", n);
	} else if (v->type == VALUE_FILETIME) {
		buf_fmt(b, "(0x%08llx 0x%08llx)", n >> 32, n & UINT32_MAX);
	} else if (v->type == VALUE_SYSTEMTIME && v->n == 16) {
		for (unsigned i = 0; i < 8; i++)
			buf_fmt(b, "%s0x%04x", i == 0 ? "(" : " ",
			    cursor_u16(&c) >> 2U);
		buf_byte(b, ')');
	} else {
		return false;
	}
	return true;
}

static bool
put_surrogates(struct buf *b, const struct value *v)
{
	const struct span s = text_trim_utf16(value_bytes(v));

	for (size_t i = 0; i + 1 < s.n; i += 2) {
		uint8_t *const p = buf_room(b, 4);
		uint32_t c = le_u16(s.p + i);
		const uint32_t d = i + 3 < s.n ? le_u16(s.p + i + 2) : 0;
		if (p == NULL)
			return false;
		if (c >= 0xd800 && c <= 0xdbff) {
			/* libevtx computes the code point of a surrogate pair
			 * 0x3ff too low. It consumes any unit as the second
			 * half; if that is not a low surrogate, the result is
			 * U+FFFD. */
			c = d >= 0xdc00 && d <= 0xdfff
				? 0x10000 + ((c - 0xd800) << 10) + d - 0xdc00 -
				      0x3ff
				: 0xfffd;
			i += 2;
		} else if (c >= 0xdc00 && c <= 0xdfff) {
			c = 0xfffd;
		}
		b->n += (size_t)(text_put_utf8(p, c) - p);
	}
	return true;
}

static bool
put_until_nul(struct buf *b, const struct value *v)
{
	if (!value_is_text(v))
		return false;
	value_text(b, v);
	const uint8_t *const nul = b->n == 0 ? NULL : memchr(b->p, '\0', b->n);
	if (nul == NULL)
		return false;
	buf_cut(b, (size_t)(nul - b->p));
	return true;
}

static bool
put_no_newline(struct buf *b, const struct value *v)
{
	if (!value_is_text(v))
		return false;
	value_text(b, v);
	const bool newline = span_eq(buf_span(b), SPAN("\n"));
	buf_cut(b, 0);
	return newline;
}

/* Parse a text like 3.140000e+000. *d becomes the number and *unit the value of
 * one unit in its last place (0 if the first digit is 0). libevtx writes a
 * colon for a first digit that it rounded up to 10. */
static bool
parse_six_digits(struct span s, double *d, double *unit)
{
	const size_t minus = s.n != 0 && s.p[0] == '-' ? 1 : 0;
	char text[sizeof("0.000000e+000")];
	char number[NUMBER_MAX];

	if (s.n - minus != sizeof(text) - 1)
		return false;
	memcpy(text, s.p + minus, s.n - minus);
	text[s.n - minus] = '\0';
	if (strspn(text, "0123456789:") != 1 || text[1] != '.' ||
	    strspn(text + 2, "0123456789") != 6 || text[8] != 'e' ||
	    strspn(text + 9, "+-") != 1 || strspn(text + 10, "0123456789") != 3)
		return false;
	const bool ten = text[0] == ':';
	(void)snprintf(number, sizeof(number), "%s%s%s", minus ? "-" : "",
	    ten ? "10" : "", text + (ten ? 1 : 0));
	*d = strtod(number, NULL);
	(void)snprintf(number, sizeof(number), "1%s", text + 8);
	*unit = text[0] == '0' ? 0 : strtod(number, NULL) / 1e6;
	return true;
}

/* --- nodes ---------------------------------------------------------------- */

/* The native value at the place if the text there consists of exactly one
 * value, else NULL. */
static const struct value *
only_value(const struct libevtx_quirk_place *p)
{
	if (!tree_is_leaf(p->native) || tree_is_leaf(p->native->next))
		return NULL;
	return tree_value(p->native, p->values);
}

/* Explains a float that libevtx rounded or truncated. The loop that computes
 * its digits loses precision, so numbers that differ by one unit in the last
 * place are considered equal. */
static bool
is_six_digits(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);
	const struct span text = libevtx_text(p);
	double d = 0;
	float f = 0;
	double got;
	double unit;
	bool same;

	if (v != NULL && v->type == VALUE_F64 && v->n == sizeof(d)) {
		memcpy(&d, v->p, sizeof(d));
	} else if (v != NULL && v->type == VALUE_F32 && v->n == sizeof(f)) {
		memcpy(&f, v->p, sizeof(f));
		d = (double)f;
	} else {
		return false;
	}
	if (isinf(d))
		same = span_eq(text, SPAN("Inf"));
	else if (isnan(d))
		same = span_eq(text, signbit(d) ? SPAN("Ind") : SPAN("NaN"));
	else
		same = parse_six_digits(text, &got, &unit) &&
		       fabs(got - d) <= unit * (1 + 1e-6);
	if (!same)
		return false;
	p->native = tree_text_end(p->native);
	p->libevtx = tree_text_end(p->libevtx);
	return true;
}

/* Append text without blanks, with entities resolved and with " for each '. */
static void
put_bare(struct buf *b, struct span s)
{
	static const struct {
		const char *name;
		uint8_t c;
	} entities[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		{ "&apos;", '"' }, { "&amp;", '&' } };

	for (size_t i = 0; i < s.n; i++) {
		const struct span rest = span_of(s.p + i, s.n - i);
		uint8_t c = s.p[i] == '\'' ? '"' : s.p[i];
		for (size_t k = 0; c == '&' && k < 5; k++) {
			const struct span name = span_str(entities[k].name);
			if (!span_starts(rest, name))
				continue;
			c = entities[k].c;
			i += name.n - 1;
			break;
		}
		if (c > ' ')
			buf_byte(b, c);
	}
}

/* Append a list of libevtx's nodes as XML, in the form that put_bare() writes.
 */
static void
put_markup(struct buf *b, const struct node *n)
{
	struct buf text;

	buf_init(&text, b->max);
	for (; n != NULL; n = n->next) {
		if (tree_is_leaf(n)) {
			buf_cut(&text, 0);
			put_spelling(&text, &n->value);
			put_bare(b, buf_span(&text));
			continue;
		}
		buf_byte(b, '<');
		put_bare(b, n->name);
		for (const struct node *a = n->attrs; a != NULL; a = a->next) {
			put_bare(b, a->name);
			buf_str(b, "=\"");
			put_markup(b, a->kids);
			buf_byte(b, '"');
		}
		buf_str(b, n->kids == NULL ? "/>" : ">");
		if (n->kids == NULL)
			continue;
		put_markup(b, n->kids);
		buf_str(b, "</");
		put_bare(b, n->name);
		buf_byte(b, '>');
	}
	buf_reset(&text);
}

/* Explains text that became markup in libevtx's XML. */
static bool
is_unescaped(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);
	struct buf plain;

	if (v == NULL || v->type != VALUE_STRING || p->native->next != NULL)
		return false;
	buf_init(&plain, p->want->max);
	value_text(&plain, v);
	put_bare(p->want, buf_span(&plain));
	buf_reset(&plain);
	put_markup(p->got, p->libevtx);
	if (!span_eq(buf_span(p->want), buf_span(p->got)))
		return false;
	p->native = NULL;
	p->libevtx = NULL;
	return true;
}

static bool
has_no_content(const struct node *n)
{
	return n != NULL && n->kind == NODE_ELEMENT && n->kids == NULL;
}

/* Explains an element without content, which libevtx omits. Also explains an
 * element with empty text after an element of the same name without content:
 * libevtx omitted the earlier one, which was compared with libevtx's copy of
 * this one. */
static bool
is_null_left_out(struct libevtx_quirk_place *p)
{
	const struct node *const leaf = tree_leaf(p->native);
	bool twin = false;

	if (leaf != NULL && p->native->attrs == NULL && p->parent != NULL &&
	    value_is_empty(tree_value(leaf, p->values))) {
		const struct node *n = p->parent->kids;
		for (; n != NULL && n != p->native; n = n->next)
			twin = twin || (has_no_content(n) && n->attrs == NULL &&
					   span_eq(n->name, p->native->name));
	}
	if (!has_no_content(p->native) && !twin)
		return false;
	p->native = p->native->next;
	return true;
}

static bool
is_second_fragment(struct libevtx_quirk_place *p)
{
	if (p->native == NULL || !p->native->later || p->libevtx != NULL)
		return false;
	while (p->native != NULL && p->native->later)
		p->native = p->native->next;
	return true;
}

/* Explains content of text and elements of which libevtx has only the text. */
static bool
is_beside_text(struct libevtx_quirk_place *p)
{
	bool text = false;
	bool element = false;

	if (p->parent == NULL || tree_text_end(p->libevtx) != NULL)
		return false;
	for (const struct node *n = p->parent->kids; n != NULL; n = n->next) {
		text = text || tree_is_leaf(n);
		element = element || n->kind == NODE_ELEMENT;
	}
	for (const struct node *n = p->native; n != NULL; n = n->next) {
		if (tree_is_leaf(n))
			value_text(p->want, tree_value(n, p->values));
	}
	if (!text || !element || !span_eq(buf_span(p->want), libevtx_text(p)))
		return false;
	p->native = NULL;
	p->libevtx = NULL;
	return true;
}

/* Explains an element in whose place libevtx has only its text. */
static bool
is_cdata_misplaced(struct libevtx_quirk_place *p)
{
	if (p->native == NULL || p->native->kind != NODE_ELEMENT ||
	    !tree_is_leaf(p->native->kids) || !tree_is_leaf(p->libevtx))
		return false;
	const struct node *n = p->native->kids;
	for (; tree_is_leaf(n); n = n->next)
		value_text(p->want, tree_value(n, p->values));
	if (n != NULL ||
	    !span_eq(span_trim(buf_span(p->want)), span_trim(libevtx_text(p))))
		return false;
	p->native = p->native->next;
	p->libevtx = tree_text_end(p->libevtx);
	return true;
}

/* --- the table ------------------------------------------------------------ */

const struct libevtx_quirk libevtx_quirks[] = {
	{ "negative number",
	    "writes a minus and the bits below the sign: -1 in 8 bits is -127",
	    VALUE_NULL, put_negative, NULL },
	{ "six digits",
	    "writes a float with six digits after the point, not always "
	    "rounded, and NaN and Inf",
	    VALUE_NULL, NULL, is_six_digits },
	{ "size_t in decimal", "writes a size_t as a decimal number",
	    VALUE_SIZE, put_unusual_type, NULL },
	{ "far time",
	    "writes a FILETIME that it cannot convert as its two halves in hex",
	    VALUE_FILETIME, put_unusual_type, NULL },
	{ "bad date",
	    "writes the fields of an invalid SYSTEMTIME in hex, without their "
	    "two lowest bits",
	    VALUE_SYSTEMTIME, put_unusual_type, NULL },
	{ "surrogates",
	    "reads a character above U+FFFF as the character 0x3ff below it, "
	    "and the unit after a lone high surrogate as its other half",
	    VALUE_WSTRING, put_surrogates, NULL },
	{ "cut at NUL", "ends a text at the first NUL character", VALUE_NULL,
	    put_until_nul, NULL },
	{ "lone newline", "reads a text that is one line end as empty",
	    VALUE_NULL, put_no_newline, NULL },
	{ "unescaped",
	    "does not escape < and & of single-byte strings, so that text "
	    "becomes markup",
	    VALUE_NULL, NULL, is_unescaped },
	{ "null left out", "omits an element whose optional content is null",
	    VALUE_NULL, NULL, is_null_left_out },
	{ "second fragment",
	    "omits all but the first fragment of a Binary XML value",
	    VALUE_NULL, NULL, is_second_fragment },
	{ "beside text",
	    "omits elements that are beside text, and joins the text",
	    VALUE_NULL, NULL, is_beside_text },
	{ "CDATA misplaced",
	    "writes the text of a CDATA section instead of its element",
	    VALUE_NULL, NULL, is_cdata_misplaced },
};

const size_t libevtx_quirks_count =
    sizeof(libevtx_quirks) / sizeof(*libevtx_quirks);

bool
libevtx_quirks_explain(
    const struct libevtx_quirk *quirk, struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	buf_cut(p->want, 0);
	buf_cut(p->got, 0);
	if (quirk->explains != NULL)
		return quirk->explains(p);
	if (v == NULL || (quirk->type != VALUE_NULL && quirk->type != v->type))
		return false;
	if (!quirk->put(p->want, v) ||
	    !span_eq(buf_span(p->want), libevtx_text(p)))
		return false;
	p->native = tree_text_end(p->native);
	p->libevtx = tree_text_end(p->libevtx);
	return true;
}
