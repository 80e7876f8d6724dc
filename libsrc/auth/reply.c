/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "auth/reply.h"
#include "util/json.h"

#define TOKEN_MAX 32768
#define LIFE_MAX 864000

enum rc
reply_arrived(const char *from, const struct http_answer *answer, struct err *e)
{
	if (answer->fate == HTTP_ANSWERED)
		return RC_OK;
	if (answer->fate == HTTP_REFUSED)
		return err_set(e, RC_FATAL, WHY_DENIED, "no token: %.200s: %s",
		    from, answer->reason);
	return err_set(e, RC_RETRY, WHY_NETWORK, "no token: %.200s: %s", from,
	    answer->reason);
}

bool
reply_is_temporary(long status)
{
	return status == 408 || status == 429 ||
	       (status >= 500 && status != 501 && status != 505);
}

/* A token goes into a header as it is. */
bool
reply_is_token(const char *s)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++)
		if (s[n] <= ' ' || s[n] > '~')
			return false;
	return n > 0 && n < TOKEN_MAX;
}

static int64_t
number(const struct cJSON *root, const char *name)
{
	char room[32];
	const char *const text = json_setting(json_get(root, name), room);
	const double v = text != NULL ? strtod(text, NULL) : 0;

	return v >= 1 && v <= 1e11 ? (int64_t)v : 0;
}

int64_t
reply_life(const struct flow *f, const struct cJSON *root)
{
	int64_t life = number(root, "expires_in");

	if (life == 0 && number(root, "expires_on") > 0)
		life = number(root, "expires_on") - f->options->platform->now();
	return life >= 1 && life <= LIFE_MAX ? life : 0;
}

enum rc
reply_grant(struct flow *f, const char *from, struct span body,
    struct flow_grant *out, struct err *e)
{
	struct err ignored;

	(void)json_parse(body, "it", &out->json, &ignored);
	const char *const token = json_text(out->json, "access_token");
	const int64_t life = reply_life(f, out->json);
	if (token == NULL || !reply_is_token(token) || life == 0)
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "%.200s answered without a usable token", from);
	out->token = token;
	out->life = life;
	return RC_OK;
}

/* {"error_description"}, {"message"} or {"error":{"message"}}. */
static const char *
words_of(const struct cJSON *root)
{
	const char *const own = json_text(root, "error_description");
	const char *const message = json_text(root, "message");
	const char *const inner = json_text(json_get(root, "error"), "message");

	return own != NULL ? own : message != NULL ? message : inner;
}

enum rc
reply_refused(const struct flow *f, const struct reply_refusal *r,
    const struct http_answer *answer, struct err *e)
{
	struct cJSON *root = NULL;
	char said[180];
	struct err ignored;

	(void)json_parse(answer->body, "it", &root, &ignored);
	flow_clean(f, words_of(root), said, sizeof(said));
	json_free(root);
	const char *const words = said[0] != '\0' ? said : "no reason given";
	if (reply_is_temporary(answer->status))
		return err_set(e, RC_RETRY, WHY_NETWORK,
		    "no token: %.120s answered %ld: %s", r->from,
		    answer->status, words);
	return err_set(e, RC_FATAL, WHY_DENIED,
	    "no token: %s (%.120s answered %ld: %s)", r->hint, r->from,
	    answer->status, words);
}

enum rc
reply_hold(struct flow *f, const char *from, struct span body,
    const char *member, struct err *e)
{
	struct cJSON *root = NULL;
	struct err ignored;
	enum rc rc = RC_OK;

	(void)json_parse(body, "it", &root, &ignored);
	const char *const text = json_text(root, member);
	if (text == NULL || !reply_is_token(text))
		rc = err_set(e, RC_RETRY, WHY_NETWORK,
		    "%.200s answered without a usable \"%s\"", from, member);
	else
		rc = flow_hold(f, span_str(text), e);
	json_free(root);
	return rc;
}
