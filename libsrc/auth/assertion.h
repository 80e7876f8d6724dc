/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "certificate": a client assertion (RFC 7523) signed with the key of
 * a client certificate, as Entra ID wants it:
 *
 *   header  alg PS256, typ JWT, x5t#S256; x5c on request. With RS256, which
 *           older authorities want, x5t (SHA-1) too
 *   claims  aud (the address of the token), iss and sub (the client), jti (a
 *           new UUID), nbf and iat (now), exp (ten minutes later)
 *
 * Every request has an assertion of its own: a jti is accepted once.
 */
#ifndef AUTH_ASSERTION_H
#define AUTH_ASSERTION_H

#include "auth/flow.h"

/* Make an assertion; the flow holds it. */
enum rc assertion_make(struct flow *f, struct err *e);

#endif
