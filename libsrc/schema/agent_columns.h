/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Columns that an agent fills by what it knows of itself, computed from the
 * event on request (COLUMN_AGENT). They are like the agent's in shape only, and
 * unverified: no workspace was asked whether it accepts them.
 */
#ifndef SCHEMA_AGENT_COLUMNS_H
#define SCHEMA_AGENT_COLUMNS_H

#include "schema/schema.h"

/* Append the column if the options ask for it and the event has what it is made
 * of: SourceSystem is OpsManager, SourceComputerId the computer's id. */
void agent_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev);

/* Append the id of a computer: a UUID of version 5 (RFC 9562) of the name in
 * the name space DNS, with its ASCII letters in lower case. */
void agent_columns_put_computer_id(struct buf *out, const struct value *name);

#endif
