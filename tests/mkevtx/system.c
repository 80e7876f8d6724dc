/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"
#include "value.h"

#define XMLNS "http://schemas.microsoft.com/win/2004/08/events/event"
#define KEPT 4096

/* Numbers of the substitutions, those of Windows' own templates. */
enum {
	H_LEVEL,
	H_OPCODE,
	H_TASK,
	H_ID,
	H_QUALIFIERS,
	H_KEYWORDS,
	H_TIME,
	H_ACTIVITY,
	H_PID,
	H_TID,
	H_RECORD,
	H_VERSION,
	H_USER,
	H_RELATED,
	H_PROVIDER,
	H_GUID,
	H_CHANNEL,
	H_BODY
};

#define CLASSIC_RELATED 18
#define CLASSIC_BODY 19

struct kept {
	struct kept *next;
	uint8_t *key;
	size_t key_bytes;
	struct vals_shape shape;
};

struct system {
	struct node_arena arena;
	struct kept *heads[KEPT];
	struct buf key;
};

struct system *
system_create(void)
{
	struct system *const s = calloc(1, sizeof(*s));

	if (s == NULL)
		buf_die(1, "out of memory");
	return s;
}

void
system_destroy(struct system *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < KEPT; i++) {
		while (s->heads[i] != NULL) {
			struct kept *const next = s->heads[i]->next;

			free(s->heads[i]->key);
			free(s->heads[i]);
			s->heads[i] = next;
		}
	}
	buf_free(&s->key);
	node_arena_reset(&s->arena);
	free(s);
}

static struct node *
attr(struct node_arena *a, struct node *e, const char *name, struct node *v)
{
	struct node *const n = node_ascii(a, NODE_ATTRIBUTE, name);

	(void)node_add(n, v);
	return node_add(e, n);
}

static struct node *
substitution(struct node_arena *a, unsigned n, unsigned type)
{
	return node_substitution(a, n, (uint8_t)type, true);
}

static struct node *
literal(struct node_arena *a, struct event_text t)
{
	return node_new(a, NODE_TEXT, t.units, t.bytes);
}

static struct node *
guid_text(struct node_arena *a, const uint8_t g[16])
{
	char s[40];

	(void)snprintf(s, sizeof(s),
	    "{%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}",
	    (unsigned)buf_get(g, 4), (unsigned)buf_get(g + 4, 2),
	    (unsigned)buf_get(g + 6, 2), g[8], g[9], g[10], g[11], g[12], g[13],
	    g[14], g[15]);
	return node_ascii(a, NODE_TEXT, s);
}

static void
add_provider(struct node_arena *a, struct node *sys, const struct event *e)
{
	struct node *const p =
	    node_add(sys, node_ascii(a, NODE_ELEMENT, "Provider"));

	if ((e->lack & EVENT_NO_PROVIDER) != 0)
		return;
	if (e->style == EVENT_REALTIME) {
		(void)attr(
		    a, p, "Name", substitution(a, H_PROVIDER, VALUE_STRING));
		(void)attr(a, p, "Guid", substitution(a, H_GUID, VALUE_GUID));
		return;
	}
	(void)attr(a, p, "Name", literal(a, e->provider));
	if (e->has_guid)
		(void)attr(a, p, "Guid", guid_text(a, e->guid));
	if (e->source.bytes > 0)
		(void)attr(a, p, "EventSourceName", literal(a, e->source));
}

static void
add_numbers(struct node_arena *a, struct node *sys)
{
	static const struct {
		const char *name;
		uint8_t index;
		uint8_t type;
	} plain[] = {
		{ "Version", H_VERSION, VALUE_UINT8 },
		{ "Level", H_LEVEL, VALUE_UINT8 },
		{ "Task", H_TASK, VALUE_UINT16 },
		{ "Opcode", H_OPCODE, VALUE_UINT8 },
		{ "Keywords", H_KEYWORDS, VALUE_HEX64 },
	};
	struct node *const id = node_add(
	    sys, node_wrap(a, "EventID", substitution(a, H_ID, VALUE_UINT16)));

	(void)attr(
	    a, id, "Qualifiers", substitution(a, H_QUALIFIERS, VALUE_UINT16));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		(void)node_add(
		    sys, node_wrap(a, plain[i].name,
			     substitution(a, plain[i].index, plain[i].type)));
	struct node *const time =
	    node_add(sys, node_ascii(a, NODE_ELEMENT, "TimeCreated"));
	(void)attr(
	    a, time, "SystemTime", substitution(a, H_TIME, VALUE_FILETIME));
	(void)node_add(sys, node_wrap(a, "EventRecordID",
				substitution(a, H_RECORD, VALUE_UINT64)));
}

static void
add_origin(struct node_arena *a, struct node *sys, const struct event *e)
{
	const bool live = e->style == EVENT_REALTIME;
	struct node *const c =
	    node_add(sys, node_ascii(a, NODE_ELEMENT, "Correlation"));
	struct node *const x =
	    node_add(sys, node_ascii(a, NODE_ELEMENT, "Execution"));

	(void)attr(a, c, "ActivityID", substitution(a, H_ACTIVITY, VALUE_GUID));
	(void)attr(a, c, "RelatedActivityID",
	    substitution(a, live ? H_RELATED : CLASSIC_RELATED, VALUE_GUID));
	(void)attr(a, x, "ProcessID", substitution(a, H_PID, VALUE_UINT32));
	(void)attr(a, x, "ThreadID", substitution(a, H_TID, VALUE_UINT32));
	if ((e->lack & EVENT_NO_CHANNEL) == 0)
		(void)node_add(
		    sys, node_wrap(a, "Channel",
			     live ? substitution(a, H_CHANNEL, VALUE_STRING)
				  : literal(a, e->channel)));
	if ((e->lack & EVENT_NO_COMPUTER) == 0) {
		struct node *const host =
		    node_add(sys, node_ascii(a, NODE_ELEMENT, "Computer"));

		/* An empty name is an element that has no text at all. */
		if (e->computer.bytes > 0)
			(void)node_add(host, literal(a, e->computer));
	}
	struct node *const s =
	    node_add(sys, node_ascii(a, NODE_ELEMENT, "Security"));
	(void)attr(a, s, "UserID", substitution(a, H_USER, VALUE_SID));
}

static struct node *
build(struct node_arena *a, const struct event *e)
{
	struct node *const root = node_ascii(a, NODE_ELEMENT, "Event");
	struct node *const sys = node_ascii(a, NODE_ELEMENT, "System");
	const unsigned body =
	    e->style == EVENT_REALTIME ? (unsigned)H_BODY : CLASSIC_BODY;

	(void)attr(a, root, "xmlns", node_ascii(a, NODE_TEXT, XMLNS));
	(void)node_add(root, sys);
	add_provider(a, sys, e);
	add_numbers(a, sys);
	add_origin(a, sys, e);
	if (e->body == EVENT_USER)
		(void)node_add(root, node_wrap(a, "UserData",
					 substitution(a, body, VALUE_BINXML)));
	else
		(void)node_add(root, substitution(a, body, VALUE_BINXML));
	return root;
}

static void
key_text(struct buf *key, struct event_text t)
{
	buf_u32(key, (uint32_t)t.bytes);
	buf_put(key, t.units, t.bytes);
}

static void
make_key(struct buf *key, const struct event *e)
{
	buf_reset(key);
	buf_u8(key, (unsigned)e->style);
	buf_u16(key, e->lack);
	buf_u8(key, e->body == EVENT_USER);
	key_text(key, e->computer);
	/* The other texts are values in a real-time event, not template. */
	if (e->style == EVENT_REALTIME)
		return;
	buf_u8(key, e->has_guid);
	buf_put(key, e->guid, 16);
	key_text(key, e->provider);
	key_text(key, e->source);
	key_text(key, e->channel);
}

static uint32_t
key_hash(const struct buf *key)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < key->n; i++)
		h = (h ^ key->p[i]) * 16777619U;
	return h ^ h >> 15;
}

const struct vals_shape *
system_shape(struct system *s, const struct event *e)
{
	make_key(&s->key, e);
	struct kept **const head = &s->heads[key_hash(&s->key) % KEPT];

	for (const struct kept *k = *head; k != NULL; k = k->next)
		if (k->key_bytes == s->key.n &&
		    memcmp(k->key, s->key.p, s->key.n) == 0)
			return &k->shape;
	struct kept *const k = calloc(1, sizeof(*k));
	if (k == NULL)
		buf_die(1, "out of memory");
	k->shape.root = build(&s->arena, e);
	node_guid(k->shape.root, k->shape.guid);
	k->key = s->key.p;
	k->key_bytes = s->key.n;
	s->key = (struct buf){ 0 };
	k->next = *head;
	*head = k;
	return &k->shape;
}

static void
unless(struct vals *out, bool lacks, uint8_t type, uint64_t v)
{
	if (lacks)
		vals_null(out, 1);
	else
		vals_number(out, type, v);
}

static void
bytes_if(struct vals *out, bool has, uint8_t type, const uint8_t *p, size_t n)
{
	if (has)
		vals_add(out, type, p, n);
	else
		vals_null(out, 1);
}

static void
add_body(const struct event *e, struct vals *out)
{
	if (e->body == EVENT_NONE) {
		vals_null(out, 1);
		return;
	}
	struct vals_one *const one = vals_begin(out, VALUE_BINXML);
	one->fragments = (e->odd & EVENT_TWO_FRAGMENTS) != 0;
	if ((e->odd & EVENT_RAW_BODY) != 0) {
		one->tree = e->shape->root;
		return;
	}
	one->shape = e->shape;
	one->inner = e->vals;
}

void
system_values(const struct event *e, struct vals *out)
{
	const unsigned lack = e->lack;
	const bool live = e->style == EVENT_REALTIME;

	vals_reset(out);
	vals_number(out, VALUE_UINT8, e->level);
	vals_number(out, VALUE_UINT8, e->opcode);
	vals_number(out, VALUE_UINT16, e->task);
	vals_number(out, VALUE_UINT16, e->id);
	unless(out, !e->has_qualifiers, VALUE_UINT16, e->qualifiers);
	unless(out, (lack & EVENT_NO_KEYWORDS) != 0, VALUE_HEX64, e->keywords);
	unless(out, (lack & EVENT_NO_TIME) != 0, VALUE_FILETIME, e->time);
	bytes_if(out, e->has_activity, VALUE_GUID, e->activity, 16);
	unless(out, (lack & EVENT_NO_EXECUTION) != 0, VALUE_UINT32, e->pid);
	unless(out, (lack & EVENT_NO_EXECUTION) != 0, VALUE_UINT32, e->tid);
	unless(out, (lack & EVENT_NO_RECORD) != 0, VALUE_UINT64, e->record);
	unless(out, (lack & EVENT_NO_VERSION) != 0, VALUE_UINT8, e->version);
	bytes_if(out, e->user_bytes > 0, VALUE_SID, e->user, e->user_bytes);
	if (live) {
		bytes_if(out, e->has_related, VALUE_GUID, e->related, 16);
		vals_add(
		    out, VALUE_STRING, e->provider.units, e->provider.bytes);
		bytes_if(out, e->has_guid, VALUE_GUID, e->guid, 16);
		vals_add(out, VALUE_STRING, e->channel.units, e->channel.bytes);
	} else {
		vals_null(out, 5);
		bytes_if(out, e->has_related, VALUE_GUID, e->related, 16);
	}
	add_body(e, out);
}
