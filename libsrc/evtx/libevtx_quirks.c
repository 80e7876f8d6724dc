/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evtx/libevtx_quirks.h"
#include "util/cursor.h"
#include "util/num.h"
#include "util/text.h"

#define NUMBER_MAX 64

static bool
is_leaf(const struct node *n)
{
	return n != NULL &&
	       (n->kind == NODE_TEXT || n->kind == NODE_SUBSTITUTION);
}

const struct node *
tree_text_end(const struct node *n)
{
	while (is_leaf(n))
		n = n->next;
	return n;
}

static uint64_t
number(const struct value *v)
{
	return le_uint(v->p, v->n > 8 ? 8 : v->n);
}

/* The leaf's text as libevtx wrote it, before xmltree gave it a type. */
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

/* The text that libevtx has at the place; nothing where it has none. */
static struct span
foreign_text(struct libevtx_quirk_place *p)
{
	const struct node *const end = tree_text_end(p->foreign);

	buf_cut(p->got, 0);
	for (const struct node *n = p->foreign; n != end; n = n->next)
		put_spelling(p->got, &n->value);
	return buf_span(p->got);
}

static struct span
native_text(struct libevtx_quirk_place *p)
{
	const struct node *const end = tree_text_end(p->native);

	buf_cut(p->want, 0);
	for (const struct node *n = p->native; n != end; n = n->next)
		value_text(p->want, tree_value(n, p->values));
	return buf_span(p->want);
}

/* The value that is all the text there is at the place, or NULL. */
static const struct value *
only_value(const struct libevtx_quirk_place *p)
{
	if (!is_leaf(p->native) || is_leaf(p->native->next))
		return NULL;
	return tree_value(p->native, p->values);
}

/* Whether libevtx has exactly this text: then both are dealt with. */
static bool
is_text(struct libevtx_quirk_place *p, struct span want)
{
	if (!span_eq(want, foreign_text(p)))
		return false;
	p->native = tree_text_end(p->native);
	p->foreign = tree_text_end(p->foreign);
	return true;
}

static bool
is_wanted(struct libevtx_quirk_place *p)
{
	return is_text(p, buf_span(p->want));
}

/* --- numbers -------------------------------------------------------------- */

/* -5 as 32 bits is written as -2147483643: the bits without the sign. */
static bool
negative_number(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	if (v == NULL || v->n == 0 || v->n > 8 ||
	    (v->type != VALUE_I8 && v->type != VALUE_I16 &&
		v->type != VALUE_I32 && v->type != VALUE_I64))
		return false;
	const uint64_t sign = (uint64_t)1 << (8 * v->n - 1);
	if ((number(v) & sign) == 0)
		return false;
	buf_fmt(p->want, "-%llu", (unsigned long long)(number(v) & (sign - 1)));
	return is_wanted(p);
}

/* NaN, with a sign Ind, Inf with any sign. */
static const char *
no_number(double d)
{
	if (isinf(d))
		return "Inf";
	return signbit(d) ? "Ind" : "NaN";
}

/* The number in a text like 3.140000e+000, and its unit in the last place, 0
 * for the number 0. A first digit that libevtx rounded up to 10 is a colon. */
static bool
parse_six_digits(struct span s, double *d, double *unit)
{
	const bool minus = s.n != 0 && s.p[0] == '-';
	char text[sizeof("0.000000e+000")];
	char number[NUMBER_MAX];

	if (s.n - (minus ? 1 : 0) != sizeof(text) - 1)
		return false;
	memcpy(text, s.p + (minus ? 1 : 0), s.n - (minus ? 1 : 0));
	text[s.n - (minus ? 1 : 0)] = '\0';
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

/* libevtx cuts where others round, and its digits come out of a loop that loses
 * some of the value: one unit in the last place either way is still the same
 * number. */
static bool
is_near(double d, struct span foreign)
{
	double got;
	double unit;

	return parse_six_digits(foreign, &got, &unit) &&
	       fabs(got - d) <= unit * (1 + 1e-6);
}

static bool
six_digits(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);
	double d = 0;
	float f = 0;

	if (v == NULL)
		return false;
	if (v->type == VALUE_F64 && v->n == sizeof(d))
		memcpy(&d, v->p, sizeof(d));
	else if (v->type == VALUE_F32 && v->n == sizeof(f))
		memcpy(&f, v->p, sizeof(f));
	else
		return false;
	if (v->type == VALUE_F32)
		d = (double)f;
	if (!isfinite(d))
		return is_text(p, span_str(no_number(d)));
	if (!is_near(d, foreign_text(p)))
		return false;
	p->native = tree_text_end(p->native);
	p->foreign = tree_text_end(p->foreign);
	return true;
}

static bool
decimal_size(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	if (v == NULL || v->type != VALUE_SIZE)
		return false;
	buf_fmt(p->want, "%llu", (unsigned long long)number(v));
	return is_wanted(p);
}

/* The two halves of a FILETIME in brackets. */
static bool
far_time(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	if (v == NULL || v->type != VALUE_FILETIME)
		return false;
	buf_fmt(p->want, "(0x%08llx 0x%08llx)",
	    (unsigned long long)(number(v) >> 32),
	    (unsigned long long)(number(v) & UINT32_MAX));
	return is_wanted(p);
}

/* The fields of a SYSTEMTIME in brackets, each without its two lowest bits. */
static bool
bad_date(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	if (v == NULL || v->type != VALUE_SYSTEMTIME || v->n != 16)
		return false;
	struct cursor c = cursor_of(value_bytes(v));
	for (unsigned i = 0; i < 8; i++)
		buf_fmt(p->want, "%s0x%04x", i == 0 ? "(" : " ",
		    cursor_u16(&c) >> 2U);
	buf_byte(p->want, ')');
	return is_wanted(p);
}

/* --- text ----------------------------------------------------------------- */

static void
put_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_byte(b, (uint8_t)c);
		return;
	}
	const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };

	buf_byte(b, (uint8_t)(lead[more] | c >> 6 * more));
	for (unsigned i = more; i-- > 0;)
		buf_byte(b, (uint8_t)(0x80 | (c >> 6 * i & 0x3f)));
}

static uint32_t
unit(struct span s, size_t i)
{
	return i + 1 < s.n ? le_u16(s.p + i) : 0;
}

/* A pair of surrogates is read as the character 0x3ff before the right one;
 * what stands behind a lone high one is taken for its other half. */
static bool
surrogates(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	if (v == NULL || v->type != VALUE_WSTRING)
		return false;
	const struct span s = text_trim_utf16(value_bytes(v));
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		const uint32_t c = unit(s, i);
		const uint32_t d = unit(s, i + 2);
		if (c < 0xd800 || c > 0xdfff) {
			put_utf8(p->want, c);
		} else if (c > 0xdbff) {
			put_utf8(p->want, 0xfffd);
		} else {
			const bool pair = d >= 0xdc00 && d <= 0xdfff;
			put_utf8(p->want, pair
					      ? 0x10000 + ((c - 0xd800) << 10) +
						    d - 0xdc00 - 0x3ff
					      : 0xfffd);
			i += 2;
		}
	}
	return is_wanted(p);
}

static bool
cut_at_nul(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	if (v == NULL || !value_is_text(v))
		return false;
	const struct span s = native_text(p);
	const uint8_t *const nul = s.n == 0 ? NULL : memchr(s.p, '\0', s.n);
	return nul != NULL && is_text(p, span_of(s.p, (size_t)(nul - s.p)));
}

static bool
lone_newline(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);

	return v != NULL && value_is_text(v) &&
	       span_eq(native_text(p), SPAN("\n")) && is_text(p, SPAN(""));
}

/* Text without blanks, the five entities resolved. */
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

static void put_markup(struct buf *b, const struct node *n);

static void
put_element(struct buf *b, const struct node *n)
{
	buf_byte(b, '<');
	put_bare(b, n->name);
	for (const struct node *a = n->attrs; a != NULL; a = a->next) {
		put_bare(b, a->name);
		buf_str(b, "=\"");
		put_markup(b, a->kids);
		buf_byte(b, '"');
	}
	if (n->kids == NULL) {
		buf_str(b, "/>");
		return;
	}
	buf_byte(b, '>');
	put_markup(b, n->kids);
	buf_str(b, "</");
	put_bare(b, n->name);
	buf_byte(b, '>');
}

/* A list of libevtx's nodes as put_bare() leaves their XML. */
static void
put_markup(struct buf *b, const struct node *n)
{
	struct buf text;

	buf_init(&text, b->max);
	for (; n != NULL; n = n->next) {
		if (!is_leaf(n)) {
			put_element(b, n);
			continue;
		}
		buf_cut(&text, 0);
		put_spelling(&text, &n->value);
		put_bare(b, buf_span(&text));
	}
	buf_reset(&text);
}

/* What is text in the log is markup in libevtx's XML. */
static bool
unescaped(struct libevtx_quirk_place *p)
{
	const struct value *const v = only_value(p);
	struct buf plain;

	if (v == NULL || v->type != VALUE_STRING || p->native->next != NULL)
		return false;
	buf_init(&plain, p->want->max);
	value_text(&plain, v);
	put_bare(p->want, buf_span(&plain));
	buf_reset(&plain);
	put_markup(p->got, p->foreign);
	if (!span_eq(buf_span(p->want), buf_span(p->got)))
		return false;
	p->native = NULL;
	p->foreign = NULL;
	return true;
}

/* --- elements ------------------------------------------------------------- */

static bool
has_nothing(const struct node *n)
{
	return n != NULL && n->kind == NODE_ELEMENT && n->kids == NULL;
}

/* An empty element whose neighbour was left out has been taken for it. */
static bool
has_null_twin(const struct libevtx_quirk_place *p)
{
	const struct node *const leaf = tree_leaf(p->native);

	if (leaf == NULL || p->native->attrs != NULL || p->parent == NULL ||
	    !value_is_empty(tree_value(leaf, p->values)))
		return false;
	const struct node *n = p->parent->kids;
	while (n != NULL && n != p->native) {
		if (has_nothing(n) && n->attrs == NULL &&
		    span_eq(n->name, p->native->name))
			return true;
		n = n->next;
	}
	return false;
}

static bool
null_left_out(struct libevtx_quirk_place *p)
{
	if (!has_nothing(p->native) && !has_null_twin(p))
		return false;
	p->native = p->native->next;
	return true;
}

static bool
second_fragment(struct libevtx_quirk_place *p)
{
	if (p->native == NULL || !p->native->later || p->foreign != NULL)
		return false;
	while (p->native != NULL && p->native->later)
		p->native = p->native->next;
	return true;
}

/* Of a content that has text and elements libevtx keeps the text. */
static bool
beside_text(struct libevtx_quirk_place *p)
{
	if (p->parent == NULL || tree_text_end(p->foreign) != NULL)
		return false;
	bool text = false;
	bool element = false;
	for (const struct node *n = p->parent->kids; n != NULL; n = n->next) {
		text = text || is_leaf(n);
		element = element || n->kind == NODE_ELEMENT;
	}
	for (const struct node *n = p->native; n != NULL; n = n->next) {
		if (is_leaf(n))
			value_text(p->want, tree_value(n, p->values));
	}
	if (!text || !element || !span_eq(buf_span(p->want), foreign_text(p)))
		return false;
	p->native = NULL;
	p->foreign = NULL;
	return true;
}

/* The text of a CDATA section stands where its element should be. */
static bool
cdata_misplaced(struct libevtx_quirk_place *p)
{
	if (p->native == NULL || p->native->kind != NODE_ELEMENT ||
	    !is_leaf(p->native->kids) || !is_leaf(p->foreign))
		return false;
	struct libevtx_quirk_place in = *p;
	in.native = p->native->kids;
	if (tree_text_end(in.native) != NULL ||
	    !span_eq(span_trim(native_text(&in)), span_trim(foreign_text(p))))
		return false;
	p->native = p->native->next;
	p->foreign = tree_text_end(p->foreign);
	return true;
}

const struct fault libevtx_quirks[] = {
	{ "negative number",
	    "writes a minus and the bits below the sign: -1 in 8 bits is -127",
	    negative_number },
	{ "six digits",
	    "writes a float with six digits behind the point, not always "
	    "rounded, and NaN and Inf",
	    six_digits },
	{ "size_t in decimal", "writes a size_t as a decimal number",
	    decimal_size },
	{ "far time",
	    "writes a FILETIME that it cannot read as its two halves in hex",
	    far_time },
	{ "bad date",
	    "writes the fields of a SYSTEMTIME that is no date in hex, and "
	    "without their two lowest bits",
	    bad_date },
	{ "surrogates",
	    "reads a character beyond U+FFFF as the one 0x3ff before it, and "
	    "what follows a lone high surrogate as its other half",
	    surrogates },
	{ "cut at NUL", "ends a text at the first NUL character", cut_at_nul },
	{ "lone newline", "takes a text that is one line end for an empty one",
	    lone_newline },
	{ "unescaped",
	    "does not escape < and & of single-byte strings, so that text "
	    "becomes markup",
	    unescaped },
	{ "null left out",
	    "leaves an element out whose optional content is null",
	    null_left_out },
	{ "second fragment",
	    "forgets all but the first fragment of a Binary XML value",
	    second_fragment },
	{ "beside text",
	    "leaves elements out that stand beside text, and joins the text",
	    beside_text },
	{ "CDATA misplaced",
	    "writes a CDATA section into the place of its element",
	    cdata_misplaced },
};

const size_t libevtx_quirks_count =
    sizeof(libevtx_quirks) / sizeof(*libevtx_quirks);
