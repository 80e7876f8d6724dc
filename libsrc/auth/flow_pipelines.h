/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "pipelines": the OIDC token of an Azure Pipelines service connection
 * is the assertion. The step must map System.AccessToken to
 * SYSTEM_ACCESSTOKEN.
 */
#ifndef AUTH_FLOW_PIPELINES_H
#define AUTH_FLOW_PIPELINES_H

#include "auth/flow.h"

extern const struct flow_kind flow_pipelines;

#endif
