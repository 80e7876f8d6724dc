/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of SecurityEvent that the connector computes, by the rules seen
 * in rows that it wrote. Where no row shows a rule it is our choice; those
 * choices are marked "inferred" in derived.c and in evtxbackfill(7), and stand
 * nowhere else.
 */
#ifndef SCHEMA_DERIVED_H
#define SCHEMA_DERIVED_H

#include "schema/schema.h"

/* Append the column, with a comma before it, if the event has what it is made
 * of. AccountType comes with Account, the column before it. */
void computed_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev);

/* The name of a type of logon, or NULL. */
const char *computed_columns_logon_type(uint64_t n);

/* What stands behind the last backslash; or append it, as a text cell. */
struct span computed_columns_file_name_utf16(struct span s);
void computed_columns_file_name(struct buf *out, const struct value *v);

#endif
