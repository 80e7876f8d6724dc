/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/activity.h"
#include "schema/column_value.h"
#include "schema/computed_columns.h"
#include "schema/event_field.h"
#include "schema/table_row.h"
#include "schema/xml_writer.h"
#include "util/num.h"
#include "util/text.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* Whose Account an event has, where it is not the subject's, and the target's
 * if there is no subject (that rule is inferred for ids not seen). */
enum whose { WHOSE_SUBJECT, WHOSE_TARGET, WHOSE_NOBODY };

static const struct {
	uint16_t id;
	enum whose whose;
} account_rules[] = {
	{ 4624, WHOSE_TARGET },
	{ 4625, WHOSE_TARGET },
	{ 4776, WHOSE_NOBODY },
	{ 5058, WHOSE_NOBODY },
	{ 5061, WHOSE_NOBODY },
};

/* The ids whose rows have no EventData, since columns hold all of it. */
static const uint16_t without_data[] = { 4624, 4625, 4648, 4662, 4672 };

/* Seen are 0, 2, 3, 5 and 10; the others are inferred from the documentation
 * of event 4624. */
static const char *const logon_types[] = {
	[2] = "Interactive",
	[3] = "Network",
	[4] = "Batch",
	[5] = "Service",
	[7] = "Unlock",
	[8] = "NetworkCleartext",
	[9] = "NewCredentials",
	[10] = "RemoteInteractive",
	[11] = "CachedInteractive",
	[12] = "CachedRemoteInteractive",
	[13] = "CachedUnlock",
};

/* Seen is 0; the others, inferred, are Windows' names of its levels. */
static const struct plan_name level_names[] = { PLAN_NAMED("LogAlways"),
	PLAN_NAMED("Critical"), PLAN_NAMED("Error"), PLAN_NAMED("Warning"),
	PLAN_NAMED("Information"), PLAN_NAMED("Verbose") };
static const struct plan_names levels = { level_names, LENGTH(level_names),
	false };

/* A column with what a function makes of several leaves, or of one. */
static void
joined(struct plan *p, const char *column,
    const struct node *const leaf[PLAN_JOIN_MAX], plan_join_fn *put)
{
	table_row_name(p, column);
	plan_lit(p, "\"");
	plan_join(p, leaf, put);
	plan_lit(p, "\"");
}

static void
named(struct plan *p, const char *column, const struct node *leaf,
    void (*put)(struct buf *out, const struct value *v))
{
	table_row_name(p, column);
	plan_lit(p, "\"");
	plan_leaf(p, leaf, put);
	plan_lit(p, "\"");
}

/* --- accounts ------------------------------------------------------------ */

/* The fields that name an account. */
struct person {
	const struct node *domain;
	const struct node *user;
	const struct node *sid;
};

static const struct node *
find(const struct schema_event *ev, const char *name)
{
	return event_field_find(ev->head, ev->tree, span_str(name));
}

static struct person
subject(const struct schema_event *ev)
{
	return (struct person){
		.domain = find(ev, "SubjectDomainName"),
		.user = find(ev, "SubjectUserName"),
		.sid = find(ev, "SubjectUserSid"),
	};
}

static struct person
target(const struct schema_event *ev)
{
	const struct node *const sid = find(ev, "TargetUserSid");

	return (struct person){
		.domain = find(ev, "TargetDomainName"),
		.user = find(ev, "TargetUserName"),
		.sid = sid != NULL ? sid : find(ev, "TargetSid"),
	};
}

/* AppLocker names the user by SID only. The connector looks the name up on the
 * machine, which is not here: the SID stands for it, unless a file of accounts
 * names it. */
static const struct node *
applocker(const struct schema_event *ev, const char *name)
{
	return event_field_find_in(
	    ev->head, SPAN("RuleAndFileData"), span_str(name));
}

static enum whose
whose(const struct schema_event *ev)
{
	for (size_t i = 0; i < LENGTH(account_rules); i++) {
		if (account_rules[i].id == ev->id)
			return account_rules[i].whose;
	}
	return find(ev, "SubjectUserName") != NULL ? WHOSE_SUBJECT
						   : WHOSE_TARGET;
}

/* Whose account it is; user is NULL for nobody's. */
static struct person
person(const struct schema_event *ev)
{
	const struct node *const by_sid = applocker(ev, "TargetUser");
	const enum whose w = whose(ev);

	if (by_sid != NULL)
		return (struct person){ .user = by_sid, .sid = by_sid };
	if (w == WHOSE_NOBODY)
		return (struct person){ .user = NULL };
	return w == WHOSE_TARGET ? target(ev) : subject(ev);
}

/* DOMAIN\user, and nothing when both are empty. */
static void
account(struct plan *p, const char *column, const struct person *who,
    const struct schema_event *ev)
{
	const struct node *const domain = tree_leaf(who->domain);
	const struct node *const user = tree_leaf(who->user);

	if (who->user == NULL)
		return;
	table_row_name(p, column);
	if (who->domain == NULL) {
		column_value_content(p, who->user->kids, ev->tree);
		return;
	}
	plan_lit(p, "\"");
	plan_begin(p);
	if (domain != NULL)
		column_value_text_part(p, domain, ev->tree);
	plan_lit(p, "\\\\");
	if (user != NULL)
		column_value_text_part(p, user, ev->tree);
	plan_unless(p, 2);
	plan_lit(p, "\"");
}

static bool
ends_in_dollar(const struct value *v)
{
	struct span s = value_bytes(v);

	if (v->type == VALUE_WSTRING) {
		s = text_trim_utf16(s);
		return s.n >= 2 && s.p[s.n - 2] == '$' && s.p[s.n - 1] == 0;
	}
	s = text_trim_bytes(s);
	return value_is_text(v) && s.n != 0 && s.p[s.n - 1] == '$';
}

/* S-1-5-18, as a SID or as text. */
static bool
is_system(const struct value *v)
{
	static const uint8_t sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };

	if (v->type == VALUE_SID)
		return span_eq(value_bytes(v), span_of(sid, sizeof(sid)));
	return value_equals_nocase(v, SPAN("S-1-5-18"));
}

/* A machine account, the system itself (both seen), or else a user (services'
 * accounts are inferred to be users). */
static void
put_account_type(struct buf *out, const struct value *const v[PLAN_JOIN_MAX])
{
	if (column_value_is_blank(v[0]) && column_value_is_blank(v[1]))
		return;
	const bool machine = (v[1] != NULL && ends_in_dollar(v[1])) ||
			     (v[2] != NULL && is_system(v[2]));
	buf_str(out, machine ? "Machine" : "User");
}

static void
account_type(struct plan *p, const struct person *who)
{
	const struct node *const leaf[PLAN_JOIN_MAX] = { tree_leaf(who->domain),
		tree_leaf(who->user), tree_leaf(who->sid) };

	if (who->user != NULL)
		joined(p, "AccountType", leaf, put_account_type);
}

/* The account that a file names for a SID, or the SID. */
static void
put_account_of(struct buf *out, const struct value *sid, const void *accounts)
{
	const struct span name = accounts_find(accounts, sid);

	if (name.n != 0)
		buf_put(out, name);
	else
		column_value_put(out, sid);
}

static void
put_type_of(struct buf *out, const struct value *sid, const void *accounts)
{
	const struct span name = accounts_find(accounts, sid);

	if (column_value_is_blank(sid))
		return;
	buf_str(
	    out, is_system(sid) || (name.n != 0 && name.p[name.n - 1] == '$')
		     ? "Machine"
		     : "User");
}

static void
mapped(struct plan *p, const char *column, const struct node *leaf,
    plan_map_fn *put, const struct accounts *accounts)
{
	table_row_name(p, column);
	plan_lit(p, "\"");
	plan_mapped(p, leaf, put, accounts);
	plan_lit(p, "\"");
}

static void
compile_account(struct plan *p, const struct schema_event *ev)
{
	const struct node *const sid = tree_leaf(applocker(ev, "TargetUser"));
	const struct accounts *const accounts = ev->options->accounts;

	if (sid != NULL && accounts != NULL) {
		mapped(p, "Account", sid, put_account_of, accounts);
		mapped(p, "AccountType", sid, put_type_of, accounts);
		return;
	}
	const struct person who = person(ev);

	account(p, "Account", &who, ev);
	account_type(p, &who);
}

static void
compile_subject(struct plan *p, const struct schema_event *ev)
{
	const struct person who = subject(ev);

	account(p, "SubjectAccount", &who, ev);
}

static void
compile_target(struct plan *p, const struct schema_event *ev)
{
	const struct person who = target(ev);

	account(p, "TargetAccount", &who, ev);
}

/* --- names for numbers --------------------------------------------------- */

/* True for the channels that the connector collects: only there has anybody
 * seen what it writes, and only there an id has one meaning. */
static bool
is_collected(const struct value *channel)
{
	static const char applocker_channels[] = "Microsoft-Windows-AppLocker/";
	static const char security[] = "S\0e\0c\0u\0r\0i\0t\0y";
	const struct span prefix = span_str(applocker_channels);
	const size_t width = channel->type == VALUE_WSTRING ? 2 : 1;
	struct value start = *channel;

	/* As Windows spells it, with the NUL that ends the literal above. */
	if (width == 2 && span_eq(text_trim_utf16(value_bytes(channel)),
			      span_of(security, sizeof(security))))
		return true;
	if (start.n > prefix.n * width)
		start.n = (uint32_t)(prefix.n * width);
	return value_equals_nocase(channel, SPAN("Security")) ||
	       value_equals_nocase(&start, prefix);
}

/* " - " and the text of the id, for records of a channel that is collected. */
static void
activity_of_channel(struct plan *p, const struct schema_event *ev)
{
	const struct node *const channel = ev->head->field[SYSTEM_CHANNEL];
	const char *const text = activity_text(ev->id);

	if (text == NULL || channel == NULL)
		return;
	const bool literal = channel->kind != NODE_SUBSTITUTION;
	if (literal && !is_collected(&channel->value))
		return;
	if (!literal)
		plan_begin(p);
	plan_lit(p, " - ");
	plan_lit(p, text);
	if (!literal)
		plan_keep_if(p, channel, is_collected);
}

static void
compile_activity(struct plan *p, const struct schema_event *ev)
{
	table_row_name(p, "Activity");
	if (system_fields_value(ev->head, SYSTEM_EVENT_ID, ev->tree->values) ==
	    NULL) {
		plan_lit(p, "\"\"");
		return;
	}
	plan_lit(p, "\"");
	if (!table_row_event_id(p, ev, ""))
		plan_text(p, ev->head->field[SYSTEM_EVENT_ID], ev->tree);
	activity_of_channel(p, ev);
	plan_lit(p, "\"");
}

const char *
computed_columns_logon_type(uint64_t n)
{
	return n < LENGTH(logon_types) ? logon_types[n] : NULL;
}

static void
put_logon_type(struct buf *out, const struct value *v)
{
	uint64_t n;

	if (!value_u64(v, &n)) {
		column_value_put(out, v);
		return;
	}
	uint8_t *const w = buf_room(out, NUM_DEC_MAX);
	if (w != NULL)
		out->n += (size_t)(num_u64(w, n) - w);
	if (computed_columns_logon_type(n) == NULL)
		return;
	buf_str(out, " - ");
	buf_str(out, computed_columns_logon_type(n));
}

static void
compile_logon_type(struct plan *p, const struct schema_event *ev)
{
	const struct node *const leaf = tree_leaf(find(ev, "LogonType"));

	if (leaf == NULL || value_is_empty(tree_value(leaf, ev->tree->values)))
		return;
	named(p, "LogonTypeName", leaf, put_logon_type);
}

static void
put_level(struct buf *out, const struct value *v)
{
	plan_put_name(out, &levels, v);
}

static void
compile_level(struct plan *p, const struct schema_event *ev)
{
	const struct node *const leaf = ev->head->field[SYSTEM_LEVEL];

	if (system_fields_value(ev->head, SYSTEM_LEVEL, ev->tree->values) ==
	    NULL)
		return;
	table_row_name(p, "EventLevelName");
	plan_lit(p, "\"");
	plan_named(p, leaf, ev->tree, put_level, &levels);
	plan_lit(p, "\"");
}

/* --- processes and files ------------------------------------------------- */

/* What stands behind the last backslash, in characters of `step` bytes. */
static struct span
file_name(struct span s, size_t step)
{
	size_t at = s.n / step * step;

	while (at > 0 &&
	       (s.p[at - step] != '\\' || (step == 2 && s.p[at - 1] != 0)))
		at -= step;
	return span_of(s.p + at, s.n - at);
}

struct span
computed_columns_file_name_utf16(struct span s)
{
	return file_name(s, 2);
}

void
computed_columns_file_name(struct buf *out, const struct value *v)
{
	struct value name = *v;

	if (value_is_text(v)) {
		const struct span s =
		    file_name(value_bytes(v), v->type == VALUE_WSTRING ? 2 : 1);
		name.p = s.p;
		name.n = (uint32_t)s.n;
	}
	column_value_put(out, &name);
}

/* Seen are ProcessName and AppLocker's FilePath; NewProcessName is inferred to
 * come first. */
static const struct node *
process_field(const struct schema_event *ev)
{
	const struct node *n = find(ev, "NewProcessName");

	if (n == NULL)
		n = find(ev, "ProcessName");
	return n == NULL ? applocker(ev, "FilePath") : n;
}

static void
compile_process(struct plan *p, const struct schema_event *ev)
{
	static const struct plan_check name = {
		.part = computed_columns_file_name_utf16,
		.clean = column_value_is_clean,
		.mend = column_value_mend,
		.put = computed_columns_file_name
	};
	const struct node *const field = process_field(ev);
	const struct node *const leaf = tree_leaf(field);

	/* An empty field is an empty name, with or without a value in it. */
	if (field == NULL || (leaf == NULL && field->kids != NULL))
		return;
	table_row_name(p, "Process");
	plan_lit(p, "\"");
	if (leaf != NULL)
		plan_checked(p, leaf, ev->tree, &name);
	plan_lit(p, "\"");
}

static void
compile_applocker(
    struct plan *p, const char *column, const struct schema_event *ev)
{
	const struct node *const n = applocker(ev, column);

	if (n == NULL)
		return;
	table_row_name(p, column);
	column_value_content(p, n->kids, ev->tree);
}

/* --- EventData ----------------------------------------------------------- */

/* Whether columns hold all that the connector shows of it. Fields that no
 * column can hold, unnamed or repeated ones, are never left out. */
static bool
is_in_columns(const struct schema_event *ev)
{
	bool known = false;

	for (size_t i = 0; i < LENGTH(without_data); i++)
		known = known || without_data[i] == ev->id;
	return known && event_field_all_differ(ev->head, ev->tree);
}

static void
compile_data(struct plan *p, const struct schema_event *ev)
{
	const enum schema_eventdata when = ev->options->eventdata;

	if (ev->head->data == NULL || when == SCHEMA_EVENTDATA_NEVER ||
	    (when == SCHEMA_EVENTDATA_CONNECTOR && is_in_columns(ev)))
		return;
	table_row_name(p, "EventData");
	plan_lit(p, "\"");
	xml_writer_event_data(p, ev->head->data, ev->tree);
	plan_lit(p, "\"");
}

/* ------------------------------------------------------------------------- */

static const struct {
	const char *column;
	void (*compile)(struct plan *p, const struct schema_event *ev);
} rules[] = {
	{ "Account", compile_account }, /* and AccountType, which is next */
	{ "EventData", compile_data },
	{ "Activity", compile_activity },
	{ "LogonTypeName", compile_logon_type },
	{ "Process", compile_process },
	{ "SubjectAccount", compile_subject },
	{ "TargetAccount", compile_target },
	{ "EventLevelName", compile_level },
};

static const char *const from_applocker[] = { "FileHash", "FilePath", "Fqbn",
	"TargetUser" };

void
computed_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev)
{
	for (size_t i = 0; i < LENGTH(rules); i++) {
		if (strcmp(rules[i].column, column) == 0)
			rules[i].compile(p, ev);
	}
	for (size_t i = 0; i < LENGTH(from_applocker); i++) {
		if (strcmp(from_applocker[i], column) == 0)
			compile_applocker(p, column, ev);
	}
}
