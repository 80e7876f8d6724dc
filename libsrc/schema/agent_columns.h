/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns that an agent fills with facts about itself. On request they are
 * computed from the event (COLUMN_AGENT): SourceSystem is OpsManager,
 * SourceComputerId the computer's id. The values have the form of an agent's
 * values; it was not tested whether a workspace accepts them.
 */
#ifndef SCHEMA_AGENT_COLUMNS_H
#define SCHEMA_AGENT_COLUMNS_H

#include "schema/schema.h"

/* Append the column if the options ask for it and the event has the fields for
 * it. */
void agent_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev);

/* Append the id of a computer: the UUID of version 5 (RFC 9562) of its name in
 * the name space DNS, after changing ASCII letters to lower case. */
void agent_columns_put_computer_id(struct buf *out, const struct value *name);

#endif
