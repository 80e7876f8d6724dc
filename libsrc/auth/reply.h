/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How flows read the answers of services that issue tokens.
 */
#ifndef AUTH_REPLY_H
#define AUTH_REPLY_H

#include "auth/flow.h"

struct cJSON;

/* RC_RETRY if there is no answer; WHY_DENIED if no request can be sent. `from`
 * names the server in messages. */
enum rc reply_check_arrived(
    const char *from, const struct http_answer *answer, struct err *e);

/* True if the same request may succeed later after this status. */
bool reply_is_temporary(long status);

/* True if a text may be used as a token. */
bool reply_is_token(const char *text);

/* The number of seconds that a token is valid, from the members of a JSON
 * object: expires_in, a number or a text, or else expires_on, seconds since
 * 1970. 0 if neither makes sense. */
int64_t reply_read_life(const struct flow *f, const struct cJSON *root);

/* Read the token in a body of status 200. RC_RETRY if there is none. */
enum rc reply_read_token(struct flow *f, const char *from, struct span body,
    struct flow_grant *out, struct err *e);

struct reply_refusal {
	const char *from;
	const char *hint; /* what the user can do */
};

/* Report an error answer of a service other than Entra ID: RC_RETRY if it is
 * temporary, else WHY_DENIED with the hint and the service's message. */
enum rc reply_report_error(const struct flow *f, const struct reply_refusal *r,
    const struct http_answer *answer, struct err *e);

#endif
