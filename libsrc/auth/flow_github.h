/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "github": the OIDC token of a GitHub Actions job is the assertion.
 * The job needs "permissions: id-token: write".
 */
#ifndef AUTH_FLOW_GITHUB_H
#define AUTH_FLOW_GITHUB_H

#include "auth/flow.h"

extern const struct flow_kind flow_github;

#endif
