/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/flow_github.h"
#include "auth/entra.h"
#include "auth/oidc.h"
#include "auth/urlencode.h"

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_GITHUB_URL, AUTH_GITHUB_TOKEN, AUTH_SETTINGS };

static const struct oidc github = { AUTH_GITHUB_URL, AUTH_GITHUB_TOKEN, "value",
	{ "GitHub", "GitHub issues no OIDC token: check the permissions of the "
		    "job (id-token: write)" } };

static enum rc
write_request(struct flow *f, struct auth_step *out, struct err *e)
{
	if (f->step == 1)
		return entra_put_assertion(f, out, e);
	oidc_begin_request(f);
	urlencode_put_query(&f->address, "audience", f->cloud->exchange);
	return flow_put_get(f, out, e);
}

const struct flow_kind flow_github = {
	.name = "github",
	.needs = needs,
	.oidc = &github,
	.open = oidc_open,
	.write_request = write_request,
	.read_answer = oidc_read_answer,
};
