/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local sink "sqlite": rows in an SQLite database.
 *
 * Each property of a line is bound to the column of the same name. A property
 * without a column gets a new one (TEXT) or, if it cannot have one, goes into
 * the JSON object of _Extra: no property is lost.
 */
#ifndef SINK_SQLITE_H
#define SINK_SQLITE_H

#include "sink/sink.h"

extern const struct sink sqlite_sink;

#endif
