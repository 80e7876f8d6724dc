/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/command.h"
#include "auth/flow_cli.h"
#include "auth/reply.h"
#include "util/json.h"

#define FAILURES 3
#define LIFE_MAX 864000

static const enum auth_setting needs[] = { AUTH_SETTINGS };

static enum rc
find_az(struct flow *f, struct err *e)
{
	const char *const path = f->options->platform->path;

	if (command_find(path != NULL ? path : getenv("PATH"), "az",
		f->route_text, sizeof(f->route_text)))
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--auth cli needs the Azure CLI: no az in an absolute folder of "
	    "the PATH that other users cannot write");
}

static enum rc
write_request(struct flow *f, struct auth_step *out, struct err *e)
{
	const char *const tenant = flow_value(f, AUTH_TENANT);
	const char *const argv[] = { f->route_text, "account",
		"get-access-token", "--output", "json", "--resource",
		f->resource, tenant != NULL ? "--tenant" : NULL, tenant, NULL };

	(void)e;
	memcpy(f->argv, argv, sizeof(argv));
	out->argv = f->argv;
	return RC_OK;
}

static enum rc
read_token(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	struct tm local = { .tm_isdst = -1 };
	struct err ignored;

	/* Newer versions of az print expires_on, seconds since 1970; older
	 * ones, such as Debian's, only expiresOn, a local time such as
	 * "2026-01-31 23:59:59.000000". */
	(void)json_parse(answer->body, "it", &out->json, &ignored);
	const char *const token = json_text(out->json, "accessToken");
	const char *const ends = json_text(out->json, "expiresOn");
	int64_t life = reply_read_life(f, out->json);

	if (life == 0 && ends != NULL &&
	    strptime(ends, "%Y-%m-%d %H:%M:%S", &local) != NULL)
		life = (int64_t)mktime(&local) - f->options->platform->now();
	if (token == NULL || !reply_is_token(token) || life < 1 ||
	    life > LIFE_MAX)
		return err_set(e, RC_FATAL, WHY_DENIED,
		    "no token: az did not print a usable token");
	out->token = token;
	out->life = life;
	f->failures = 0;
	return RC_OK;
}

static enum rc
read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	/* A missing or refused login is final; az prints one of these texts.
	 * Other failures may come from the network. The exit status does not
	 * distinguish them. */
	static const char *const final_words[] = { "az login", "AADSTS",
		"az account", "Please run", "not found" };
	bool final = answer->status == 126 || answer->status == 127;
	char text[1024];
	char message[220];

	if (answer->fate != HTTP_ANSWERED)
		return err_set(e, RC_RETRY, WHY_NETWORK, "no token: %.200s: %s",
		    f->argv[0], answer->reason);
	if (answer->status == 0)
		return read_token(f, answer, out, e);
	(void)snprintf(text, sizeof(text), "%.*s",
	    (int)(answer->body.n < 1000 ? answer->body.n : 1000),
	    (const char *)answer->body.p);
	for (size_t i = 0; i < sizeof(final_words) / sizeof(*final_words); i++)
		final = final || strstr(text, final_words[i]) != NULL;
	flow_quote(f, text, message, sizeof(message));
	f->failures++;
	if (final || f->failures >= FAILURES)
		return err_set(e, RC_FATAL, WHY_DENIED,
		    "no token: az failed with status %ld: try az login (%s)",
		    answer->status, message);
	return err_set(e, RC_RETRY, WHY_NETWORK,
	    "no token: az failed with status %ld: %s", answer->status, message);
}

const struct flow_kind flow_cli = {
	.name = "cli",
	.needs = needs,
	.open = find_az,
	.write_request = write_request,
	.read_answer = read_answer,
};
