/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "token": an access token from --token-fd, which cannot be renewed.
 */
#ifndef AUTH_FLOW_TOKEN_H
#define AUTH_FLOW_TOKEN_H

#include "auth/flow.h"

extern const struct flow_kind flow_token;

#endif
