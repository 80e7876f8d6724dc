/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text that the connector shows for an event id in the Activity column.
 * The column knows ids only: the provider plays no part (Azure-Sentinel sample
 * rows show texts of Security-Auditing for ids of other providers).
 */
#ifndef SCHEMA_ACTIVITY_H
#define SCHEMA_ACTIVITY_H

#include <stdint.h>

/* The text without the id, or NULL where none is known: the column then shows
 * the bare number. */
const char *activity_text(uint64_t id);

#endif
