/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/column_value.h"
#include "schema/xml_writer.h"
#include "util/num.h"
#include "util/text.h"
#include "util/text_scan.h"

#define GUID_IN_BRACES 38U

void
column_value_mend(struct buf *out, size_t start)
{
	uint8_t guid[NUM_GUID_BYTES];
	size_t run;

	/* text_line_end() reads beyond the text. */
	if (buf_room(out, TEXT_SCAN_MORE) == NULL)
		return;
	uint8_t *w = out->p + start;
	struct span rest = span_of(w, out->n - start);
	if (rest.n == GUID_IN_BRACES && rest.p[0] == '{' &&
	    num_parse_guid(rest, guid)) {
		out->n = (size_t)(num_guid(w, guid, false) - out->p);
		return;
	}
	/* In JSON a line end has four characters. */
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
column_value_put(struct buf *out, const struct value *v)
{
	const size_t start = out->n;

	if (plan_kind(v) == PLAN_GUID) {
		uint8_t *const w = buf_room(out, NUM_GUID_MAX);
		if (w != NULL)
			out->n += (size_t)(num_guid(w, v->p, false) - w);
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

bool
column_value_is_clean(struct span json, size_t units)
{
	if (json.n != 0 && json.p[0] == '{')
		return false;
	/* If the JSON is not longer than the text in UTF-16 units, nothing is
	 * escaped, not even a line end. */
	return json.n <= units || text_line_end(json) == json.n;
}

void
column_value_text(struct plan *p, const struct node *leaf, const struct tree *t)
{
	static const struct plan_check text = { .clean = column_value_is_clean,
		.mend = column_value_mend,
		.put = column_value_put };
	const struct value *const v = tree_value(leaf, t->values);

	if (plan_kind(v) == PLAN_GUID)
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
column_value_content(
    struct plan *p, const struct node *kids, const struct tree *t)
{
	const bool elements = tree_element(kids) != NULL;

	plan_literal(p, "\"");
	if (elements)
		xml_writer_content(p, kids, t);
	for (; kids != NULL && !elements; kids = kids->next)
		column_value_text(p, kids, t);
	plan_literal(p, "\"");
}

static void
put_int(struct buf *out, const struct value *v)
{
	uint8_t *const w = buf_room(out, NUM_DEC_MAX);
	int64_t n;

	if (!value_i64(v, &n) || n < INT32_MIN || n > UINT32_MAX) {
		buf_str(out, "null");
		return;
	}
	if (n > INT32_MAX)
		n -= INT64_C(1) << 32;
	if (w != NULL)
		out->n += (size_t)(num_i64(w, n) - w);
}

void
column_value_int(struct plan *p, const struct node *leaf, const struct tree *t)
{
	const struct value *const v = tree_value(leaf, t->values);

	const bool sized = value_is_sized(v);

	if (sized && (v->type == VALUE_U8 || v->type == VALUE_U16))
		plan_scalar(p, leaf, put_int, plan_kind(v));
	else if (sized && (v->type == VALUE_I32 || v->type == VALUE_U32 ||
			      v->type == VALUE_HEX32))
		plan_scalar(p, leaf, put_int, PLAN_SIGNED);
	else
		plan_value(p, leaf, put_int);
}
