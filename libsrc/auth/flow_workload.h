/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow "workload": the workload identity of a Kubernetes pod. The assertion
 * is the content of a file that Kubernetes renews, so the file is read for each
 * request.
 *
 * With "identity binding", AKS runs a proxy for the authority. Requests are
 * then sent to the proxy, with the host name and the certificates that AKS
 * provides.
 */
#ifndef AUTH_FLOW_WORKLOAD_H
#define AUTH_FLOW_WORKLOAD_H

#include "auth/flow.h"

extern const struct flow_kind flow_workload;

#endif
