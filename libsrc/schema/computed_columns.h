/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of SecurityEvent that the connector computes, by the rules seen
 * in rows that it wrote. If no row shows a rule, the rule is our choice. These
 * choices are marked "inferred" in computed_columns.c, account_columns.c and
 * evtxbackfill(7), and nowhere else.
 */
#ifndef SCHEMA_COMPUTED_COLUMNS_H
#define SCHEMA_COMPUTED_COLUMNS_H

#include "schema/schema.h"

/* Append the column with a comma before it, if the event has the fields for it.
 * AccountType is appended with Account, the column before it. */
void computed_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev);

/* Returns the name of a logon type, or NULL. */
const char *computed_columns_logon_type(uint64_t n);

/* Return the part of a path after the last backslash, or append it as column
 * text. */
struct span computed_columns_file_name_utf16(struct span path);
void computed_columns_file_name(struct buf *out, const struct value *path);

#endif
