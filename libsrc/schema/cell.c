/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/cell.h"
#include "schema/xmlout.h"
#include "util/num.h"
#include "util/text.h"

#define GUID_BRACED 38U

/* Rewrite a GUID in braces, from start on; false if it is none. */
static bool
bare_guid(struct buf *out, size_t start)
{
	const struct span s = span_of(out->p + start, out->n - start);
	uint8_t bytes[NUM_GUID_BYTES];

	if (s.n != GUID_BRACED || s.p[0] != '{' || !num_parse_guid(s, bytes))
		return false;
	out->n = (size_t)(num_guid(out->p + start, bytes, false) - out->p);
	return true;
}

/* In JSON a line end is four characters. */
static bool
has_line_end(const struct buf *out, size_t start)
{
	const uint8_t *p = out->p + start;
	size_t left = out->n - start;
	const uint8_t *at;

	while (left >= 4 && (at = memchr(p, '\\', left - 3)) != NULL) {
		if (memcmp(at, "\\r\\n", 4) == 0)
			return true;
		left -= (size_t)(at - p) + 2;
		p = at + 2;
	}
	return false;
}

static void
fold_line_ends(struct buf *out, size_t start)
{
	size_t w = start;

	for (size_t i = start; i < out->n; i++) {
		if (out->n - i >= 4 && memcmp(out->p + i, "\\r\\n", 4) == 0) {
			out->p[w++] = ' ';
			i += 3;
		} else {
			/* The character behind a backslash is its own. */
			if (out->p[i] == '\\' && i + 1 < out->n)
				out->p[w++] = out->p[i++];
			out->p[w++] = out->p[i];
		}
	}
	out->n = w;
}

void
cell_put(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	if (v->type == VALUE_GUID && value_is_sized(v)) {
		cell_put_guid(out, v);
		return;
	}
	value_json(out, v);
	if (out->full || !value_is_text(v) || bare_guid(out, start))
		return;
	if (has_line_end(out, start))
		fold_line_ends(out, start);
}

void
cell_put_guid(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	if (v->type == VALUE_GUID && value_is_sized(v)) {
		uint8_t *const w = buf_room(out, NUM_GUID_MAX);
		if (w != NULL)
			out->n += (size_t)(num_guid(w, v->p, false) - w);
		return;
	}
	value_json(out, v);
	if (!out->full)
		(void)bare_guid(out, start);
}

bool
cell_is_blank(const struct value *v)
{
	if (v == NULL || v->type == VALUE_NULL)
		return true;
	if (v->type == VALUE_WSTRING)
		return text_trim_utf16(value_bytes(v)).n == 0;
	return v->n == 0 ||
	       (value_is_text(v) && text_trim_bytes(value_bytes(v)).n == 0);
}

/* Whether a value of this type is one that cell_put() shows differently. */
static bool
is_plain(const struct value *v)
{
	return (v->type & VALUE_ARRAY) == 0 && !value_is_text(v) &&
	       v->type != VALUE_GUID;
}

/* Whether a text has neither a line end nor is a GUID in braces. Where nothing
 * was escaped there is no line end. */
static bool
is_clean(struct span s, size_t units)
{
	if (s.n != 0 && s.p[0] == '{')
		return false;
	return s.n <= units || memmem(s.p, s.n, "\\r\\n", 4) == NULL;
}

static void
content(struct plan *p, const struct node *leaf, const struct tree *t)
{
	if (is_plain(tree_value(leaf, t->values)))
		plan_text(p, leaf, t);
	else
		plan_checked(p, leaf, t, cell_put, is_clean);
}

void
cell_plain(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_string(p, leaf, t, false);
}

void
cell_text(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_lit(p, "\"");
	content(p, leaf, t);
	plan_lit(p, "\"");
}

void
cell_content(struct plan *p, const struct node *kids, const struct tree *t)
{
	const struct node *n = kids;

	while (n != NULL && n->kind != NODE_ELEMENT)
		n = n->next;
	plan_lit(p, "\"");
	if (n != NULL)
		xmlout_content(p, kids, t);
	else
		for (n = kids; n != NULL; n = n->next)
			content(p, n, t);
	plan_lit(p, "\"");
}

static void
put_int(struct buf *out, const struct value *v)
{
	uint8_t text[NUM_DEC_MAX];
	int64_t n;

	if (!value_i64(v, &n) || n < INT32_MIN || n > UINT32_MAX) {
		buf_str(out, "null");
		return;
	}
	if (n > INT32_MAX)
		n -= INT64_C(1) << 32;
	buf_put(out, span_of(text, (size_t)(num_i64(text, n) - text)));
}

void
cell_int(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const struct value *const v = tree_value(leaf, t->values);

	/* These cannot be too large. */
	if (value_is_sized(v) && (v->type == VALUE_U8 || v->type == VALUE_U16 ||
				     v->type == VALUE_I32))
		plan_text(p, leaf, t);
	else
		plan_leaf(p, leaf, put_int);
}
