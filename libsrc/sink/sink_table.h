/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of all sinks.
 */
#ifndef SINK_SINK_TABLE_H
#define SINK_SINK_TABLE_H

#include "sink/sink.h"

/* Returns the sink of this name, or NULL. */
const struct sink *sink_table_find(const char *name);

#endif
