/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An access token from elsewhere, given on a descriptor. If it is a JWT its
 * claim exp says how long it is used; it cannot be renewed.
 */
#include <string.h>

#include <openssl/evp.h>

#include "auth/flow.h"
#include "auth/reply.h"
#include "util/json.h"

#define CLAIMS_MAX 32768
/* Of a token that does not say: used until it is refused. */
#define UNKNOWN 864000

static const enum auth_setting needs[] = { AUTH_TOKEN, AUTH_SETTINGS };

static enum rc
check(struct flow *f, struct err *e)
{
	if (reply_is_token(flow_value(f, AUTH_TOKEN)))
		return RC_OK;
	return err_set(
	    e, RC_FATAL, WHY_USAGE, "--token-fd does not give a valid token");
}

/* Append what a text of base64url says. */
static bool
decode(const char *text, size_t n, struct buf *out)
{
	struct buf padded;

	buf_init(&padded, CLAIMS_MAX + 4);
	for (size_t i = 0; i < n; i++)
		buf_byte(&padded, (uint8_t)(text[i] == '-'   ? '+'
					    : text[i] == '_' ? '/'
							     : text[i]));
	while (padded.n % 4 != 0)
		buf_byte(&padded, '=');
	uint8_t *const to = buf_room(out, padded.n / 4 * 3 + 1);
	const int got = padded.full || to == NULL || padded.n == 0
			    ? -1
			    : EVP_DecodeBlock(to, padded.p, (int)padded.n);
	if (padded.p != NULL)
		explicit_bzero(padded.p, padded.cap);
	buf_reset(&padded);
	/* It counts the padding as bytes of value 0. */
	if (got < 0)
		return false;
	out->n += (size_t)got;
	while (out->n > 0 && out->p[out->n - 1] == '\0')
		out->n--;
	return true;
}

/* Seconds until exp; UNKNOWN if the token does not say. */
static int64_t
life_of(const struct flow *f, const char *token)
{
	const char *const dot = strchr(token, '.');
	struct cJSON *root = NULL;
	int64_t life = UNKNOWN;
	uint64_t end = 0;
	struct buf claims;
	struct err ignored;

	buf_init(&claims, CLAIMS_MAX);
	if (dot != NULL && decode(dot + 1, strcspn(dot + 1, "."), &claims) &&
	    json_parse(buf_span(&claims), "it", &root, &ignored) == RC_OK &&
	    json_need_u64(root, "exp", &end, &ignored) == RC_OK)
		life = (int64_t)end - f->options->platform->now();
	json_free(root);
	if (claims.p != NULL)
		explicit_bzero(claims.p, claims.cap);
	buf_reset(&claims);
	return life < UNKNOWN ? life : UNKNOWN;
}

static enum rc
ask(struct flow *f, struct auth_step *out, struct err *e)
{
	/* Nothing is sent: the answer is here. */
	(void)out;
	if (f->found)
		return err_set(e, RC_FATAL, WHY_DENIED,
		    "the token of --token-fd has expired or was refused: run "
		    "again with a new one");
	f->found = true;
	return RC_OK;
}

static enum rc
read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e)
{
	(void)answer;
	out->token = flow_value(f, AUTH_TOKEN);
	out->life = life_of(f, out->token);
	if (out->life > 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "the token of --token-fd has expired: run again with a new one");
}

const struct flow_kind token_flow = {
	.name = "token",
	.fixed = true,
	.needs = needs,
	.open = check,
	.ask = ask,
	.read = read_answer,
};
