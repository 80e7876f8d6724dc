/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GitHub Actions: the runner gives a token of its own for an audience, and
 * that is the assertion. The variables are there if the job has
 * "permissions: id-token: write".
 */
#include "auth/form.h"
#include "auth/reply.h"
#include "http/url.h"

static const enum auth_setting needs[] = { AUTH_TENANT, AUTH_CLIENT,
	AUTH_GITHUB_URL, AUTH_GITHUB_TOKEN, AUTH_SETTINGS };

static enum rc
check(struct flow *f, struct err *e)
{
	bool plain = false;

	if (!reply_is_token(flow_value(f, AUTH_GITHUB_TOKEN)))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is not a valid token", setting_name(AUTH_GITHUB_TOKEN));
	return url_check(flow_value(f, AUTH_GITHUB_URL),
	    setting_name(AUTH_GITHUB_URL), &plain, e);
}

static enum rc
ask(struct flow *f, struct auth_step *out, struct err *e)
{
	if (f->step == 1)
		return form_ask_assertion(f, out, e);
	buf_cut(&f->address, 0);
	buf_str(&f->address, flow_value(f, AUTH_GITHUB_URL));
	form_query(&f->address, "audience", f->cloud->exchange);
	buf_cut(&f->header, 0);
	buf_str(&f->header, "Authorization: Bearer ");
	buf_str(&f->header, flow_value(f, AUTH_GITHUB_TOKEN));
	buf_byte(&f->header, '\0');
	return flow_get(f, out, e);
}

static enum rc
read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	const struct reply_refusal refusal = { "GitHub",
		"GitHub gives no OIDC token: check the job's permissions "
		"(id-token: write)" };

	if (f->step == 1)
		return form_read(f, answer, out, e);
	enum rc rc = reply_arrived("GitHub", answer, e);
	if (rc == RC_OK && answer->status != 200)
		rc = reply_refused(f, &refusal, answer, e);
	if (rc == RC_OK)
		rc = reply_hold(f, "GitHub", answer->body, "value", e);
	f->step = 1;
	return rc;
}

const struct flow_kind github_flow = {
	.name = "github",
	.needs = needs,
	.open = check,
	.ask = ask,
	.read = read_answer,
};
