/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all flows read in the same way: whether an answer arrived, and a token
 * with its life. Entra says expires_in as a number; managed identities say it
 * as a text, some of them only expires_on (seconds since 1970).
 */
#ifndef AUTH_REPLY_H
#define AUTH_REPLY_H

#include "auth/flow.h"

struct cJSON;

/* RC_RETRY if no answer came, WHY_DENIED if none can ever come. `from` names
 * the server in messages. */
enum rc reply_arrived(
    const char *from, const struct http_answer *answer, struct err *e);

/* Whether a status means: the same request may succeed later. */
bool reply_is_temporary(long status);

/* The token in a body of status 200. RC_RETRY if there is none. */
enum rc reply_grant(struct flow *f, const char *from, struct span body,
    struct flow_grant *out, struct err *e);

/* A text member of a body of status 200, held by the flow: an assertion. */
enum rc reply_hold(struct flow *f, const char *from, struct span body,
    const char *member, struct err *e);

/* A refusal of a service that is not an authority: RC_RETRY if temporary, else
 * WHY_DENIED with the hint and the service's own words. */
struct reply_refusal {
	const char *from;
	const char *hint;
};

enum rc reply_refused(const struct flow *f, const struct reply_refusal *r,
    const struct http_answer *answer, struct err *e);

/* Seconds that a JSON object gives its token: expires_in, else expires_on.
 * 0 if it gives none that makes sense. */
int64_t reply_life(const struct flow *f, const struct cJSON *root);

/* Whether a text may be used as a token. */
bool reply_is_token(const char *text);

#endif
