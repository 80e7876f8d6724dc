/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "cli": the token of the user who is logged in to the Azure CLI, from
 * `az account get-access-token`.
 */
#ifndef AUTH_FLOW_CLI_H
#define AUTH_FLOW_CLI_H

#include "auth/flow.h"

extern const struct flow_kind flow_cli;

#endif
