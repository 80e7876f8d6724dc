/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Azure Pipelines: the service connection gives a token for the exchange, and
 * that is the assertion. The step has to map System.AccessToken into
 * SYSTEM_ACCESSTOKEN.
 */
#include "auth/form.h"
#include "auth/reply.h"
#include "http/url.h"

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_PIPELINES_URL, AUTH_PIPELINES_TOKEN, AUTH_PIPELINES_CONNECTION,
	AUTH_SETTINGS };

static enum rc
check(struct flow *f, struct err *e)
{
	bool plain = false;

	if (!reply_is_token(flow_value(f, AUTH_PIPELINES_TOKEN)))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is not a valid token",
		    setting_name(AUTH_PIPELINES_TOKEN));
	return url_check(flow_value(f, AUTH_PIPELINES_URL),
	    setting_name(AUTH_PIPELINES_URL), &plain, e);
}

static enum rc
ask(struct flow *f, struct auth_step *out, struct err *e)
{
	if (f->step == 1)
		return form_ask_assertion(f, out, e);
	buf_cut(&f->address, 0);
	buf_str(&f->address, flow_value(f, AUTH_PIPELINES_URL));
	form_query(&f->address, "api-version", "7.1");
	form_query(&f->address, "serviceConnectionId",
	    flow_value(f, AUTH_PIPELINES_CONNECTION));
	buf_cut(&f->header, 0);
	buf_str(&f->header, "Authorization: Bearer ");
	buf_str(&f->header, flow_value(f, AUTH_PIPELINES_TOKEN));
	buf_byte(&f->header, '\0');
	const enum rc rc = flow_get(f, out, e);
	out->http.get = false;
	f->headers[2] = "Content-Type: application/json";
	/* Else it answers with a page to log in. */
	f->headers[3] = "X-TFS-FedAuthRedirect: Suppress";
	f->headers[4] = NULL;
	return rc;
}

static enum rc
read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	const struct reply_refusal refusal = { "Azure Pipelines",
		"Azure Pipelines gives no OIDC token: check SYSTEM_ACCESSTOKEN "
		"and the service connection's id" };

	if (f->step == 1)
		return form_read(f, answer, out, e);
	enum rc rc = reply_arrived("Azure Pipelines", answer, e);
	if (rc == RC_OK && answer->status != 200)
		rc = reply_refused(f, &refusal, answer, e);
	if (rc == RC_OK)
		rc = reply_hold(
		    f, "Azure Pipelines", answer->body, "oidcToken", e);
	f->step = 1;
	return rc;
}

const struct flow_kind pipelines_flow = {
	.name = "pipelines",
	.needs = needs,
	.open = check,
	.ask = ask,
	.read = read_answer,
};
