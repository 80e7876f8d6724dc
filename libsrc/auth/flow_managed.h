/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "managed": the managed identity of the machine, from
 *
 *   App Service  if IDENTITY_ENDPOINT and IDENTITY_HEADER are set
 *   Azure Arc    if IDENTITY_ENDPOINT and IMDS_ENDPOINT are set, or its agent
 * is installed IMDS         else: the metadata service of an Azure VM, at
 * 169.254.169.254. A first request without the header Metadata, with a timeout
 * of a second, probes whether it is there
 */
#ifndef AUTH_FLOW_MANAGED_H
#define AUTH_FLOW_MANAGED_H

#include "auth/flow.h"

extern const struct flow_kind flow_managed;

#endif
