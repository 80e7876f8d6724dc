/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the flows of CI systems have in common: the system issues an OIDC token
 * to its job, and that is the assertion for the authority.
 */
#ifndef AUTH_OIDC_H
#define AUTH_OIDC_H

#include "auth/flow.h"
#include "auth/reply.h"

struct oidc {
	enum auth_setting url;
	enum auth_setting token; /* authorizes the job */
	const char *member;      /* of the answer: the OIDC token */
	struct reply_refusal refusal;
};

/* WHY_USAGE if the URL or the token of the job is not valid. */
enum rc oidc_open(const struct flow *f, const struct oidc *o, struct err *e);

/* Begin the request for the OIDC token: its URL and Authorization header. */
void oidc_begin_request(struct flow *f, const struct oidc *o);

/* Read the answer of step 0, the OIDC token, or of step 1, the authority's
 * token. */
enum rc oidc_read_answer(struct flow *f, const struct oidc *o,
    const struct http_answer *answer, struct flow_grant *out, struct err *e);

#endif
