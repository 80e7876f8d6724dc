/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "expect.h"
#include "leaf.h"
#include "render.h"
#include "text.h"
#include "value.h"

struct line {
	uint32_t offset;
	uint32_t size;
	size_t from;
	size_t to;
};

struct expect {
	FILE *f;
	const char *path;
	bool last_first;
	struct buf text; /* of the records of this chunk */
	struct line *lines;
	size_t n;
	size_t cap;
	struct buf held;
	struct buf out;
};

struct expect *
expect_create(const char *path, bool last_first)
{
	struct expect *const x = calloc(1, sizeof(*x));

	if (x == NULL)
		buf_die(1, "out of memory");
	x->path = path;
	x->last_first = last_first;
	x->f = fopen(path, "wb");
	if (x->f == NULL)
		buf_die(1, "create %s: %s", path, strerror(errno));
	return x;
}

static void
put_number(struct buf *b, const char *key, bool has, uint64_t v)
{
	if (has)
		buf_fmt(b, ",\"%s\":%" PRIu64, key, v);
	else
		buf_fmt(b, ",\"%s\":null", key);
}

static void
put_text(struct buf *b, const char *key, bool has, struct event_text t)
{
	buf_fmt(b, ",\"%s\":", key);
	if (has)
		text_json_quoted(b, t.units, t.bytes);
	else
		buf_str(b, "null");
}

static void
put_value(
    struct buf *b, const char *key, uint8_t code, const uint8_t *p, size_t n)
{
	struct buf units = { 0 };

	if (n > 0)
		render_units(&units, code, p, n, RENDER_RAW);
	put_text(b, key, n > 0, (struct event_text){ units.p, units.n });
	buf_free(&units);
}

static void
put_system(struct buf *b, const struct event *e)
{
	char iso[40];
	const unsigned lack = e->lack;

	clock_iso(e->time, iso);
	put_number(b, "record", (lack & EVENT_NO_RECORD) == 0, e->record);
	put_text(b, "channel", (lack & EVENT_NO_CHANNEL) == 0, e->channel);
	put_text(b, "provider", (lack & EVENT_NO_PROVIDER) == 0, e->provider);
	put_text(b, "computer", (lack & EVENT_NO_COMPUTER) == 0, e->computer);
	put_number(b, "event_id", true, e->id);
	put_number(b, "qualifiers", e->has_qualifiers, e->qualifiers);
	put_number(b, "version", (lack & EVENT_NO_VERSION) == 0, e->version);
	put_number(b, "level", true, e->level);
	put_number(b, "task", true, e->task);
	put_number(b, "opcode", true, e->opcode);
	if ((lack & EVENT_NO_KEYWORDS) == 0)
		buf_fmt(b, ",\"keywords\":\"0x%" PRIx64 "\"", e->keywords);
	else
		buf_str(b, ",\"keywords\":null");
	if ((lack & EVENT_NO_TIME) == 0)
		buf_fmt(b, ",\"time\":\"%s\"", iso);
	else
		buf_str(b, ",\"time\":null");
	put_number(b, "filetime", (lack & EVENT_NO_TIME) == 0, e->time);
	put_number(b, "pid", (lack & EVENT_NO_EXECUTION) == 0, e->pid);
	put_number(b, "tid", (lack & EVENT_NO_EXECUTION) == 0, e->tid);
	put_value(
	    b, "activity", VALUE_GUID, e->activity, e->has_activity ? 16 : 0);
	put_value(
	    b, "related", VALUE_GUID, e->related, e->has_related ? 16 : 0);
	put_value(b, "user", VALUE_SID, e->user, e->user_bytes);
}

static void
put_odd(struct buf *b, const struct event *e)
{
	static const char *const names[] = { "no-template", "raw-body",
		"two-fragments", "late-template", "missing-template",
		"size-copy", "header-time" };
	const char *comma = "";

	buf_str(b, ",\"odd\":[");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((e->odd >> i & 1) == 0)
			continue;
		buf_fmt(b, "%s\"%s\"", comma, names[i]);
		comma = ",";
	}
	buf_str(b, "]");
}

void
expect_event(
    struct expect *x, const struct event *e, uint32_t offset, uint32_t size)
{
	static const char *const body[] = { "null", "\"EventData\"",
		"\"UserData\"" };

	if (x->n == x->cap) {
		x->cap = x->cap == 0 ? 64 : x->cap * 2;
		x->lines = realloc(x->lines, x->cap * sizeof(*x->lines));
		if (x->lines == NULL)
			buf_die(1, "out of memory");
	}
	struct line *const l = &x->lines[x->n++];
	*l = (struct line){ .offset = offset, .size = size };
	l->from = x->text.n;
	put_system(&x->text, e);
	put_odd(&x->text, e);
	buf_fmt(&x->text, ",\"body\":%s,\"data\":[", body[e->body]);
	if (e->body != EVENT_NONE)
		leaf_json(&x->text, e);
	buf_str(&x->text, "]}\n");
	l->to = x->text.n;
}

static void
put_line(struct buf *b, const struct expect *x, const struct line *l,
    const struct expect_place *at)
{
	const uint8_t *const head = at->page + l->offset;

	buf_fmt(b, "{\"chunk\":%" PRIu64 ",\"offset\":%" PRIu64, at->index,
	    at->at + l->offset);
	buf_fmt(b, ",\"size\":%" PRIu32 ",\"whole\":%s", l->size,
	    at->end - l->size >= l->offset && at->end > l->size ? "true"
								: "false");
	buf_fmt(b, ",\"header_id\":%" PRIu64 ",\"header_time\":%" PRIu64,
	    buf_get(head + 8, 8), buf_get(head + 16, 8));
	buf_put(b, x->text.p + l->from, l->to - l->from);
}

static void
emit(struct expect *x, const struct buf *b)
{
	if (b->n > 0 && fwrite(b->p, 1, b->n, x->f) != b->n)
		buf_die(1, "write %s: %s", x->path, strerror(errno));
}

void
expect_chunk(struct expect *x, const struct expect_place *place)
{
	struct buf *const to =
	    x->last_first && !place->last ? &x->held : &x->out;

	for (size_t i = 0; i < x->n; i++)
		put_line(to, x, &x->lines[i], place);
	emit(x, &x->out);
	buf_reset(&x->out);
	buf_reset(&x->text);
	x->n = 0;
}

void
expect_close(struct expect *x)
{
	if (x == NULL)
		return;
	emit(x, &x->held);
	if (fclose(x->f) != 0)
		buf_die(1, "write %s: %s", x->path, strerror(errno));
	buf_free(&x->held);
	buf_free(&x->out);
	buf_free(&x->text);
	free(x->lines);
	free(x);
}
