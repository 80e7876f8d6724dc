/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/ecs_account.h"
#include "schema/cell.h"
#include "schema/derived.h"
#include "schema/field.h"
#include "util/num.h"

#define PORT_MAX 65535U
#define ADDRESS_MAX 128U   /* bytes of an IPv6 address as UTF-16, and more */
#define ADDRESS_ROOM 1024U /* to convert it in */

/* An object that is begun with its first member. */
struct object {
	struct buf *out;
	const char *begin; /* ,"user":{ */
	bool begun;
};

static bool
says(const struct value *v)
{
	return !cell_is_blank(v) && !value_equals_nocase(v, SPAN("-"));
}

static void
name(struct object *o, const char *member)
{
	buf_str(o->out, o->begun ? ",\"" : o->begin);
	buf_str(o->out, o->begun ? member : "\"");
	if (!o->begun)
		buf_str(o->out, member);
	buf_str(o->out, "\":");
	o->begun = true;
}

static void
text(struct object *o, const char *member, const struct value *v)
{
	if (!says(v))
		return;
	name(o, member);
	buf_byte(o->out, '"');
	cell_put(o->out, v);
	buf_byte(o->out, '"');
}

static void
number(
    struct object *o, const char *member, const struct value *v, uint64_t max)
{
	uint8_t digits[NUM_DEC_MAX];
	uint64_t n;

	if (v == NULL || !value_u64(v, &n) || n > max)
		return;
	name(o, member);
	buf_put(o->out, span_of(digits, (size_t)(num_u64(digits, n) - digits)));
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
	struct object o = { out, ",\"user\":{", false };

	text(&o, "domain", v[0]);
	text(&o, "id", v[2]);
	text(&o, "name", v[1]);
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
	buf_str(out, ",\"related\":{\"user\":[\"");
	cell_put(out, says(v[0]) ? v[0] : v[1]);
	if (both) {
		buf_str(out, "\",\"");
		cell_put(out, v[1]);
	}
	buf_str(out, "\"]}");
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
	struct object o = { out, ",\"source\":{", false };

	text(&o, "domain", v[2]);
	if (is_address(v[0])) {
		text(&o, "ip", v[0]);
		number(&o, "port", v[1], PORT_MAX);
	}
	end(&o);
}

/* --- which process -------------------------------------------------------- */

static void
file(struct object *o, const struct value *path)
{
	if (!says(path))
		return;
	text(o, "executable", path);
	name(o, "name");
	buf_byte(o->out, '"');
	derived_file_name(o->out, path);
	buf_byte(o->out, '"');
}

static void
put_process(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	struct object o = { out, ",\"process\":{", false };
	struct object parent = { out, ",\"parent\":{", false };

	file(&o, v[0]);
	if (!o.begun)
		return;
	number(&o, "pid", v[1], UINT32_MAX);
	text(&o, "command_line", v[2]);
	file(&parent, v[3]);
	number(&parent, "pid", v[4], UINT32_MAX);
	end(&parent);
	end(&o);
}

static void
put_logon(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	struct object o = { out, ",\"logon\":{", false };
	uint64_t n;

	text(&o, "id", v[1]);
	const char *const type =
	    v[0] != NULL && value_u64(v[0], &n) ? derived_logon_type(n) : NULL;
	if (type != NULL) {
		name(&o, "type");
		buf_byte(out, '"');
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
