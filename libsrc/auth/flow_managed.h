/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "managed": the managed identity of the machine, from
 *
 *   App Service  if IDENTITY_ENDPOINT and IDENTITY_HEADER are set
 *   Azure Arc    if IDENTITY_ENDPOINT and IMDS_ENDPOINT are set
 *   Azure Arc    if its agent is installed
 *   IMDS         otherwise: the metadata service of an Azure VM
 *
 * IMDS is at 169.254.169.254. Whether it exists is found out by a first request
 * without the header Metadata and with a timeout of a second.
 */
#ifndef AUTH_FLOW_MANAGED_H
#define AUTH_FLOW_MANAGED_H

#include "auth/flow.h"

extern const struct flow_kind flow_managed;

#endif
