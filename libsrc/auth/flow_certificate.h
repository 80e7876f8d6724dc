/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "certificate": a client assertion (RFC 7523) that is signed with the
 * key of a client certificate, as Entra ID expects it:
 *
 *   header  alg PS256, typ JWT, x5t#S256; x5c on request. With RS256, for older
 *           authorities, also x5t (SHA-1)
 *   claims  aud (the URL of the token), iss and sub (the client), jti (a new
 *           UUID), nbf and iat (now), exp (ten minutes later)
 *
 * Each request has a new assertion, because a jti is accepted only once.
 */
#ifndef AUTH_FLOW_CERTIFICATE_H
#define AUTH_FLOW_CERTIFICATE_H

#include "auth/flow.h"

extern const struct flow_kind flow_certificate;

#endif
