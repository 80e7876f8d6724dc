/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "schema/json_slice.h"
#include "schema/value_limit.h"

#define NAME_MAX_BYTES 64
#define LINE_MAX ((size_t)32 << 20)

/* A line that is being written anew. */
struct cut {
	const struct value_limit *how;
	struct buf line;
	struct buf tail;  /* members behind it */
	struct buf lost;  /* names of values that were truncated */
	struct buf files; /* names of values that were spilled, and digests */
	struct buf path;  /* of the member at hand */
	struct buf sizes; /* of the members of the object at hand */
	struct err *err;
	enum rc rc;
	unsigned n;
};

/* --- what is left out ---------------------------------------------------- */

static void
put_path(struct buf *names, const struct cut *c)
{
	if (names->n != 0)
		buf_byte(names, ' ');
	buf_put(names, buf_span(&c->path));
}

/* Entries are a length, a digest, bytes. */
static void
spill(struct cut *c, struct span value)
{
	struct buf *const out = c->how->spilled;
	uint8_t sum[DIGEST_BYTES];
	uint64_t n = 0;
	char hex[DIGEST_HEX];

	const size_t start = out->n;
	buf_put(out, span_of(&n, sizeof(n)));
	buf_put(out, span_of(sum, sizeof(sum)));
	const size_t at = out->n;
	if (value.p[0] == '"')
		json_slice_unescape(out, json_slice_inside(value));
	else
		buf_put(out, value);
	if (out->full || c->rc != RC_OK)
		return;
	n = out->n - at;
	c->rc = digest_once(span_of(out->p + at, n), sum, c->err);
	memcpy(out->p + start, &n, sizeof(n));
	memcpy(out->p + start + sizeof(n), sum, sizeof(sum));
	digest_hex(sum, sizeof(sum), hex);
	put_path(&c->files, c);
	buf_byte(&c->files, '=');
	buf_str(&c->files, hex);
}

/* The row has a first part of the value at most. */
static void
lose(struct cut *c, struct span value)
{
	if (c->how->way == VALUE_LIMIT_SPILL)
		spill(c, value);
	else
		put_path(&c->lost, c);
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

/* --- columns ------------------------------------------------------------- */

/* The column for a part of a field, from 2; false if there is none. */
static bool
part_column(const struct cut *c, struct span field, unsigned part,
    char column[NAME_MAX_BYTES])
{
	const struct table *const t = c->how->table;

	if (c->how->way != VALUE_LIMIT_SPLIT)
		return false;
	(void)snprintf(column, NAME_MAX_BYTES, "%.*s_%u_CF",
	    field.n > NAME_MAX_BYTES ? NAME_MAX_BYTES : (int)field.n,
	    (const char *)field.p, part);
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->columns[i].name, column) == 0)
			return true;
	}
	return false;
}

static void
put_name(struct buf *out, const char *column)
{
	buf_str(out, ",\"");
	buf_str(out, column);
	buf_str(out, "\":");
}

static void
put_quoted(struct buf *out, struct span text)
{
	buf_byte(out, '"');
	buf_put(out, text);
	buf_byte(out, '"');
}

static void
cut_text(struct cut *c, const struct json_slice_item *item)
{
	struct span rest = json_slice_inside(item->value);
	size_t n = json_slice_prefix(rest, VALUE_LIMIT_BYTES);
	char column[NAME_MAX_BYTES];

	c->n += n != rest.n;
	put_quoted(&c->line, span_of(rest.p, n));
	rest = span_of(rest.p + n, rest.n - n);
	for (unsigned part = 2;
	     rest.n != 0 && part_column(c, item->name, part, column); part++) {
		n = json_slice_prefix(rest, VALUE_LIMIT_BYTES);
		put_name(&c->tail, column);
		put_quoted(&c->tail, span_of(rest.p, n));
		rest = span_of(rest.p + n, rest.n - n);
	}
	if (rest.n != 0)
		lose(c, item->value);
}

/* --- objects ------------------------------------------------------------- */

/* Whether an object fits whose members have `most` bytes each, at the most. */
static bool
fits_with(const struct buf *sizes, size_t most)
{
	size_t sum = 2;
	size_t n;

	for (size_t i = 0; i < sizes->n && sum <= VALUE_LIMIT_BYTES;
	     i += sizeof(n)) {
		memcpy(&n, sizes->p + i, sizeof(n));
		sum += 1 + (n < most ? n : most);
	}
	return sum <= VALUE_LIMIT_BYTES;
}

/* The most bytes that each member can have. The members are read once: an
 * object may have megabytes. More members than bytes of a column have no
 * share anyway. */
static size_t
share(struct span object, struct buf *sizes)
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
		if (fits_with(sizes, middle))
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

static void
lose_member(struct cut *c, const struct json_slice_item *item)
{
	const size_t before = c->path.n;

	buf_byte(&c->path, '.');
	buf_put(&c->path, item->name);
	lose(c, item->value);
	buf_cut(&c->path, before);
}

/* One member of an object that is too long, with its comma; what does not fit
 * goes into the rest. */
static void
put_member(struct buf *out, const struct json_slice_item *item, size_t room,
    struct buf *rest)
{
	const size_t before = out->n;
	const size_t rest_before = rest->n;

	if (out->p[out->n - 1] != '{')
		buf_byte(out, ',');
	if (rest->p[rest->n - 1] != '{')
		buf_byte(rest, ',');
	const size_t start = out->n;
	const size_t rest_start = rest->n;
	json_slice_split_item(item, room, out, rest);
	if (out->n == start)
		buf_cut(out, before);
	if (rest->n == rest_start)
		buf_cut(rest, rest_before);
}

/* Write as much of an object as a column takes, the others into the rest. Where
 * nothing will hold that, it is lost. */
static void
put_object(struct cut *c, struct span object, struct buf *out, struct buf *rest,
    bool last)
{
	const size_t room = share(object, &c->sizes);
	struct span members = json_slice_inside(object);
	struct json_slice_item item;

	buf_byte(out, '{');
	buf_byte(rest, '{');
	while (!out->full && !rest->full && json_slice_next(&members, &item)) {
		const size_t before = rest->n;
		put_member(out, &item, room, rest);
		if (last && rest->n != before)
			lose_member(c, &item);
	}
	buf_byte(out, '}');
	buf_byte(rest, '}');
}

static void
cut_object(struct cut *c, const struct json_slice_item *item)
{
	char column[NAME_MAX_BYTES];
	struct buf from;
	struct buf rest;

	c->n++;
	buf_init(&from, LINE_MAX);
	buf_init(&rest, LINE_MAX);
	bool more = part_column(c, item->name, 2, column);
	put_object(c, item->value, &c->line, &rest, !more);
	for (unsigned part = 2; more && rest.n > 2; part++) {
		const struct buf swap = from;
		from = rest;
		rest = swap;
		buf_cut(&rest, 0);
		put_name(&c->tail, column);
		more = part_column(c, item->name, part + 1, column);
		put_object(c, buf_span(&from), &c->tail, &rest, !more);
	}
	c->line.full = c->line.full || from.full || rest.full;
	buf_reset(&from);
	buf_reset(&rest);
}

/* --- the line ------------------------------------------------------------ */

static void
cut_column(struct cut *c, const struct json_slice_item *item)
{
	if (item->value.p[0] == '"')
		cut_text(c, item);
	else if (item->value.n > VALUE_LIMIT_BYTES)
		cut_object(c, item);
	else
		buf_put(&c->line, item->value);
}

static void cut_items(struct cut *c, struct span value);

/* A document stays whole unless it is to be cut. */
static void
cut_document(struct cut *c, const struct json_slice_item *item)
{
	const uint8_t kind = item->value.p[0];

	if (kind == '{' || kind == '[') {
		cut_items(c, item->value);
		return;
	}
	const struct span text = json_slice_inside(item->value);
	const size_t n =
	    kind == '"' ? json_slice_prefix(text, VALUE_LIMIT_BYTES) : text.n;
	c->n += n != text.n;
	if (n == text.n || c->how->way == VALUE_LIMIT_SPLIT) {
		buf_put(&c->line, item->value);
		return;
	}
	put_quoted(&c->line, span_of(text.p, n));
	lose(c, item->value);
}

static void
cut_items(struct cut *c, struct span value)
{
	struct span rest = json_slice_inside(value);
	struct json_slice_item item;
	const size_t path = c->path.n;

	buf_byte(&c->line, value.p[0]);
	for (bool comma = false; json_slice_next(&rest, &item); comma = true) {
		if (comma)
			buf_byte(&c->line, ',');
		buf_put(
		    &c->line, span_of(item.all.p, item.all.n - item.value.n));
		if (item.name.p != NULL && c->path.n != 0)
			buf_byte(&c->path, '.');
		buf_put(&c->path, item.name);
		if (c->how->shape == VALUE_LIMIT_ROW)
			cut_column(c, &item);
		else
			cut_document(c, &item);
		buf_cut(&c->path, path);
	}
	buf_byte(&c->line, value.p[value.n - 1]);
}

/* ,"name":"texts" before the line's end. */
static void
put_names(struct cut *c, const char *column, const struct buf *names)
{
	if (names->n == 0)
		return;
	put_name(&c->tail, column);
	put_quoted(&c->tail, buf_span(names));
}

static void
end_line(struct cut *c, struct buf *b, size_t start)
{
	put_names(c, "Truncated_CF", &c->lost);
	put_names(c, "LongFields_CF", &c->files);
	buf_cut(b, start);
	buf_put(b, span_of(c->line.p, c->line.n - 1));
	buf_put(b, buf_span(&c->tail));
	buf_byte(b, '}');
}

enum rc
value_limit_apply(struct buf *b, size_t start, const struct value_limit *how,
    unsigned *n, struct err *e)
{
	struct cut c = { .how = how, .err = e, .rc = RC_OK };
	struct buf *const all[] = { &c.line, &c.tail, &c.lost, &c.files,
		&c.path, &c.sizes };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		buf_init(all[i], LINE_MAX);
	cut_items(&c, span_of(b->p + start, b->n - start));
	bool full = false;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		full = full || all[i]->full;
	*n = c.n;
	if (c.n != 0 && !full && c.rc == RC_OK)
		end_line(&c, b, start);
	b->full = b->full || full;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		buf_reset(all[i]);
	return c.rc;
}
