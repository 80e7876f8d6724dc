/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/column_value.h"
#include "schema/xml_writer.h"
#include "util/num.h"
#include "util/text.h"
#include "util/text_scan.h"

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
static void
fold_line_ends(struct buf *out, size_t start)
{
	struct span rest = span_of(out->p + start, out->n - start);
	uint8_t *w = out->p + start;
	size_t run;

	while ((run = text_line_end(rest)) != rest.n) {
		memmove(w, rest.p, run);
		w += run;
		*w++ = ' ';
		rest = span_of(rest.p + run + 4, rest.n - run - 4);
	}
	memmove(w, rest.p, rest.n);
	out->n = (size_t)(w - out->p) + rest.n;
}

void
column_value_mend(struct buf *out, size_t start)
{
	if (buf_room(out, TEXT_SCAN_MORE) != NULL && !bare_guid(out, start))
		fold_line_ends(out, start);
}

static void
put_guid(struct buf *out, const struct value *v)
{
	uint8_t *const w = buf_room(out, NUM_GUID_MAX);

	if (w != NULL)
		out->n += (size_t)(num_guid(w, v->p, false) - w);
}

static bool
is_guid(const struct value *v)
{
	return v->type == VALUE_GUID && value_is_sized(v);
}

void
column_value_put(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	if (is_guid(v)) {
		put_guid(out, v);
		return;
	}
	value_json(out, v);
	if (!out->full && value_is_text(v))
		column_value_mend(out, start);
}

bool
column_value_is_blank(const struct value *v)
{
	if (v == NULL || v->type == VALUE_NULL)
		return true;
	if (v->type == VALUE_WSTRING)
		return text_trim_utf16(value_bytes(v)).n == 0;
	return v->n == 0 ||
	       (value_is_text(v) && text_trim_bytes(value_bytes(v)).n == 0);
}

/* Whether a text has neither a line end nor is a GUID in braces. Where nothing
 * was escaped there is no line end. */
bool
column_value_is_clean(struct span s, size_t units)
{
	if (s.n != 0 && s.p[0] == '{')
		return false;
	return s.n <= units || text_line_end(s) == s.n;
}

void
column_value_text_part(
    struct plan *p, const struct node *leaf, const struct tree *t)
{
	static const struct plan_check text = { .clean = column_value_is_clean,
		.mend = column_value_mend,
		.put = column_value_put };
	const struct value *const v = tree_value(leaf, t->values);

	if (is_guid(v))
		plan_scalar(p, leaf, column_value_put, PLAN_GUID_LOWER);
	else if ((v->type & VALUE_ARRAY) != 0 || value_is_text(v))
		plan_checked(p, leaf, t, &text);
	else
		plan_text(p, leaf, t);
}

void
column_value_string(
    struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_string(p, leaf, t, false);
}

void
column_value_text(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_lit(p, "\"");
	column_value_text_part(p, leaf, t);
	plan_lit(p, "\"");
}

void
column_value_content(
    struct plan *p, const struct node *kids, const struct tree *t)
{
	const struct node *n = kids;

	while (n != NULL && n->kind != NODE_ELEMENT)
		n = n->next;
	plan_lit(p, "\"");
	if (n != NULL)
		xml_writer_content(p, kids, t);
	else
		for (n = kids; n != NULL; n = n->next)
			column_value_text_part(p, n, t);
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
column_value_int(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const struct value *const v = tree_value(leaf, t->values);

	if (value_is_sized(v) && (v->type == VALUE_U8 || v->type == VALUE_U16))
		plan_scalar(p, leaf, put_int, PLAN_UNSIGNED);
	else if (value_is_sized(v) &&
		 (v->type == VALUE_I32 || v->type == VALUE_U32 ||
		     v->type == VALUE_HEX32))
		plan_scalar(p, leaf, put_int, PLAN_SIGNED);
	else
		plan_leaf(p, leaf, put_int);
}
