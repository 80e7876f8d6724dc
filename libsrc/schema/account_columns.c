/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/account_columns.h"
#include "schema/column_value.h"
#include "schema/event_field.h"
#include "util/text.h"

/* The fields that name an account; NULL: the event lacks them. */
struct person {
	const struct node *domain;
	const struct node *user;
	const struct node *sid;
};

enum role { SUBJECT, TARGET };

static struct person
person_of(const struct schema_event *ev, enum role role)
{
	static const char *const names[2][4] = {
		{ "SubjectDomainName", "SubjectUserName", "SubjectUserSid",
		    "SubjectUserSid" },
		{ "TargetDomainName", "TargetUserName", "TargetUserSid",
		    "TargetSid" },
	};
	const struct node *const sid = event_field_of(ev, names[role][2]);

	return (struct person){
		.domain = event_field_of(ev, names[role][0]),
		.user = event_field_of(ev, names[role][1]),
		.sid = sid != NULL ? sid : event_field_of(ev, names[role][3]),
	};
}

/* Returns the account that the column Account shows; if its user is NULL, the
 * column is absent. */
static struct person
main_person(const struct schema_event *ev)
{
	const struct node *const applocker =
	    event_field_find_applocker(ev->system, SPAN("TargetUser"));

	if (applocker != NULL)
		return (struct person){ .user = applocker, .sid = applocker };
	switch (ev->id) {
	case 4624:
	case 4625:
		return person_of(ev, TARGET);
	case 4776:
	case 5058:
	case 5061:
		return (struct person){ .user = NULL };
	default:
		/* The account is a guess for event ids whose rows in Sentinel
		 * were never examined. */
		return person_of(
		    ev, event_field_of(ev, "SubjectUserName") != NULL ? SUBJECT
								      : TARGET);
	}
}

/* Append a column with DOMAIN\user; empty if both are empty. */
static void
compile_person(struct plan *p, const char *column, const struct person *who,
    const struct tree *t)
{
	const struct node *const domain = tree_leaf(who->domain);
	const struct node *const user = tree_leaf(who->user);

	if (who->user == NULL)
		return;
	plan_next_member(p, column);
	if (who->domain == NULL) {
		column_value_content(p, who->user->kids, t);
		return;
	}
	plan_literal(p, "\"");
	plan_optional(p);
	if (domain != NULL)
		column_value_text(p, domain, t);
	plan_literal(p, "\\\\");
	if (user != NULL)
		column_value_text(p, user, t);
	plan_keep_if_longer(p, 2);
	plan_literal(p, "\"");
}

/* True for the SID S-1-5-18, also as text. */
static bool
is_local_system(const struct value *v)
{
	static const uint8_t sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };

	if (v->type == VALUE_SID)
		return span_eq(value_bytes(v), span_of(sid, sizeof(sid)));
	return value_equals_nocase(v, SPAN("S-1-5-18"));
}

/* Put the type of an account from its domain, user and SID: Machine for
 * computer accounts and for Local System (both seen), otherwise User (inferred
 * for the accounts of services). */
static void
put_account_type(struct buf *out, const struct value *const v[PLAN_LEAVES_MAX])
{
	const struct value *const user = v[1];
	bool machine = v[2] != NULL && is_local_system(v[2]);

	if (column_value_is_blank(v[0]) && column_value_is_blank(user))
		return;
	if (user != NULL && user->type == VALUE_WSTRING) {
		const struct span s = text_trim_utf16(value_bytes(user));
		machine = machine || (s.n >= 2 && s.p[s.n - 2] == '$' &&
					 s.p[s.n - 1] == 0);
	} else if (user != NULL && value_is_text(user)) {
		const struct span s = text_trim_bytes(value_bytes(user));
		machine = machine || (s.n != 0 && s.p[s.n - 1] == '$');
	}
	buf_str(out, machine ? "Machine" : "User");
}

static void
put_account_of_sid(
    struct buf *out, const struct value *sid, const void *accounts)
{
	const struct span name = accounts_find(accounts, sid);

	if (name.n != 0)
		buf_put(out, name);
	else
		column_value_put(out, sid);
}

static void
put_type_of_sid(struct buf *out, const struct value *sid, const void *accounts)
{
	const struct span name = accounts_find(accounts, sid);
	const bool machine =
	    is_local_system(sid) || (name.n != 0 && name.p[name.n - 1] == '$');

	if (!column_value_is_blank(sid))
		buf_str(out, machine ? "Machine" : "User");
}

void
account_columns_compile(struct plan *p, const struct schema_event *ev)
{
	const struct accounts *const accounts = ev->options->accounts;
	const struct node *const sid = tree_leaf(
	    event_field_find_applocker(ev->system, SPAN("TargetUser")));
	const struct person who = main_person(ev);
	const struct node *const leaf[PLAN_LEAVES_MAX] = {
		tree_leaf(who.domain), tree_leaf(who.user), tree_leaf(who.sid)
	};

	if (sid != NULL && accounts != NULL) {
		plan_literal(p, ",\"Account\":\"");
		plan_mapped(p, sid, put_account_of_sid, accounts);
		plan_literal(p, "\",\"AccountType\":\"");
		plan_mapped(p, sid, put_type_of_sid, accounts);
		plan_literal(p, "\"");
	} else if (who.user != NULL) {
		compile_person(p, "Account", &who, ev->tree);
		plan_literal(p, ",\"AccountType\":\"");
		plan_join(p, leaf, put_account_type);
		plan_literal(p, "\"");
	}
}

void
account_columns_compile_subject(struct plan *p, const struct schema_event *ev)
{
	const struct person who = person_of(ev, SUBJECT);

	compile_person(p, "SubjectAccount", &who, ev->tree);
}

void
account_columns_compile_target(struct plan *p, const struct schema_event *ev)
{
	const struct person who = person_of(ev, TARGET);

	compile_person(p, "TargetAccount", &who, ev->tree);
}
