/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/base64.h"
#include "auth/flow_token.h"
#include "auth/reply.h"
#include "util/json.h"

#define CLAIMS_MAX 32768
/* Maximum life of a token in seconds: ten days. Also assumed for a token
 * without the claim exp. */
#define LIFE_MAX 864000

static const enum auth_setting needs[] = { AUTH_TOKEN, AUTH_SETTINGS };

static enum rc
check_settings(struct flow *f, struct err *e)
{
	if (reply_is_token(flow_value(f, AUTH_TOKEN)))
		return RC_OK;
	return err_set(
	    e, RC_FATAL, WHY_USAGE, "--token-fd does not give a valid token");
}

static enum rc
write_request(struct flow *f, struct auth_step *out, struct err *e)
{
	/* There is no request to send: read_answer() returns the token. */
	(void)out;
	if (f->probed)
		return err_set(e, RC_FATAL, WHY_DENIED,
		    "the token of --token-fd has expired or was refused: run "
		    "again with a new one");
	f->probed = true;
	return RC_OK;
}

static enum rc
read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	const char *const token = flow_value(f, AUTH_TOKEN);
	const char *const dot = strchr(token, '.');
	struct cJSON *root = NULL;
	uint64_t end = 0;
	struct buf claims;
	struct err ignored;

	(void)answer;
	out->token = token;
	out->life = LIFE_MAX;
	/* If the token is a JWT, its claim exp is the time when it expires. */
	buf_init(&claims, CLAIMS_MAX);
	if (dot != NULL &&
	    base64_parse_url(
		span_of(dot + 1, strcspn(dot + 1, ".")), &claims) &&
	    json_parse(buf_span(&claims), "it", &root, &ignored) == RC_OK &&
	    json_need_u64(root, "exp", &end, &ignored) == RC_OK)
		out->life = (int64_t)end - f->options->platform->now();
	json_free(root);
	buf_wipe(&claims);
	if (out->life > LIFE_MAX)
		out->life = LIFE_MAX;
	if (out->life > 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "the token of --token-fd has expired: run again with a new one");
}

const struct flow_kind flow_token = {
	.name = "token",
	.never_renewed = true,
	.needs = needs,
	.open = check_settings,
	.write_request = write_request,
	.read_answer = read_answer,
};
