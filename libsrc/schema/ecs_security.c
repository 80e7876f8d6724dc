/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "schema/computed_columns.h"
#include "schema/ecs_security.h"
#include "schema/event_field.h"
#include "schema/plan_object.h"

#define PORT_MAX 65535U

#define TEXT(index, prefix) \
	.kind = PLAN_MEMBER_TEXT, .leaf = (index), .name = PLAN_SHORT(prefix)
#define NUMBER(index, prefix, most) \
	{ \
		.kind = PLAN_MEMBER_NUMBER, .leaf = (index), \
		.name = PLAN_SHORT(prefix), .max = (most) \
	}
#define OBJECT(prefix, list, suffix) \
	{ \
		.begin = PLAN_SHORT(prefix), .end = PLAN_SHORT(suffix), \
		.members = (list), .n = sizeof(list) / sizeof(*(list)) \
	}

static const struct node *
find(const struct schema_event *ev, const char *field)
{
	return tree_leaf(event_field_of(ev, field));
}

/* The account that an event is about, as winlogbeat decides it. */
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
	return event_field_of(ev, "SubjectUserName") != NULL ? ABOUT_SUBJECT
							     : ABOUT_TARGET;
}

/* --- user and related.user ------------------------------------------------ */

/* Keep only the account of account@realm. */
static size_t
remove_realm(uint8_t *json, size_t n)
{
	const uint8_t *const at = n == 0 ? NULL : memchr(json, '@', n);

	return at == NULL ? n : (size_t)(at - json);
}

enum { DOMAIN, NAME, SID };

static const struct plan_member user_members[] = {
	{ TEXT(DOMAIN, "\"domain\":\"") },
	{ TEXT(SID, "\"id\":\"") },
	{ TEXT(NAME, "\"name\":\"") },
};
static const struct plan_object user = OBJECT(",\"user\":{", user_members, "}");

static const struct plan_member target_members[] = {
	{ TEXT(DOMAIN, "\"domain\":\"") },
	{ TEXT(SID, "\"id\":\"") },
	{ TEXT(NAME, "\"name\":\""), .edit = remove_realm },
};
static const struct plan_object target_user =
    OBJECT(",\"user\":{", target_members, "}");

static void
compile_user(struct plan *p, const struct schema_event *ev)
{
	const struct node *const applocker = tree_leaf(
	    event_field_find_applocker(ev->system, SPAN("TargetUser")));
	const struct node *who[PLAN_LEAVES_MAX] = { NULL };

	if (applocker != NULL) {
		who[NAME] = applocker;
		who[SID] = applocker;
	} else if (about(ev) == ABOUT_SESSION) {
		who[DOMAIN] = find(ev, "AccountDomain");
		who[NAME] = find(ev, "AccountName");
	} else if (about(ev) == ABOUT_SUBJECT) {
		who[DOMAIN] = find(ev, "SubjectDomainName");
		who[NAME] = find(ev, "SubjectUserName");
		who[SID] = find(ev, "SubjectUserSid");
	} else {
		who[DOMAIN] = find(ev, "TargetDomainName");
		who[NAME] = find(ev, "TargetUserName");
		who[SID] = find(ev, "TargetUserSid");
		if (who[SID] == NULL)
			who[SID] = find(ev, "TargetSid");
	}
	plan_object(p, about(ev) == ABOUT_TARGET ? &target_user : &user, who);
}

static const struct plan_member related_members[] = {
	{ TEXT(0, "\"") },
	{ TEXT(1, "\""), .edit = remove_realm, .differs = true },
};
static const struct plan_object related =
    OBJECT(",\"related\":{\"user\":[", related_members, "]}");

/* --- source --------------------------------------------------------------- */

/* True for a valid address: Elasticsearch rejects a document with an invalid
 * one. */
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

/* Keep only the IPv4 address of ::ffff:10.0.0.1 or [::ffff:10.0.0.1]:80. */
static size_t
remove_mapping(uint8_t *json, size_t n)
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
	if (skip == 0 || !dots || (end != n && (skip == 7 || json[end] == ':')))
		return n;
	memmove(json, json + skip, end - skip);
	return end - skip;
}

/* remove_mapping() for the client of a session; LOCAL becomes 127.0.0.1. */
static size_t
edit_client(uint8_t *json, size_t n)
{
	const struct span loopback = SPAN("127.0.0.1");

	if (!span_eq(span_of(json, n), SPAN("LOCAL")))
		return remove_mapping(json, n);
	memcpy(json, loopback.p, loopback.n);
	return loopback.n;
}

enum { ADDRESS, PORT, STATION };

static const struct plan_member source_members[] = {
	{ TEXT(STATION, "\"domain\":\"") },
	{ TEXT(ADDRESS, "\"ip\":\""), .edit = remove_mapping, .ok = is_address,
	    .required = true },
	NUMBER(PORT, "\"port\":", PORT_MAX),
};
static const struct plan_object source =
    OBJECT(",\"source\":{", source_members, "}");

static const struct plan_member client_members[] = {
	{ TEXT(STATION, "\"domain\":\"") },
	{ TEXT(ADDRESS, "\"ip\":\""), .edit = edit_client, .ok = is_address },
};
static const struct plan_object client_source =
    OBJECT(",\"source\":{", client_members, "}");

/* --- process -------------------------------------------------------------- */

enum { PATH, PID, COMMAND, PARENT, PARENT_PID };

#define FILE_NAME(index) \
	{ \
		TEXT(index, "\"name\":\""), \
		    .part = computed_columns_file_name_utf16, \
		    .put = computed_columns_file_name \
	}

static const struct plan_member process_members[] = {
	{ TEXT(PATH, "\"executable\":\"") },
	FILE_NAME(PATH),
	NUMBER(PID, "\"pid\":", UINT32_MAX),
	{ TEXT(COMMAND, "\"command_line\":\"") },
	{ .kind = PLAN_MEMBER_OPEN, .name = PLAN_SHORT("\"parent\":{") },
	{ TEXT(PARENT, "\"executable\":\"") },
	FILE_NAME(PARENT),
	NUMBER(PARENT_PID, "\"pid\":", UINT32_MAX),
	{ .kind = PLAN_MEMBER_CLOSE, .name = PLAN_SHORT("\"parent\":{") },
};
static const struct plan_object process =
    OBJECT(",\"process\":{", process_members, "}");

void
ecs_security_compile(struct plan *p, const struct schema_event *ev)
{
	const bool session = about(ev) == ABOUT_SESSION;
	const bool target_is_group =
	    ev->id == 4799 || event_field_of(ev, "MemberSid") != NULL;
	const bool created = event_field_of(ev, "NewProcessName") != NULL;
	const struct node *const names[PLAN_LEAVES_MAX] = {
		find(ev, session ? "AccountName" : "SubjectUserName"),
		target_is_group ? NULL : find(ev, "TargetUserName")
	};
	const struct node *const from[PLAN_LEAVES_MAX] = {
		find(ev, session ? "ClientAddress" : "IpAddress"),
		session ? NULL : find(ev, "IpPort"),
		find(ev, session ? "ClientName" : "WorkstationName")
	};
	const struct node *const image[PLAN_LEAVES_MAX] = {
		find(ev, created ? "NewProcessName" : "ProcessName"),
		find(ev, created ? "NewProcessId" : "ProcessId"),
		find(ev, "CommandLine"),
		created ? find(ev, "ParentProcessName") : NULL,
		created ? find(ev, "ProcessId") : NULL,
	};

	compile_user(p, ev);
	plan_object(p, &related, names);
	plan_object(p, session ? &client_source : &source, from);
	plan_object(p, &process, image);
}

/* --- winlog.logon --------------------------------------------------------- */

enum { TYPE, LOGON };

static const struct plan_member logon_members[] = {
	{ TEXT(LOGON, "\"id\":\"") },
	{ .kind = PLAN_MEMBER_NAMED,
	    .leaf = TYPE,
	    .name = PLAN_SHORT("\"type\":\""),
	    .word = computed_columns_logon_type },
};
static const struct plan_object logon =
    OBJECT(",\"logon\":{", logon_members, "}");

void
ecs_security_compile_logon(struct plan *p, const struct schema_event *ev)
{
	const struct node *const subject = find(ev, "SubjectLogonId");
	const struct node *const target = find(ev, "TargetLogonId");
	const bool prefer_target = about(ev) == ABOUT_TARGET;
	const struct node *id = prefer_target ? target : subject;

	if (about(ev) == ABOUT_SESSION)
		id = find(ev, "LogonID");
	else if (id == NULL)
		id = prefer_target ? subject : target;
	plan_object(p, &logon,
	    (const struct node *const[PLAN_LEAVES_MAX]){
		find(ev, "LogonType"), id });
}
