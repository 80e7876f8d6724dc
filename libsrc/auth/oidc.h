/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common part of the flows of CI systems: the system issues an OIDC token
 * to its job, which is the assertion for the authority.
 */
#ifndef AUTH_OIDC_H
#define AUTH_OIDC_H

#include "auth/flow.h"
#include "auth/reply.h"

struct oidc {
	enum auth_setting url;   /* setting with the URL for OIDC tokens */
	enum auth_setting token; /* setting with the token of the CI job */
	/* Member of the JSON answer that has the OIDC token. */
	const char *member;
	struct reply_refusal refusal;
};

/* For the open() of a flow: WHY_USAGE if the URL or the token of the job is not
 * valid. */
enum rc oidc_open(struct flow *f, struct err *e);

/* Begin the request for the OIDC token: its URL and Authorization header. */
void oidc_begin_request(struct flow *f);

/* For the read_answer() of a flow: read the OIDC token in step 0, the
 * authority's answer in step 1. */
enum rc oidc_read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e);

#endif
