/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns that an agent fills with what it knows of itself, computed from the
 * event on request (COLUMN_AGENT): SourceSystem is OpsManager, SourceComputerId
 * the computer's id. Only their form is that of an agent's values, and it is
 * unverified: it was not tested whether a workspace accepts them.
 */
#ifndef SCHEMA_AGENT_COLUMNS_H
#define SCHEMA_AGENT_COLUMNS_H

#include "schema/schema.h"

/* Append the column if the options ask for it and the event has the fields that
 * it is made of. */
void agent_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev);

/* Append the id of a computer: the UUID of version 5 (RFC 9562) of its name in
 * the name space DNS, after changing ASCII letters to lower case. */
void agent_columns_put_computer_id(struct buf *out, const struct value *name);

#endif
