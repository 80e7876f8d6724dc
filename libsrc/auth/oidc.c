/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/oidc.h"
#include "auth/entra.h"
#include "http/url.h"
#include "util/json.h"

enum rc
oidc_open(struct flow *f, struct err *e)
{
	const struct oidc *const o = f->kind->oidc;
	bool plain = false;

	if (!reply_is_token(flow_value(f, o->token)))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is not a valid token", setting_name(o->token));
	return url_check(
	    flow_value(f, o->url), setting_name(o->url), &plain, e);
}

void
oidc_begin_request(struct flow *f)
{
	const struct oidc *const o = f->kind->oidc;

	buf_cut(&f->address, 0);
	buf_str(&f->address, flow_value(f, o->url));
	flow_set_header(f, "Authorization: Bearer ", flow_value(f, o->token));
}

enum rc
oidc_read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	const struct oidc *const o = f->kind->oidc;
	const char *const from = o->refusal.from;
	struct cJSON *root = NULL;
	struct err ignored;

	if (f->step == 1)
		return entra_read_answer(f, answer, out, e);
	f->step = 1;
	enum rc rc = reply_check_arrived(from, answer, e);
	if (rc != RC_OK)
		return rc;
	if (answer->status != 200)
		return reply_report_error(f, &o->refusal, answer, e);
	(void)json_parse(answer->body, "it", &root, &ignored);
	const char *const text = json_text(root, o->member);
	if (text == NULL || !reply_is_token(text))
		rc = err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %.200s answered without a usable \"%s\"", from,
		    o->member);
	else
		rc = flow_hold(f, span_str(text), e);
	json_free(root);
	return rc;
}
