/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the answers of services that issue tokens.
 */
#ifndef AUTH_REPLY_H
#define AUTH_REPLY_H

#include "auth/flow.h"

struct cJSON;

/* RC_OK if there is an answer, RC_RETRY if there is none, WHY_DENIED if the
 * request can never be sent. `from` is the name of the server in messages. */
enum rc reply_check_arrived(
    const char *from, const struct http_answer *answer, struct err *e);

/* True for a status after which the same request may succeed later. */
bool reply_is_temporary(long status);

/* True if a text may be used as a token. */
bool reply_is_token(const char *text);

/* The number of seconds for which a token is valid, from the member expires_in
 * of a JSON object or else from expires_on, seconds since 1970. Each may be a
 * number or a string. 0 if neither is a plausible value. */
int64_t reply_read_life(const struct flow *f, const struct cJSON *root);

/* Read the token from the body of an answer with status 200. RC_RETRY if there
 * is none. */
enum rc reply_read_token(struct flow *f, const char *from, struct span body,
    struct flow_grant *out, struct err *e);

struct reply_refusal {
	const char *from; /* name of the service in messages */
	const char *hint; /* advice in messages: what the user can do */
};

/* Report an error answer of a service other than Entra ID: RC_RETRY if it is
 * temporary, else WHY_DENIED with the hint and the service's message. */
enum rc reply_report_error(const struct flow *f, const struct reply_refusal *r,
    const struct http_answer *answer, struct err *e);

#endif
