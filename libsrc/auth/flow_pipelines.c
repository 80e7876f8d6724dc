/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/flow_pipelines.h"
#include "auth/entra.h"
#include "auth/oidc.h"
#include "auth/urlencode.h"

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_PIPELINES_URL, AUTH_PIPELINES_TOKEN, AUTH_PIPELINES_CONNECTION,
	AUTH_SETTINGS };

static const struct oidc pipelines = { AUTH_PIPELINES_URL, AUTH_PIPELINES_TOKEN,
	"oidcToken",
	{ "Azure Pipelines",
	    "Azure Pipelines issues no OIDC token: check SYSTEM_ACCESSTOKEN "
	    "and the id of the service connection" } };

static enum rc
write_request(struct flow *f, struct auth_step *out, struct err *e)
{
	if (f->step == 1)
		return entra_put_assertion(f, out, e);
	oidc_begin_request(f);
	urlencode_put_query(&f->address, "api-version", "7.1");
	urlencode_put_query(&f->address, "serviceConnectionId",
	    flow_value(f, AUTH_PIPELINES_CONNECTION));
	const enum rc rc = flow_put_get(f, out, e);
	out->http.get = false;
	f->headers[2] = "Content-Type: application/json";
	/* Without this header the answer is a redirect to a login page. */
	f->headers[3] = "X-TFS-FedAuthRedirect: Suppress";
	f->headers[4] = NULL;
	return rc;
}

const struct flow_kind flow_pipelines = {
	.name = "pipelines",
	.needs = needs,
	.oidc = &pipelines,
	.open = oidc_open,
	.write_request = write_request,
	.read_answer = oidc_read_answer,
};
