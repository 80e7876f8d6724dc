/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "auth/reply.h"
#include "util/json.h"

#define TOKEN_MAX 32768
#define LIFE_MAX 864000

enum rc
reply_check_arrived(
    const char *from, const struct http_answer *answer, struct err *e)
{
	const bool final = answer->fate == HTTP_REFUSED;

	if (answer->fate == HTTP_ANSWERED)
		return RC_OK;
	return err_set(e, final ? RC_FATAL : RC_RETRY,
	    final ? WHY_DENIED : WHY_NETWORK, "no token: %.200s: %s", from,
	    answer->reason);
}

bool
reply_is_temporary(long status)
{
	return status == 408 || status == 429 ||
	       (status >= 500 && status != 501 && status != 505);
}

bool
reply_is_token(const char *s)
{
	size_t n = 0;

	/* The token becomes part of a header without quoting. */
	for (; s[n] != '\0'; n++)
		if (s[n] <= ' ' || s[n] > '~')
			return false;
	return n > 0 && n < TOKEN_MAX;
}

static int64_t
read_seconds(const struct cJSON *root, const char *member)
{
	char room[32];
	const char *const text = json_setting(json_get(root, member), room);
	const double v = text != NULL ? strtod(text, NULL) : 0;

	return v >= 1 && v <= 1e11 ? (int64_t)v : 0;
}

int64_t
reply_read_life(const struct flow *f, const struct cJSON *root)
{
	const int64_t ends = read_seconds(root, "expires_on");
	int64_t life = read_seconds(root, "expires_in");

	if (life == 0 && ends > 0)
		life = ends - f->options->platform->now();
	return life >= 1 && life <= LIFE_MAX ? life : 0;
}

enum rc
reply_read_token(struct flow *f, const char *from, struct span body,
    struct flow_grant *out, struct err *e)
{
	struct err ignored;

	(void)json_parse(body, "it", &out->json, &ignored);
	const char *const token = json_text(out->json, "access_token");
	const int64_t life = reply_read_life(f, out->json);
	if (token == NULL || !reply_is_token(token) || life == 0)
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %.200s answered without a usable token", from);
	out->token = token;
	out->life = life;
	return RC_OK;
}

enum rc
reply_report_error(const struct flow *f, const struct reply_refusal *r,
    const struct http_answer *answer, struct err *e)
{
	struct cJSON *root = NULL;
	char quoted[180];
	struct err ignored;

	/* The message is the member "error_description", "message" or
	 * "error"."message". */
	(void)json_parse(answer->body, "it", &root, &ignored);
	const char *message = json_text(root, "error_description");
	if (message == NULL)
		message = json_text(root, "message");
	if (message == NULL)
		message = json_text(json_get(root, "error"), "message");
	flow_quote(f, message, quoted, sizeof(quoted));
	json_free(root);
	const char *const reason =
	    quoted[0] != '\0' ? quoted : "no reason given";
	if (reply_is_temporary(answer->status))
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %.120s answered %ld: %s", r->from,
		    answer->status, reason);
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "no token: %s (%.120s answered %ld: %s)", r->hint, r->from,
	    answer->status, reason);
}
