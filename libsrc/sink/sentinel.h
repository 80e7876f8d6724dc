/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The remote sink "sentinel": Microsoft Sentinel through the Logs Ingestion API
 * of Azure Monitor.
 */
#ifndef SINK_SENTINEL_H
#define SINK_SENTINEL_H

#include "sink/sink.h"

extern const struct sink sentinel_sink;

#endif
