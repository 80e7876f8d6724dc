/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/ecs_account.h"
#include "schema/derived.h"
#include "schema/field.h"

#define PORT_MAX 65535U
#define ADDRESS_MAX 64U /* characters of an IPv6 address, and more */

#define TEXT_OF(leaf, text) \
	.kind = PLAN_MEMBER_TEXT, .of = (leaf), .name = PLAN_NAMED(text)
#define NUMBER_OF(leaf, text, most) \
	.kind = PLAN_MEMBER_NUMBER, .of = (leaf), .name = PLAN_NAMED(text), \
	.max = (most)
#define OBJECT(text, list, close) \
	{ \
		.begin = PLAN_NAMED(text), .end = PLAN_NAMED(close), \
		.members = (list), .n = sizeof(list) / sizeof(*(list)) \
	}

/* --- who ------------------------------------------------------------------ */

enum { DOMAIN, NAME, SID };

static const struct plan_member user_members[] = {
	{ TEXT_OF(DOMAIN, "\"domain\":\"") },
	{ TEXT_OF(SID, "\"id\":\"") },
	{ TEXT_OF(NAME, "\"name\":\"") },
};
static const struct plan_object user = OBJECT(",\"user\":{", user_members, "}");

static const struct plan_member related_members[] = {
	{ TEXT_OF(0, "\"") },
	{ TEXT_OF(1, "\""), .differs = true },
};
static const struct plan_object related =
    OBJECT(",\"related\":{\"user\":[", related_members, "]}");

/* --- from where ----------------------------------------------------------- */

/* The receiver refuses a document whose address is none. */
static bool
is_address(struct span json)
{
	bool dots = false;

	for (size_t i = 0; i < json.n; i++) {
		const uint8_t c = json.p[i];
		dots = dots || c == '.' || c == ':';
		if ((c < '0' || c > '9') && (c < 'a' || c > 'f') &&
		    (c < 'A' || c > 'F') && c != '.' && c != ':')
			return false;
	}
	return dots && json.n <= ADDRESS_MAX;
}

enum { ADDRESS, PORT, STATION };

static const struct plan_member source_members[] = {
	{ TEXT_OF(STATION, "\"domain\":\"") },
	{ TEXT_OF(ADDRESS, "\"ip\":\""), .ok = is_address, .leads = true },
	{ NUMBER_OF(PORT, "\"port\":", PORT_MAX) },
};
static const struct plan_object source =
    OBJECT(",\"source\":{", source_members, "}");

/* --- which process -------------------------------------------------------- */

enum { PATH, PID, COMMAND, PARENT, PARENT_PID };

#define FILE_OF(leaf) \
	{ \
		TEXT_OF(leaf, "\"name\":\""), .part = derived_file_name_utf16, \
					      .put = derived_file_name \
	}

static const struct plan_member process_members[] = {
	{ TEXT_OF(PATH, "\"executable\":\""), .leads = true },
	FILE_OF(PATH),
	{ NUMBER_OF(PID, "\"pid\":", UINT32_MAX) },
	{ TEXT_OF(COMMAND, "\"command_line\":\"") },
	{ .kind = PLAN_MEMBER_INTO, .name = PLAN_NAMED("\"parent\":{") },
	{ TEXT_OF(PARENT, "\"executable\":\"") },
	FILE_OF(PARENT),
	{ NUMBER_OF(PARENT_PID, "\"pid\":", UINT32_MAX) },
	{ .kind = PLAN_MEMBER_OUT, .name = PLAN_NAMED("\"parent\":{") },
};
static const struct plan_object process =
    OBJECT(",\"process\":{", process_members, "}");

enum { TYPE, LOGON };

static const struct plan_member logon_members[] = {
	{ TEXT_OF(LOGON, "\"id\":\"") },
	{ .kind = PLAN_MEMBER_WORD,
	    .of = TYPE,
	    .name = PLAN_NAMED("\"type\":\""),
	    .word = derived_logon_type },
};
static const struct plan_object logon =
    OBJECT(",\"logon\":{", logon_members, "}");

/* --- all ------------------------------------------------------------------ */

static const struct node *
leaf(const struct schema_event *ev, const char *field)
{
	return tree_leaf(field_find(ev->head, ev->tree, span_str(field)));
}

void
ecs_account(struct plan *p, const struct schema_event *ev)
{
	/* The target of these is a group. */
	const bool group =
	    ev->id == 4799 || field_find(ev->head, ev->tree, SPAN("MemberSid"));
	const bool starts =
	    field_find(ev->head, ev->tree, SPAN("NewProcessName")) != NULL;
	const struct node *who[PLAN_JOIN_MAX] = { NULL };
	const struct node *const names[PLAN_JOIN_MAX] = {
		leaf(ev, "SubjectUserName"),
		group ? NULL : leaf(ev, "TargetUserName")
	};
	const struct node *const from[PLAN_JOIN_MAX] = { leaf(ev, "IpAddress"),
		leaf(ev, "IpPort"), leaf(ev, "WorkstationName") };
	const struct node *const image[PLAN_JOIN_MAX] = {
		leaf(ev, starts ? "NewProcessName" : "ProcessName"),
		leaf(ev, starts ? "NewProcessId" : "ProcessId"),
		leaf(ev, "CommandLine"),
		starts ? leaf(ev, "ParentProcessName") : NULL,
		starts ? leaf(ev, "ProcessId") : NULL,
	};

	derived_account(ev, who);
	plan_object(p, &user, who);
	plan_object(p, &related, names);
	plan_object(p, &source, from);
	plan_object(p, &process, image);
}

void
ecs_logon(struct plan *p, const struct schema_event *ev)
{
	const struct node *const type = leaf(ev, "LogonType");
	const struct node *const target = leaf(ev, "TargetLogonId");
	const struct node *const of[PLAN_JOIN_MAX] = { type,
		target != NULL ? target : leaf(ev, "SubjectLogonId") };

	plan_object(p, &logon, of);
}
