/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/ecs_account.h"
#include "schema/derived.h"
#include "schema/field.h"
#include "util/num.h"
#include "util/text.h"

#define PORT_MAX 65535U
#define ADDRESS_MAX 128U   /* bytes of an IPv6 address as UTF-16, and more */
#define ADDRESS_ROOM 1024U /* to convert it in */

/* An object that is begun with its first member. */
struct object {
	struct buf *out;
	struct span begin; /* ,"user":{ */
	bool begun;
};

/* The value without NULs at its end, if it is one. */
static struct span
said(const struct value *v)
{
	if (v == NULL || v->type == VALUE_NULL)
		return span_of(NULL, 0);
	const bool wide = v->type == VALUE_WSTRING;
	const struct span s =
	    wide ? text_trim_utf16(value_bytes(v)) : value_bytes(v);
	const bool dash = value_is_text(v) && s.n == (wide ? 2 : 1) &&
			  s.p[0] == '-' && (!wide || s.p[1] == 0);
	return dash ? span_of(NULL, 0) : s;
}

static bool
says(const struct value *v)
{
	return said(v).n != 0;
}

/* `member` is ,"name": and what comes before the value. */
static void
name(struct object *o, struct span member)
{
	if (!o->begun) {
		buf_put(o->out, o->begin);
		member = span_of(member.p + 1, member.n - 1);
	}
	buf_put(o->out, member);
	o->begun = true;
}

static void
text(struct object *o, struct span member, const struct value *v)
{
	const struct span s = said(v);

	if (s.n == 0)
		return;
	name(o, member);
	if (v->type == VALUE_WSTRING)
		text_utf16_json(o->out, s);
	else
		value_json(o->out, v);
	buf_byte(o->out, '"');
}

static void
number(
    struct object *o, struct span member, const struct value *v, uint64_t max)
{
	uint64_t n;

	if (v == NULL || !value_u64(v, &n) || n > max)
		return;
	name(o, member);
	uint8_t *const w = buf_room(o->out, NUM_DEC_MAX);
	if (w != NULL)
		o->out->n += (size_t)(num_u64(w, n) - w);
}

static void
end(const struct object *o)
{
	if (o->begun)
		buf_byte(o->out, '}');
}

/* --- who ------------------------------------------------------------------ */

static void
put_user(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	struct object o = { out, SPAN(",\"user\":{"), false };

	text(&o, SPAN(",\"domain\":\""), v[0]);
	text(&o, SPAN(",\"id\":\""), v[2]);
	text(&o, SPAN(",\"name\":\""), v[1]);
	end(&o);
}

static bool
is_same(const struct value *a, const struct value *b)
{
	return a->type == b->type && span_eq(value_bytes(a), value_bytes(b));
}

static void
put_related(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	const bool both = says(v[0]) && says(v[1]) && !is_same(v[0], v[1]);

	if (!says(v[0]) && !says(v[1]))
		return;
	buf_put(out, SPAN(",\"related\":{\"user\":[\""));
	value_json(out, says(v[0]) ? v[0] : v[1]);
	if (both) {
		buf_put(out, SPAN("\",\""));
		value_json(out, v[1]);
	}
	buf_put(out, SPAN("\"]}"));
}

/* --- from where ----------------------------------------------------------- */

/* The receiver refuses a document whose address is none. */
static bool
is_address(const struct value *v)
{
	uint8_t room[ADDRESS_ROOM];
	struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
	bool dots = false;

	if (!says(v) || v->n > ADDRESS_MAX)
		return false;
	value_text(&b, v);
	for (size_t i = 0; i < b.n; i++) {
		const uint8_t c = b.p[i];
		dots = dots || c == '.' || c == ':';
		if ((c < '0' || c > '9') && (c < 'a' || c > 'f') &&
		    (c < 'A' || c > 'F') && c != '.' && c != ':')
			return false;
	}
	return dots && !b.full;
}

static void
put_source(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	struct object o = { out, SPAN(",\"source\":{"), false };

	text(&o, SPAN(",\"domain\":\""), v[2]);
	if (is_address(v[0])) {
		text(&o, SPAN(",\"ip\":\""), v[0]);
		number(&o, SPAN(",\"port\":"), v[1], PORT_MAX);
	}
	end(&o);
}

/* --- which process -------------------------------------------------------- */

static void
file(struct object *o, const struct value *path)
{
	if (!says(path))
		return;
	text(o, SPAN(",\"executable\":\""), path);
	name(o, SPAN(",\"name\":\""));
	derived_file_name(o->out, path);
	buf_byte(o->out, '"');
}

static void
put_process(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	struct object o = { out, SPAN(",\"process\":{"), false };
	struct object parent = { out, SPAN(",\"parent\":{"), false };

	file(&o, v[0]);
	if (!o.begun)
		return;
	number(&o, SPAN(",\"pid\":"), v[1], UINT32_MAX);
	text(&o, SPAN(",\"command_line\":\""), v[2]);
	file(&parent, v[3]);
	number(&parent, SPAN(",\"pid\":"), v[4], UINT32_MAX);
	end(&parent);
	end(&o);
}

static void
put_logon(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	struct object o = { out, SPAN(",\"logon\":{"), false };
	uint64_t n;

	text(&o, SPAN(",\"id\":\""), v[1]);
	const char *const type =
	    v[0] != NULL && value_u64(v[0], &n) ? derived_logon_type(n) : NULL;
	if (type != NULL) {
		name(&o, SPAN(",\"type\":\""));
		buf_str(out, type);
		buf_byte(out, '"');
	}
	end(&o);
}

/* --- all ------------------------------------------------------------------ */

static const struct node *
leaf(const struct schema_event *ev, const char *field)
{
	return tree_leaf(field_find(ev->head, ev->tree, span_str(field)));
}

static void
join(struct plan *p, const struct node *const of[PLAN_JOIN_MAX],
    plan_join_fn *put)
{
	bool any = false;

	for (size_t i = 0; i < PLAN_JOIN_MAX; i++)
		any = any || of[i] != NULL;
	if (any)
		plan_join(p, of, put);
}

void
ecs_account(struct plan *p, const struct schema_event *ev)
{
	/* The target of these is a group. */
	const bool group =
	    ev->id == 4799 || field_find(ev->head, ev->tree, SPAN("MemberSid"));
	const bool starts =
	    field_find(ev->head, ev->tree, SPAN("NewProcessName")) != NULL;
	const struct node *user[PLAN_JOIN_MAX] = { NULL };
	const struct node *const names[PLAN_JOIN_MAX] = {
		leaf(ev, "SubjectUserName"),
		group ? NULL : leaf(ev, "TargetUserName")
	};
	const struct node *const from[PLAN_JOIN_MAX] = { leaf(ev, "IpAddress"),
		leaf(ev, "IpPort"), leaf(ev, "WorkstationName") };
	const struct node *const process[PLAN_JOIN_MAX] = {
		leaf(ev, starts ? "NewProcessName" : "ProcessName"),
		leaf(ev, starts ? "NewProcessId" : "ProcessId"),
		leaf(ev, "CommandLine"),
		starts ? leaf(ev, "ParentProcessName") : NULL,
		starts ? leaf(ev, "ProcessId") : NULL,
	};

	derived_account(ev, user);
	join(p, user, put_user);
	join(p, names, put_related);
	join(p, from, put_source);
	join(p, process, put_process);
}

void
ecs_logon(struct plan *p, const struct schema_event *ev)
{
	const struct node *const type = leaf(ev, "LogonType");
	const struct node *const target = leaf(ev, "TargetLogonId");
	const struct node *const of[PLAN_JOIN_MAX] = { type,
		target != NULL ? target : leaf(ev, "SubjectLogonId") };

	join(p, of, put_logon);
}
