/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "keyword.h"
#include "text.h"

enum keyword {
	K_TIME,
	K_COMPUTER,
	K_CHANNEL,
	K_PROVIDER,
	K_SOURCE,
	K_GUID,
	K_ID,
	K_QUALIFIERS,
	K_VERSION,
	K_LEVEL,
	K_TASK,
	K_OPCODE,
	K_KEYWORDS,
	K_RECORD,
	K_PID,
	K_TID,
	K_ACTIVITY,
	K_RELATED,
	K_USER,
	K_STYLE,
	K_LACK,
	K_ODD,
	K_EVENTDATA,
	K_USERDATA,
	K_NOBODY,
	K_DROP,
	K_COUNT
};

static const char *const names[K_COUNT] = { "time", "computer", "channel",
	"provider", "source", "guid", "id", "qualifiers", "version", "level",
	"task", "opcode", "keywords", "record", "pid", "tid", "activity",
	"related", "user", "style", "lack", "odd", "eventdata", "userdata",
	"nobody", "drop" };

static int
find(const char *name, size_t n)
{
	int i = 0;

	while (i < K_COUNT &&
	       (strlen(names[i]) != n || memcmp(names[i], name, n) != 0))
		i++;
	return i;
}

bool
keyword_is(const char *name, size_t n)
{
	return find(name, n) < K_COUNT;
}

struct event_text
keyword_text(struct draft *d, const char *s, size_t n)
{
	struct buf units = { 0 };

	text_units(&units, s, n);
	const struct node *const kept =
	    node_new(&d->arena, NODE_TEXT, units.p, units.n);
	buf_free(&units);
	return (struct event_text){ kept->text, kept->bytes };
}

/* The bits of the names in a list with commas. */
static unsigned
bits(const char *const *table, size_t count, const char *s, size_t n)
{
	unsigned v = 0;

	while (n > 0) {
		const char *const comma = memchr(s, ',', n);
		const size_t len = comma == NULL ? n : (size_t)(comma - s);
		size_t i = 0;

		while (i < count && (strlen(table[i]) != len ||
					memcmp(table[i], s, len) != 0))
			i++;
		if (i == count)
			buf_die(2, "unknown: %.*s", (int)len, s);
		v |= 1U << i;
		n -= len + (comma == NULL ? 0 : 1);
		s += len + 1;
	}
	return v;
}

static unsigned
lack(const char *s, size_t n)
{
	static const char *const table[] = { "provider", "version", "keywords",
		"time", "record", "execution", "channel", "computer" };

	return bits(table, 8, s, n);
}

unsigned
keyword_odd(const char *s, size_t n)
{
	static const char *const table[] = { "no-template", "raw-body",
		"two-fragments", "late-template", "missing-template",
		"size-copy" };

	return bits(table, 6, s, n);
}

static bool
guid(uint8_t out[16], const struct draft_line *l)
{
	struct buf b = { 0 };

	if (l->value_n == 4 && memcmp(l->value, "none", 4) == 0)
		return false;
	value_guid(&b, l->value, l->value_n);
	memcpy(out, b.p, 16);
	buf_free(&b);
	return true;
}

static void
user(struct event *e, const struct draft_line *l)
{
	struct buf b = { 0 };

	value_sid(&b, l->value, l->value_n);
	memcpy(e->user, b.p, b.n);
	e->user_bytes = b.n;
	buf_free(&b);
}

static void
number(struct event *e, int which, uint64_t v)
{
	switch (which) {
	case K_ID:
		e->id = (uint16_t)v;
		return;
	case K_QUALIFIERS:
		e->qualifiers = (uint16_t)v;
		e->has_qualifiers = true;
		return;
	case K_VERSION:
		e->version = (uint8_t)v;
		return;
	case K_LEVEL:
		e->level = (uint8_t)v;
		return;
	case K_TASK:
		e->task = (uint16_t)v;
		return;
	case K_OPCODE:
		e->opcode = (uint8_t)v;
		return;
	case K_KEYWORDS:
		e->keywords = v;
		return;
	case K_RECORD:
		e->record = v;
		return;
	case K_PID:
		e->pid = (uint32_t)v;
		return;
	case K_TID:
		e->tid = (uint32_t)v;
		return;
	default:
		return;
	}
}

static void
text(struct draft *d, int which, const struct draft_line *l)
{
	struct event *const e = &d->event;
	const struct event_text t = keyword_text(d, l->value, l->value_n);

	switch (which) {
	case K_COMPUTER:
		e->computer = t;
		return;
	case K_CHANNEL:
		e->channel = t;
		return;
	case K_PROVIDER:
		e->provider = t;
		return;
	case K_SOURCE:
		e->source = t;
		return;
	default:
		return;
	}
}

static void
body(struct draft *d, int which, const struct draft_line *l)
{
	d->event.body = which == K_USERDATA ? EVENT_USER
			: which == K_NOBODY ? EVENT_NONE
					    : EVENT_DATA;
	d->drop_catalog = 1;
	(void)l;
}

void
keyword_apply(struct draft *d, const struct draft_line *l)
{
	struct event *const e = &d->event;
	const int which = find(l->name, l->name_n);

	switch (which) {
	case K_COMPUTER:
	case K_CHANNEL:
	case K_PROVIDER:
	case K_SOURCE:
		text(d, which, l);
		return;
	case K_GUID:
		e->has_guid = guid(e->guid, l);
		return;
	case K_ACTIVITY:
		e->has_activity = guid(e->activity, l);
		return;
	case K_RELATED:
		e->has_related = guid(e->related, l);
		return;
	case K_USER:
		user(e, l);
		return;
	case K_STYLE:
		e->style = *l->value == 'c' ? EVENT_CLASSIC : EVENT_REALTIME;
		return;
	case K_LACK:
		e->lack |= lack(l->value, l->value_n);
		return;
	case K_ODD:
		e->odd |= keyword_odd(l->value, l->value_n);
		return;
	case K_EVENTDATA:
	case K_USERDATA:
	case K_NOBODY:
		body(d, which, l);
		return;
	default:
		number(e, which, strtoull(l->value, NULL, 0));
		return;
	}
}
