/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/flow.h"
#include "auth/leak.h"
#include "util/json.h"

#define TOKEN_MAX 32768
/* As the Azure SDKs do: renewed two minutes before its end. */
#define MARGIN INT64_C(120)
/* Not used so shortly before its end: the request takes a while. */
#define LAST INT64_C(10)

struct auth {
	const struct flow_kind *kind;
	struct flow flow;
	char *own[AUTH_SETTINGS];    /* the values, */
	struct auth_options options; /* which these point to */
	char token[TOKEN_MAX];       /* empty: none */
	int64_t renew;               /* a new one is due from then on */
	int64_t until;               /* not used from then on */
	unsigned generation;
	bool proven;  /* this token was accepted once */
	bool refused; /* its predecessor was not */
	bool asked;   /* the next one is asked for because of a refusal */
};

/* In the order of the default choice. */
static const struct flow_kind *const kinds[] = { &secret_flow,
	&certificate_flow, &workload_flow, &managed_flow, &github_flow,
	&pipelines_flow, &cli_flow, &token_flow };

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* --- the choice ---------------------------------------------------------- */

static const struct flow_kind *
find(const struct auth_options *o)
{
	for (size_t i = 0; i < KINDS; i++)
		if (o->method != NULL
			? strcmp(kinds[i]->name, o->method) == 0
			: kinds[i]->chosen != NULL && kinds[i]->chosen(o))
			return kinds[i];
	return NULL;
}

enum rc
auth_choose_method(
    const struct auth_options *o, const char **name, struct err *e)
{
	const struct flow_kind *const kind = find(o);

	*name = kind != NULL ? kind->name : NULL;
	if (kind != NULL)
		return RC_OK;
	if (o->method != NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--auth must be one of %s: %.60s", AUTH_NAMES, o->method);
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "no credentials: set AZURE_CLIENT_SECRET (with AZURE_TENANT_ID and "
	    "AZURE_CLIENT_ID), or choose with --auth: %s",
	    AUTH_NAMES);
}

size_t
auth_missing(const struct auth_options *o, enum auth_setting out[AUTH_SETTINGS])
{
	const struct flow_kind *const kind = find(o);
	size_t n = 0;

	for (size_t i = 0; kind != NULL && kind->needs[i] != AUTH_SETTINGS; i++)
		if (o->value[kind->needs[i]] == NULL)
			out[n++] = kind->needs[i];
	return n;
}

/* --- create -------------------------------------------------------------- */

/* What becomes part of an address: letters, digits, - and . only. */
static bool
is_name(const char *s)
{
	const size_t n = strlen(s);

	return n > 0 && n < 256 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-.") == n;
}

static enum rc
check_ids(const struct auth_options *o, struct err *e)
{
	static const enum auth_setting ids[] = { AUTH_TENANT, AUTH_CLIENT,
		AUTH_MANAGED_CLIENT, AUTH_MANAGED_OBJECT };

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (o->value[ids[i]] != NULL && !is_name(o->value[ids[i]]))
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "%s is not a valid id", setting_name(ids[i]));
	return RC_OK;
}

static enum rc
copy_options(struct auth *a, const struct auth_options *from, struct err *e)
{
	struct auth_options *const to = &a->options;

	to->platform =
	    from->platform != NULL ? from->platform : &setting_platform;
	for (int i = 0; i < AUTH_SETTINGS; i++) {
		if (from->value[i] == NULL)
			continue;
		a->own[i] = strdup(from->value[i]);
		if (a->own[i] == NULL)
			return err_nomem(e);
		to->value[i] = a->own[i];
	}
	return RC_OK;
}

static enum rc
set_address(struct flow *f, struct err *e)
{
	const char *const given = flow_value(f, AUTH_AUTHORITY);
	const char *const tenant = flow_value(f, AUTH_TENANT);
	char authority[512];

	const enum rc rc = cloud_find(given != NULL ? given : CLOUD_PUBLIC,
	    authority, sizeof(authority), &f->cloud, e);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(f->resource, sizeof(f->resource), "%s",
	    f->options->query ? f->cloud->query : f->cloud->audience);
	(void)snprintf(f->url, sizeof(f->url), "%s/%.300s/oauth2/v2.0/token",
	    authority, tenant != NULL ? tenant : "common");
	return RC_OK;
}

static enum rc
check_missing(const struct auth_options *o, struct err *e)
{
	enum auth_setting missing[AUTH_SETTINGS];

	if (auth_missing(o, missing) == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE, "--auth %s needs %s",
	    find(o)->name, setting_name(missing[0]));
}

static enum rc
set_up(struct auth *a, const struct auth_options *o, struct err *e)
{
	const char *name = NULL;
	enum rc rc = auth_choose_method(o, &name, e);

	if (rc != RC_OK)
		return rc;
	a->kind = find(o);
	rc = copy_options(a, o, e);
	a->options.method = name;
	a->options.query = o->query;
	if (rc == RC_OK)
		rc = check_missing(&a->options, e);
	if (rc == RC_OK)
		rc = check_ids(&a->options, e);
	if (rc == RC_OK)
		rc = set_address(&a->flow, e);
	if (rc == RC_OK && a->kind->open != NULL)
		rc = a->kind->open(&a->flow, e);
	return rc;
}

enum rc
auth_create(const struct auth_options *options, struct auth **ap, struct err *e)
{
	struct auth *const a = calloc(1, sizeof(*a));

	*ap = NULL;
	if (a == NULL)
		return err_nomem(e);
	flow_init(&a->flow);
	a->flow.options = &a->options;
	const enum rc rc = set_up(a, options, e);
	if (rc != RC_OK) {
		auth_destroy(a);
		return rc;
	}
	*ap = a;
	return RC_OK;
}

void
auth_destroy(struct auth *a)
{
	if (a == NULL)
		return;
	if (a->kind != NULL && a->kind->close != NULL)
		a->kind->close(&a->flow);
	flow_reset(&a->flow);
	for (int i = 0; i < AUTH_SETTINGS; i++) {
		if (a->own[i] != NULL)
			explicit_bzero(a->own[i], strlen(a->own[i]));
		free(a->own[i]);
	}
	explicit_bzero(a->token, sizeof(a->token));
	free(a);
}

/* --- the token ----------------------------------------------------------- */

const char *
auth_method(const struct auth *a)
{
	return a->kind->name;
}

const char *
auth_token(const struct auth *a, int64_t now)
{
	return a->token[0] != '\0' && now < a->until ? a->token : NULL;
}

bool
auth_renewal_is_due(const struct auth *a, int64_t now)
{
	return a->token[0] == '\0' || now >= a->renew;
}

enum rc
auth_put_header(const struct auth *a, struct buf *out, struct err *e)
{
	buf_cut(out, 0);
	buf_str(out, "Authorization: Bearer ");
	buf_str(out, a->token);
	buf_byte(out, '\0');
	return out->full ? buf_fail(out, "a request for a token", e) : RC_OK;
}

unsigned
auth_generation(const struct auth *a)
{
	return a->generation;
}

void
auth_token_accepted(struct auth *a, unsigned generation)
{
	if (generation == a->generation)
		a->proven = true;
}

bool
auth_token_refused(struct auth *a, unsigned generation)
{
	if (generation != a->generation || a->token[0] == '\0')
		return true;
	if (a->refused && !a->proven)
		return false;
	a->asked = true;
	explicit_bzero(a->token, sizeof(a->token));
	return true;
}

bool
auth_leaks(const struct auth *a, const char *text)
{
	return leak_contains(text, a->token) || flow_leaks(&a->flow, text);
}

/* --- requests and answers ------------------------------------------------ */

enum rc
auth_renewal_request(struct auth *a, struct auth_step *out, struct err *e)
{
	void *const tag = out->http.tag;

	*out = (struct auth_step){ .http.tag = tag };
	return a->kind->ask(&a->flow, out, e);
}

static void
keep(struct auth *a, const struct flow_grant *grant, int64_t now)
{
	const int64_t life = grant->life;
	const bool half = a->kind->half || life < 2 * MARGIN;
	const int64_t used = half ? (life + 1) / 2 : life - MARGIN;

	memcpy(a->token, grant->token, strlen(grant->token) + 1);
	a->renew = now + used;
	a->until = now + (used > life - LAST ? used : life - LAST);
	if (a->kind->fixed)
		a->renew = a->until;
	a->generation++;
	a->refused = a->asked;
	a->asked = false;
	a->proven = false;
}

enum rc
auth_renewal_answer(struct auth *a, const struct http_answer *answer,
    int64_t now, struct err *e)
{
	struct flow_grant grant = { 0 };

	a->flow.wait_ms = 0;
	const enum rc rc = a->kind->read(&a->flow, answer, &grant, e);
	if (rc == RC_OK && grant.token != NULL)
		keep(a, &grant, now);
	if (rc != RC_OK || grant.token != NULL) {
		const int64_t wait = a->flow.wait_ms;
		flow_restart(&a->flow);
		a->flow.wait_ms = wait;
	}
	if (rc != RC_OK && leak_contains(e->text, a->token))
		(void)err_set(e, rc, e->why, "no token: " AUTH_WITHHELD);
	json_free(grant.json);
	return rc;
}

int64_t
auth_renewal_wait_ms(const struct auth *a)
{
	return a->flow.wait_ms;
}
