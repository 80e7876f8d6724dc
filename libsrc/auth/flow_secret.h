/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "secret": a client secret (RFC 6749, section 4.4).
 */
#ifndef AUTH_FLOW_SECRET_H
#define AUTH_FLOW_SECRET_H

#include "auth/flow.h"

extern const struct flow_kind flow_secret;

#endif
