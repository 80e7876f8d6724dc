/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/certificate.h"
#include "auth/flow.h"
#include "auth/flow_certificate.h"
#include "auth/flow_cli.h"
#include "auth/flow_github.h"
#include "auth/flow_managed.h"
#include "auth/flow_pipelines.h"
#include "auth/flow_secret.h"
#include "auth/flow_token.h"
#include "auth/flow_workload.h"
#include "util/json.h"

#define TOKEN_MAX 32768
/* Renew a token two minutes before it expires, as the Azure SDKs do. */
#define RENEW_BEFORE_S INT64_C(120)
/* A token is not used in its last 10 seconds, because a request takes time. */
#define UNUSED_S INT64_C(10)

struct auth {
	struct flow flow;
	char *own[AUTH_SETTINGS]; /* copies of the values of auth_options */
	/* The options; options.value points into `own`. */
	struct auth_options options;
	char token[TOKEN_MAX]; /* the access token; "" if there is none */
	int64_t renew_at; /* time to fetch a new token, monotonic seconds */
	/* Time after which the token is not used, monotonic seconds. */
	int64_t use_until;
	unsigned generation;
	bool accepted;    /* the service accepted this token once */
	bool replacement; /* the service refused the previous token */
	/* The next token replaces one that the service refused. */
	bool replacing;
};

/* All flows. If the options have no method, the first flow that is configured
 * is used. */
static const struct flow_kind *const kinds[] = { &flow_secret,
	&flow_certificate, &flow_workload, &flow_managed, &flow_github,
	&flow_pipelines, &flow_cli, &flow_token };

static const struct flow_kind *
find_kind(const struct auth_options *o)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (o->method != NULL ? strcmp(kinds[i]->name, o->method) == 0
				      : kinds[i]->is_configured != NULL &&
					    kinds[i]->is_configured(o))
			return kinds[i];
	return NULL;
}

enum rc
auth_choose_method(
    const struct auth_options *o, const char **name, struct err *e)
{
	const struct flow_kind *const kind = find_kind(o);

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
	const struct flow_kind *const kind = find_kind(o);
	size_t n = 0;

	for (size_t i = 0; kind != NULL && kind->needs[i] != AUTH_SETTINGS; i++)
		if (o->value[kind->needs[i]] == NULL)
			out[n++] = kind->needs[i];
	return n;
}

/* --- create -------------------------------------------------------------- */

/* Check the values that become part of a URL. */
static enum rc
check_ids(const struct auth_options *o, struct err *e)
{
	static const enum auth_setting ids[] = { AUTH_TENANT, AUTH_CLIENT,
		AUTH_MANAGED_CLIENT, AUTH_MANAGED_OBJECT };
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-.";

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		const char *const id = o->value[ids[i]];
		const size_t n = id != NULL ? strlen(id) : 1;
		if (n == 0 || n >= 256 ||
		    (id != NULL && strspn(id, allowed) != n))
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "the value of %s is not a valid id: use only "
			    "letters, digits, hyphens and dots",
			    setting_name(ids[i]));
	}
	return RC_OK;
}

static enum rc
set_up(struct auth *a, const struct auth_options *o, struct err *e)
{
	enum auth_setting missing[AUTH_SETTINGS];
	struct flow *const f = &a->flow;
	char authority[512];
	enum rc rc = auth_choose_method(o, &a->options.method, e);

	if (rc != RC_OK)
		return rc;
	f->kind = find_kind(o);
	a->options.query = o->query;
	a->options.platform =
	    o->platform != NULL ? o->platform : &setting_platform;
	for (int i = 0; i < AUTH_SETTINGS; i++) {
		if (o->value[i] == NULL)
			continue;
		a->own[i] = strdup(o->value[i]);
		if (a->own[i] == NULL)
			return err_nomem(e);
		a->options.value[i] = a->own[i];
	}
	if (auth_missing(&a->options, missing) > 0)
		return err_set(e, RC_FATAL, WHY_USAGE, "--auth %s needs %s",
		    f->kind->name, setting_name(missing[0]));
	rc = check_ids(&a->options, e);
	/* The URL of the authority, and the service for which the token is. */
	const char *const given = flow_value(f, AUTH_AUTHORITY);
	const char *const tenant = flow_value(f, AUTH_TENANT);
	if (rc == RC_OK)
		rc = cloud_find(given != NULL ? given : CLOUD_PUBLIC, authority,
		    sizeof(authority), &f->cloud, e);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(f->resource, sizeof(f->resource), "%s",
	    o->query ? f->cloud->query : f->cloud->audience);
	(void)snprintf(f->url, sizeof(f->url), "%s/%.300s/oauth2/v2.0/token",
	    authority, tenant != NULL ? tenant : "common");
	return f->kind->open != NULL ? f->kind->open(f, e) : RC_OK;
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
	certificate_close(a->flow.certificate);
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
auth_token(const struct auth *a, int64_t now)
{
	return a->token[0] != '\0' && now < a->use_until ? a->token : NULL;
}

unsigned
auth_generation(const struct auth *a)
{
	return a->generation;
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

void
auth_token_accepted(struct auth *a, unsigned generation)
{
	if (generation == a->generation)
		a->accepted = true;
}

bool
auth_token_refused(struct auth *a, unsigned generation)
{
	if (generation != a->generation || a->token[0] == '\0')
		return true;
	if (a->replacement && !a->accepted)
		return false;
	a->replacing = true;
	explicit_bzero(a->token, sizeof(a->token));
	return true;
}

bool
auth_leaks(const struct auth *a, const char *text)
{
	return leak_contains(text, a->token) || flow_leaks(&a->flow, text);
}

/* --- renewal ------------------------------------------------------------- */

bool
auth_renewal_is_due(const struct auth *a, int64_t now)
{
	return a->token[0] == '\0' || now >= a->renew_at;
}

enum rc
auth_renewal_request(struct auth *a, struct auth_step *out, struct err *e)
{
	void *const tag = out->http.tag;

	*out = (struct auth_step){ .http.tag = tag };
	return a->flow.kind->write_request(&a->flow, out, e);
}

enum rc
auth_renewal_answer(struct auth *a, const struct http_answer *answer,
    int64_t now, struct err *e)
{
	const struct flow_kind *const kind = a->flow.kind;
	struct flow_grant grant = { 0 };

	a->flow.wait_ms = 0;
	const enum rc rc = kind->read_answer(&a->flow, answer, &grant, e);
	if (rc == RC_OK && grant.token != NULL) {
		const int64_t life = grant.life;
		const bool half =
		    kind->renew_at_half || life < 2 * RENEW_BEFORE_S;
		const int64_t renew =
		    half ? (life + 1) / 2 : life - RENEW_BEFORE_S;
		const int64_t use = life - UNUSED_S;
		memcpy(a->token, grant.token, strlen(grant.token) + 1);
		a->use_until = now + (renew > use ? renew : use);
		a->renew_at = kind->never_renewed ? a->use_until : now + renew;
		a->generation++;
		a->replacement = a->replacing;
		a->replacing = false;
		a->accepted = false;
	}
	if (rc != RC_OK || grant.token != NULL) {
		const int64_t wait_ms = a->flow.wait_ms;
		flow_restart(&a->flow);
		a->flow.wait_ms = wait_ms;
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
