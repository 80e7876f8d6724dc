/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form that asks an authority for a token, RFC 6749 section 4.4:
 *
 *   POST {authority}/{tenant}/oauth2/v2.0/token
 *   client_id, scope, grant_type=client_credentials, and the proof: a
 *   client_secret, or a client_assertion (RFC 7523)
 */
#ifndef AUTH_FORM_H
#define AUTH_FORM_H

#include "auth/flow.h"

/* Append name=value, the value percent-encoded, after & if need be. The second
 * does it after a ? in an address that may have a query. */
void form_field(struct buf *out, const char *name, const char *value);
void form_query(struct buf *address, const char *name, const char *value);

/* The whole form with its proof. */
enum rc form_ask_secret(struct flow *f, struct auth_step *out, struct err *e);

/* The same with the assertion that the flow holds. */
enum rc form_ask_assertion(
    struct flow *f, struct auth_step *out, struct err *e);

/* The authority's answer. 400, 401 and others are final, with a hint. */
enum rc form_read(struct flow *f, const struct http_answer *answer,
    struct flow_grant *out, struct err *e);

#endif
