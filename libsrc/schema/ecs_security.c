/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "schema/computed_columns.h"
#include "schema/ecs_security.h"
#include "schema/event_field.h"

#define PORT_MAX 65535U

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

/* The account in account@realm. */
static size_t
without_realm(uint8_t *json, size_t n)
{
	const uint8_t *const at = n == 0 ? NULL : memchr(json, '@', n);

	return at == NULL ? n : (size_t)(at - json);
}

enum { DOMAIN, NAME, SID };

static const struct plan_member user_members[] = {
	{ TEXT_OF(DOMAIN, "\"domain\":\"") },
	{ TEXT_OF(SID, "\"id\":\"") },
	{ TEXT_OF(NAME, "\"name\":\"") },
};
static const struct plan_object user = OBJECT(",\"user\":{", user_members, "}");

static const struct plan_member target_members[] = {
	{ TEXT_OF(DOMAIN, "\"domain\":\"") },
	{ TEXT_OF(SID, "\"id\":\"") },
	{ TEXT_OF(NAME, "\"name\":\""), .edit = without_realm },
};
static const struct plan_object target_user =
    OBJECT(",\"user\":{", target_members, "}");

static const struct plan_member related_members[] = {
	{ TEXT_OF(0, "\"") },
	{ TEXT_OF(1, "\""), .edit = without_realm, .differs = true },
};
static const struct plan_object related =
    OBJECT(",\"related\":{\"user\":[", related_members, "]}");

/* --- from where ----------------------------------------------------------- */

/* The receiver refuses a document whose address is none. */
static bool
is_address(struct span json)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[sizeof(struct in6_addr)];

	if (json.n >= sizeof(text))
		return false;
	memcpy(text, json.p, json.n);
	text[json.n] = '\0';
	return inet_pton(AF_INET, text, bytes) == 1 ||
	       inet_pton(AF_INET6, text, bytes) == 1;
}

/* The IPv4 address in ::ffff:10.0.0.1 or [::ffff:10.0.0.1]:80. */
static size_t
without_mapping(uint8_t *json, size_t n)
{
	const struct span s = span_of(json, n);

	if (n < 8 || (json[0] != ':' && json[0] != '['))
		return n;
	const size_t skip = span_starts(s, SPAN("::ffff:"))    ? 7
			    : span_starts(s, SPAN("[::ffff:")) ? 8
							       : 0;
	size_t end = skip;
	bool dots = false;

	while (end < n && json[end] != ']' && json[end] != ':')
		dots = json[end++] == '.' || dots;
	/* What is no IPv4 address is left as it is. */
	if (skip == 0 || !dots || (end != n && (skip == 7 || json[end] == ':')))
		return n;
	memmove(json, json + skip, end - skip);
	return end - skip;
}

/* The same of a session's client, which may be this machine. */
static size_t
client(uint8_t *json, size_t n)
{
	static const char here[] = "127.0.0.1";

	if (!span_eq(span_of(json, n), SPAN("LOCAL")))
		return without_mapping(json, n);
	memcpy(json, here, sizeof(here) - 1);
	return sizeof(here) - 1;
}

enum { ADDRESS, PORT, STATION };

static const struct plan_member source_members[] = {
	{ TEXT_OF(STATION, "\"domain\":\"") },
	{ TEXT_OF(ADDRESS, "\"ip\":\""), .edit = without_mapping,
	    .ok = is_address, .leads = true },
	{ NUMBER_OF(PORT, "\"port\":", PORT_MAX) },
};
static const struct plan_object source =
    OBJECT(",\"source\":{", source_members, "}");

static const struct plan_member client_members[] = {
	{ TEXT_OF(STATION, "\"domain\":\"") },
	{ TEXT_OF(ADDRESS, "\"ip\":\""), .edit = client, .ok = is_address },
};
static const struct plan_object client_source =
    OBJECT(",\"source\":{", client_members, "}");

/* --- which process -------------------------------------------------------- */

enum { PATH, PID, COMMAND, PARENT, PARENT_PID };

#define FILE_OF(leaf) \
	{ \
		TEXT_OF(leaf, "\"name\":\""), \
		    .part = computed_columns_file_name_utf16, \
		    .put = computed_columns_file_name \
	}

static const struct plan_member process_members[] = {
	{ TEXT_OF(PATH, "\"executable\":\"") },
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
	    .word = computed_columns_logon_type },
};
static const struct plan_object logon =
    OBJECT(",\"logon\":{", logon_members, "}");

/* --- all ------------------------------------------------------------------ */

static const struct node *
leaf(const struct schema_event *ev, const char *field)
{
	return tree_leaf(event_field_find(ev->head, ev->tree, span_str(field)));
}

/* Whom an event is about, as winlogbeat has it. */
enum about { ABOUT_SUBJECT, ABOUT_TARGET, ABOUT_SESSION };

static enum about
about(const struct schema_event *ev)
{
	static const uint16_t targets[] = { 4624, 4625, 4627, 4634, 4647, 4768,
		4769, 4770, 4771, 4776, 4964 };

	if (ev->id == 4778 || ev->id == 4779)
		return ABOUT_SESSION;
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		if (targets[i] == ev->id)
			return ABOUT_TARGET;
	}
	return event_field_find(ev->head, ev->tree, SPAN("SubjectUserName")) !=
		       NULL
		   ? ABOUT_SUBJECT
		   : ABOUT_TARGET;
}

static void
add_user(struct plan *p, const struct schema_event *ev)
{
	const struct node *const applocker = tree_leaf(event_field_find_in(
	    ev->head, SPAN("RuleAndFileData"), SPAN("TargetUser")));
	const struct node *who[PLAN_JOIN_MAX] = { NULL };

	if (applocker != NULL) {
		who[NAME] = applocker;
		who[SID] = applocker;
	} else if (about(ev) == ABOUT_SESSION) {
		who[DOMAIN] = leaf(ev, "AccountDomain");
		who[NAME] = leaf(ev, "AccountName");
	} else if (about(ev) == ABOUT_SUBJECT) {
		who[DOMAIN] = leaf(ev, "SubjectDomainName");
		who[NAME] = leaf(ev, "SubjectUserName");
		who[SID] = leaf(ev, "SubjectUserSid");
	} else {
		who[DOMAIN] = leaf(ev, "TargetDomainName");
		who[NAME] = leaf(ev, "TargetUserName");
		who[SID] = leaf(ev, "TargetUserSid");
		if (who[SID] == NULL)
			who[SID] = leaf(ev, "TargetSid");
	}
	plan_object(p, about(ev) == ABOUT_TARGET ? &target_user : &user, who);
}

static void
add_related(struct plan *p, const struct schema_event *ev)
{
	/* The target of these is a group. */
	const bool group = ev->id == 4799 || event_field_find(ev->head,
						 ev->tree, SPAN("MemberSid"));
	const bool session = about(ev) == ABOUT_SESSION;
	const struct node *const names[PLAN_JOIN_MAX] = {
		leaf(ev, session ? "AccountName" : "SubjectUserName"),
		group ? NULL : leaf(ev, "TargetUserName")
	};

	plan_object(p, &related, names);
}

static void
add_source(struct plan *p, const struct schema_event *ev)
{
	const bool session = about(ev) == ABOUT_SESSION;
	const struct node *const from[PLAN_JOIN_MAX] = {
		leaf(ev, session ? "ClientAddress" : "IpAddress"),
		session ? NULL : leaf(ev, "IpPort"),
		leaf(ev, session ? "ClientName" : "WorkstationName")
	};

	plan_object(p, session ? &client_source : &source, from);
}

static void
add_process(struct plan *p, const struct schema_event *ev)
{
	const bool starts = event_field_find(ev->head, ev->tree,
				SPAN("NewProcessName")) != NULL;
	const struct node *const image[PLAN_JOIN_MAX] = {
		leaf(ev, starts ? "NewProcessName" : "ProcessName"),
		leaf(ev, starts ? "NewProcessId" : "ProcessId"),
		leaf(ev, "CommandLine"),
		starts ? leaf(ev, "ParentProcessName") : NULL,
		starts ? leaf(ev, "ProcessId") : NULL,
	};

	plan_object(p, &process, image);
}

void
ecs_security_compile(struct plan *p, const struct schema_event *ev)
{
	add_user(p, ev);
	add_related(p, ev);
	add_source(p, ev);
	add_process(p, ev);
}

/* The logon of the account that the event is about, else of the other one. */
void
ecs_security_compile_logon(struct plan *p, const struct schema_event *ev)
{
	const struct node *const subject = leaf(ev, "SubjectLogonId");
	const struct node *const target = leaf(ev, "TargetLogonId");
	const bool prefer_target = about(ev) == ABOUT_TARGET;
	const struct node *id = prefer_target ? target : subject;

	if (about(ev) == ABOUT_SESSION)
		id = leaf(ev, "LogonID");
	else if (id == NULL)
		id = prefer_target ? subject : target;
	const struct node *const of[PLAN_JOIN_MAX] = { leaf(ev, "LogonType"),
		id };

	plan_object(p, &logon, of);
}
