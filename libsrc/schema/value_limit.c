/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "schema/json_slice.h"
#include "schema/value_limit.h"

#define COLUMN_NAME_MAX 64
#define LINE_MAX ((size_t)32 << 20)

/* A line that is being rewritten. */
struct rewrite {
	const struct value_limit *limit;
	struct buf line;
	struct buf tail;      /* members to be added at the end of the line */
	struct buf truncated; /* the content of Truncated_CF */
	struct buf spilled;   /* the content of LongFields_CF */
	struct buf path;      /* names that lead to the current member */
	struct buf sizes;     /* sizes of the members of the current object */
	struct err *err;
	enum rc rc;
	unsigned n; /* number of values that were too long */
};

/* --- what is left out ---------------------------------------------------- */

/* Append a value to the spilled ones: length, digest and bytes. `hex` becomes
 * its digest. */
static void
spill(struct rewrite *r, struct span value, char hex[DIGEST_HEX])
{
	struct buf *const out = r->limit->spilled;
	const size_t start = out->n;
	uint8_t sum[DIGEST_BYTES] = { 0 };
	uint64_t n = 0;

	buf_put(out, span_of(&n, sizeof(n)));
	buf_put(out, span_of(sum, sizeof(sum)));
	const size_t at = out->n;
	if (value.p[0] == '"')
		json_slice_unescape(out, json_slice_inside(value));
	else
		buf_put(out, value);
	if (out->full || r->rc != RC_OK)
		return;
	n = out->n - at;
	r->rc = digest_once(span_of(out->p + at, n), sum, r->err);
	memcpy(out->p + start, &n, sizeof(n));
	memcpy(out->p + start + sizeof(n), sum, sizeof(sum));
	digest_hex(sum, sizeof(sum), hex);
}

/* List the value at the current path as incomplete, and spill it if the mode is
 * spill. */
static void
report(struct rewrite *r, struct span value)
{
	const bool spills = r->limit->mode == VALUE_LIMIT_SPILL;
	struct buf *const names = spills ? &r->spilled : &r->truncated;
	char hex[DIGEST_HEX] = "";

	if (spills)
		spill(r, value, hex);
	if (names->n != 0)
		buf_byte(names, ' ');
	buf_put(names, buf_span(&r->path));
	if (spills) {
		buf_byte(names, '=');
		buf_str(names, hex);
	}
}

bool
value_limit_next_spilled(struct span *spilled, struct spilled_value *v)
{
	const size_t head = sizeof(uint64_t) + DIGEST_BYTES;
	uint64_t n;

	if (spilled->n == 0)
		return false;
	memcpy(&n, spilled->p, sizeof(n));
	digest_hex(spilled->p + sizeof(n), DIGEST_BYTES, v->sha256);
	v->bytes = span_of(spilled->p + head, n);
	*spilled = span_of(spilled->p + head + n, spilled->n - head - n);
	return true;
}

/* --- texts --------------------------------------------------------------- */

/* Make the name of the column for a part of a field; parts count from 2 on.
 * False if the table has no such column. */
static bool
part_column(const struct rewrite *r, struct span field, unsigned part,
    char column[COLUMN_NAME_MAX])
{
	const struct table *const t = r->limit->table;

	if (r->limit->mode != VALUE_LIMIT_SPLIT)
		return false;
	(void)snprintf(column, COLUMN_NAME_MAX, "%.*s_%u_CF",
	    field.n > COLUMN_NAME_MAX ? COLUMN_NAME_MAX : (int)field.n,
	    (const char *)field.p, part);
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->columns[i].name, column) == 0)
			return true;
	}
	return false;
}

static void
put_member_name(struct buf *out, const char *column)
{
	buf_str(out, ",\"");
	buf_str(out, column);
	buf_str(out, "\":");
}

/* Write the first part of a text into the line, and the others into further
 * columns. */
static void
limit_text(struct rewrite *r, const struct json_slice_item *item)
{
	struct span rest = json_slice_inside(item->value);
	size_t n = json_slice_prefix(rest, VALUE_LIMIT_BYTES);
	char column[COLUMN_NAME_MAX];

	r->n += n != rest.n;
	json_slice_put(&r->line, span_of(rest.p, n));
	rest = span_skip(rest, n);
	for (unsigned part = 2;
	     rest.n != 0 && part_column(r, item->name, part, column); part++) {
		n = json_slice_prefix(rest, VALUE_LIMIT_BYTES);
		put_member_name(&r->tail, column);
		json_slice_put(&r->tail, span_of(rest.p, n));
		rest = span_skip(rest, n);
	}
	if (rest.n != 0)
		report(r, item->value);
}

/* --- objects ------------------------------------------------------------- */

/* Returns the maximum size of each member with which the object fits into a
 * column, found by bisection. The members are read only once, since an object
 * may have megabytes. If there are more members than bytes in a column, the
 * result is 0 and the rest of the members is not read. */
static size_t
member_room(struct span object, struct buf *sizes)
{
	struct span rest = json_slice_inside(object);
	struct json_slice_item item;
	size_t low = 0;
	size_t high = VALUE_LIMIT_BYTES;

	buf_cut(sizes, 0);
	while (sizes->n <= VALUE_LIMIT_BYTES * sizeof(item.all.n) &&
	       json_slice_next(&rest, &item))
		buf_put(sizes, span_of(&item.all.n, sizeof(item.all.n)));
	while (low < high) {
		const size_t middle = low + (high - low + 1) / 2;
		size_t sum = 2;
		size_t n;
		for (size_t i = 0; i < sizes->n && sum <= VALUE_LIMIT_BYTES;
		     i += sizeof(n)) {
			memcpy(&n, sizes->p + i, sizeof(n));
			sum += 1 + (n < middle ? n : middle);
		}
		if (sum <= VALUE_LIMIT_BYTES)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* Write as much of an object as a column can have into `out`, and the rest of
 * its members into `rest`. `last`: there is no column for the rest, so it is
 * reported. */
static void
split_object(struct rewrite *r, struct span object, struct buf *out,
    struct buf *rest, bool last)
{
	const size_t room = member_room(object, &r->sizes);
	struct span members = json_slice_inside(object);
	struct json_slice_item item;

	buf_byte(out, '{');
	buf_byte(rest, '{');
	while (!out->full && !rest->full && json_slice_next(&members, &item)) {
		const size_t out_before = out->n;
		const size_t rest_before = rest->n;
		const size_t path = r->path.n;
		if (out->p[out->n - 1] != '{')
			buf_byte(out, ',');
		if (rest->p[rest->n - 1] != '{')
			buf_byte(rest, ',');
		const size_t out_start = out->n;
		const size_t rest_start = rest->n;
		json_slice_split(&item, room, out, rest);
		if (out->n == out_start)
			buf_cut(out, out_before);
		if (rest->n == rest_start)
			buf_cut(rest, rest_before);
		if (!last || rest->n == rest_before)
			continue;
		buf_byte(&r->path, '.');
		buf_put(&r->path, item.name);
		report(r, item.value);
		buf_cut(&r->path, path);
	}
	buf_byte(out, '}');
	buf_byte(rest, '}');
}

static void
limit_object(struct rewrite *r, const struct json_slice_item *item)
{
	char column[COLUMN_NAME_MAX];
	struct buf from;
	struct buf rest;

	r->n++;
	buf_init(&from, LINE_MAX);
	buf_init(&rest, LINE_MAX);
	bool more = part_column(r, item->name, 2, column);
	split_object(r, item->value, &r->line, &rest, !more);
	for (unsigned part = 2; more && rest.n > 2; part++) {
		const struct buf swap = from;
		from = rest;
		rest = swap;
		buf_cut(&rest, 0);
		put_member_name(&r->tail, column);
		more = part_column(r, item->name, part + 1, column);
		split_object(r, buf_span(&from), &r->tail, &rest, !more);
	}
	r->line.full = r->line.full || from.full || rest.full;
	buf_reset(&from);
	buf_reset(&rest);
}

/* --- the line ------------------------------------------------------------ */

static void limit_items(struct rewrite *r, struct span value);

/* Write a value of a document, at any depth. */
static void
limit_document(struct rewrite *r, const struct json_slice_item *item)
{
	const uint8_t kind = item->value.p[0];

	if (kind == '{' || kind == '[') {
		limit_items(r, item->value);
		return;
	}
	const struct span text = json_slice_inside(item->value);
	const size_t n =
	    kind == '"' ? json_slice_prefix(text, VALUE_LIMIT_BYTES) : text.n;
	r->n += n != text.n;
	if (n == text.n || r->limit->mode == VALUE_LIMIT_SPLIT) {
		buf_put(&r->line, item->value);
		return;
	}
	json_slice_put(&r->line, span_of(text.p, n));
	report(r, item->value);
}

/* Rewrite the members of an object, or the items of a list. */
static void
limit_items(struct rewrite *r, struct span value)
{
	struct span rest = json_slice_inside(value);
	struct json_slice_item item;
	const size_t path = r->path.n;

	buf_byte(&r->line, value.p[0]);
	for (bool comma = false; json_slice_next(&rest, &item); comma = true) {
		if (comma)
			buf_byte(&r->line, ',');
		buf_put(
		    &r->line, span_of(item.all.p, item.all.n - item.value.n));
		if (item.name.p != NULL && r->path.n != 0)
			buf_byte(&r->path, '.');
		buf_put(&r->path, item.name);
		if (r->limit->layout == VALUE_LIMIT_DOCUMENT)
			limit_document(r, &item);
		else if (item.value.p[0] == '"')
			limit_text(r, &item);
		else if (item.value.n > VALUE_LIMIT_BYTES)
			limit_object(r, &item);
		else
			buf_put(&r->line, item.value);
		buf_cut(&r->path, path);
	}
	buf_byte(&r->line, value.p[value.n - 1]);
}

enum rc
value_limit_apply(struct buf *b, size_t start, const struct value_limit *limit,
    unsigned *n, struct err *e)
{
	struct rewrite r = { .limit = limit, .err = e, .rc = RC_OK };
	struct buf *const all[] = { &r.line, &r.tail, &r.truncated, &r.spilled,
		&r.path, &r.sizes };
	bool full = false;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		buf_init(all[i], LINE_MAX);
	limit_items(&r, span_skip(buf_span(b), start));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		full = full || all[i]->full;
	*n = r.n;
	if (r.n != 0 && !full && r.rc == RC_OK) {
		if (r.truncated.n != 0) {
			put_member_name(&r.tail, "Truncated_CF");
			json_slice_put(&r.tail, buf_span(&r.truncated));
		}
		if (r.spilled.n != 0) {
			put_member_name(&r.tail, "LongFields_CF");
			json_slice_put(&r.tail, buf_span(&r.spilled));
		}
		/* Insert the new members before the closing brace of the line.
		 */
		buf_cut(b, start);
		buf_put(b, span_of(r.line.p, r.line.n - 1));
		buf_put(b, buf_span(&r.tail));
		buf_byte(b, '}');
	}
	b->full = b->full || full || r.tail.full;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		buf_reset(all[i]);
	return r.rc;
}
