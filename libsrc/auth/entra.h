/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests for a token to the authority, Entra ID (RFC 6749, section 4.4):
 *
 *   POST {authority}/{tenant}/oauth2/v2.0/token
 *   client_id, scope, grant_type=client_credentials, and a client_secret or a
 *   client_assertion (RFC 7523)
 */
#ifndef AUTH_ENTRA_H
#define AUTH_ENTRA_H

#include "auth/flow.h"

/* Write the request with the client secret of the settings. */
enum rc entra_put_secret(struct flow *f, struct auth_step *out, struct err *e);

/* Write the request with the assertion in f->held. */
enum rc entra_put_assertion(
    struct flow *f, struct auth_step *out, struct err *e);

/* Read the authority's answer. RC_RETRY if it is temporarily unavailable,
 * WHY_DENIED with advice if it refuses. */
enum rc entra_read_answer(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e);

#endif
