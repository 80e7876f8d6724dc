/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "auth/kind.h"
#include "auth/leak.h"
#include "util/json.h"

#define TOKEN_MAX 32768
#define FORM_MAX 65536
/* As the Azure SDKs do: renewed two minutes before its end. */
#define MARGIN INT64_C(120)

struct auth {
	const struct auth_kind *kind;
	char *tenant;
	char *client;
	char *secret;
	const char *scope;
	char url[1024];
	struct buf form;
	char token[TOKEN_MAX]; /* empty: none */
	int64_t until;         /* renew from then on */
	unsigned generation;
	bool proven;  /* this token was accepted once */
	bool refused; /* its predecessor was not */
	bool asked;   /* the next one is asked for because of a refusal */
};

static const struct auth_kind *const kinds[] = { &auth_secret };

/* The clouds: where one logs in, and what the token is for. */
static const struct {
	const char *authority;
	const char *scope;
} clouds[] = {
	{ AUTH_PUBLIC, "https://monitor.azure.com/.default" },
	{ "https://login.microsoftonline.us",
	    "https://monitor.azure.us/.default" },
	{ "https://login.chinacloudapi.cn",
	    "https://monitor.azure.cn/.default" },
	{ "https://login.partner.microsoftonline.cn",
	    "https://monitor.azure.cn/.default" },
};

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

static const char *
scope_of(const char *authority, size_t n)
{
	for (size_t i = 0; i < sizeof(clouds) / sizeof(*clouds); i++)
		if (strlen(clouds[i].authority) == n &&
		    strncmp(clouds[i].authority, authority, n) == 0)
			return clouds[i].scope;
	return clouds[0].scope;
}

static enum rc
set_address(struct auth *a, const char *authority, struct err *e)
{
	const bool bare = strstr(authority, "://") == NULL;
	char full[512];
	bool plain = false;

	(void)snprintf(
	    full, sizeof(full), "%s%.480s", bare ? "https://" : "", authority);
	size_t n = strlen(full);
	while (n > 0 && full[n - 1] == '/')
		full[--n] = '\0';
	(void)snprintf(a->url, sizeof(a->url), "%s/%.300s/oauth2/v2.0/token",
	    full, a->tenant);
	a->scope = scope_of(full, n);
	return http_check_url(full, "AZURE_AUTHORITY_HOST", &plain, e);
}

static enum rc
set_up(struct auth *a, const struct auth_options *o, struct err *e)
{
	if (!is_name(o->tenant) || !is_name(o->client))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "AZURE_TENANT_ID and AZURE_CLIENT_ID must be ids");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (a->kind == NULL && kinds[i]->fits(o))
			a->kind = kinds[i];
	if (a->kind == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "no credentials: AZURE_CLIENT_SECRET is missing");
	a->tenant = strdup(o->tenant);
	a->client = strdup(o->client);
	a->secret = strdup(o->secret != NULL ? o->secret : "");
	if (a->tenant == NULL || a->client == NULL || a->secret == NULL)
		return err_nomem(e);
	return set_address(
	    a, o->authority != NULL ? o->authority : AUTH_PUBLIC, e);
}

enum rc
auth_create(const struct auth_options *options, struct auth **ap, struct err *e)
{
	struct auth *const a = calloc(1, sizeof(*a));

	*ap = NULL;
	if (a == NULL)
		return err_nomem(e);
	buf_init(&a->form, FORM_MAX);
	const enum rc rc = set_up(a, options, e);
	if (rc != RC_OK) {
		auth_destroy(a);
		return rc;
	}
	*ap = a;
	return RC_OK;
}

static void
wipe(void *p, size_t n)
{
	if (p != NULL)
		explicit_bzero(p, n);
}

void
auth_destroy(struct auth *a)
{
	if (a == NULL)
		return;
	wipe(a->secret, a->secret != NULL ? strlen(a->secret) : 0);
	wipe(a->form.p, a->form.cap);
	wipe(a->token, sizeof(a->token));
	free(a->tenant);
	free(a->client);
	free(a->secret);
	buf_reset(&a->form);
	free(a);
}

/* --- the token ----------------------------------------------------------- */

const char *
auth_token(const struct auth *a, int64_t now)
{
	return a->token[0] != '\0' && now < a->until ? a->token : NULL;
}

enum rc
auth_bearer(const struct auth *a, struct buf *out, struct err *e)
{
	buf_cut(out, 0);
	buf_str(out, "Authorization: Bearer ");
	buf_str(out, a->token);
	buf_byte(out, '\0');
	return out->full ? err_nomem(e) : RC_OK;
}

unsigned
auth_generation(const struct auth *a)
{
	return a->generation;
}

enum rc
auth_request(struct auth *a, struct http_request *out, struct err *e)
{
	static const char *const headers[] = {
		"Content-Type: application/x-www-form-urlencoded",
		"Accept: application/json",
		NULL,
	};
	const struct auth_form form = { a->tenant, a->client, a->secret,
		a->scope };

	buf_cut(&a->form, 0);
	const enum rc rc = a->kind->body(&form, &a->form, e);
	if (rc != RC_OK)
		return rc;
	out->url = a->url;
	out->headers = headers;
	out->body = buf_span(&a->form);
	return RC_OK;
}

void
auth_accepted(struct auth *a, unsigned generation)
{
	if (generation == a->generation)
		a->proven = true;
}

bool
auth_refused(struct auth *a, unsigned generation)
{
	if (generation != a->generation || a->token[0] == '\0')
		return true;
	if (a->refused && !a->proven)
		return false;
	a->asked = true;
	wipe(a->token, sizeof(a->token));
	return true;
}

bool
auth_leaks(const struct auth *a, const char *text)
{
	return leak_in(text, a->token) || leak_in(text, a->secret);
}

/* --- answers ------------------------------------------------------------- */

/* A token goes into a header as it is. */
static bool
is_token(const char *s)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++)
		if (s[n] <= ' ' || s[n] > '~')
			return false;
	return n > 0 && n < TOKEN_MAX;
}

static int64_t
lifetime(const struct cJSON *root)
{
	char room[32];
	const char *const text =
	    json_setting(json_get(root, "expires_in"), room);
	const double v = text != NULL ? strtod(text, NULL) : 0;

	return v >= 1 && v <= 864000 ? (int64_t)v : 0;
}

static enum rc
keep(struct auth *a, const struct cJSON *root, int64_t now, struct err *e)
{
	const char *const token = json_text(root, "access_token");
	const int64_t life = lifetime(root);

	if (token == NULL || !is_token(token) || life == 0)
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "%s answered without a usable token", a->url);
	memcpy(a->token, token, strlen(token) + 1);
	a->until = now + (life >= 2 * MARGIN ? life - MARGIN : (life + 1) / 2);
	a->generation++;
	a->refused = a->asked;
	a->asked = false;
	a->proven = false;
	return RC_OK;
}

/* What the server says, without what could hurt a terminal or tell a secret. */
static void
clean(const struct auth *a, const char *said, char out[300])
{
	size_t n = 0;

	(void)snprintf(out, 300, "%s", said != NULL ? said : "");
	if (auth_leaks(a, out))
		(void)snprintf(out, 300, AUTH_WITHHELD);
	for (; out[n] != '\0'; n++)
		if (out[n] < ' ' || out[n] > '~')
			out[n] = ' ';
}

/* What a person can do, by the code in the server's words. */
static const char *
advice(const char *said)
{
	static const struct {
		const char *code;
		const char *text;
	} known[] = {
		{ "AADSTS7000215", "the secret of AZURE_CLIENT_ID is wrong: it "
				   "takes the value, "
				   "not its id" },
		{ "AADSTS7000222", "the client secret has expired: make a new "
				   "one" },
		{ "AADSTS700016",
		    "no application AZURE_CLIENT_ID in the tenant "
		    "AZURE_TENANT_ID" },
		{ "AADSTS90002",
		    "no tenant AZURE_TENANT_ID, or it is in another cloud: see "
		    "AZURE_AUTHORITY_HOST" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strstr(said, known[i].code) != NULL)
			return known[i].text;
	return "check AZURE_TENANT_ID, AZURE_CLIENT_ID, the client secret and "
	       "AZURE_AUTHORITY_HOST";
}

static bool
is_temporary(long status, const char *code)
{
	return status == 408 || status == 429 ||
	       (status >= 500 && status != 501 && status != 505) ||
	       strcmp(code, "temporarily_unavailable") == 0;
}

static enum rc
refusal(
    const struct auth *a, long status, const struct cJSON *root, struct err *e)
{
	const char *const code = json_text(root, "error");
	char said[300];

	clean(a, json_text(root, "error_description"), said);
	if (is_temporary(status, code != NULL ? code : ""))
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %s answered %ld %s", a->url, status, said);
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "no token: %s (%.150s answered %ld: %s)", advice(said), a->url,
	    status,
	    said[0] != '\0'     ? said
	    : status / 100 == 3 ? "a redirect, which is not followed"
				: "no reason given");
}

enum rc
auth_answer(struct auth *a, const struct http_answer *answer, int64_t now,
    struct err *e)
{
	struct cJSON *root = NULL;
	struct err ignored;

	if (answer->fate == HTTP_REFUSED)
		return err_set(e, RC_FATAL, WHY_DENIED, "no token: %s: %s",
		    a->url, answer->reason);
	if (answer->fate != HTTP_ANSWERED)
		return err_set(e, RC_RETRY, WHY_NETWORK, "no token: %s: %s",
		    a->url, answer->reason);
	(void)json_parse(answer->body, "it", &root, &ignored);
	const enum rc rc = answer->status == 200
			       ? keep(a, root, now, e)
			       : refusal(a, answer->status, root, e);
	json_free(root);
	return rc;
}
