/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The columns of SecurityEvent that name accounts, by the rules seen in rows
 * that the connector wrote. If no row shows a rule, the rule is our choice,
 * marked "inferred" in account_columns.c and in evtxbackfill(7).
 *
 * AppLocker events name the user by SID only. The connector looks up the name
 * on the computer, which is impossible here: the column shows the SID, or the
 * account of the SID in the user's file (schema/accounts.h).
 */
#ifndef SCHEMA_ACCOUNT_COLUMNS_H
#define SCHEMA_ACCOUNT_COLUMNS_H

#include "schema/schema.h"

/* Append Account and the column after it, AccountType. */
void account_columns_compile(struct plan *p, const struct schema_event *ev);

/* Append SubjectAccount or TargetAccount. */
void account_columns_compile_subject(
    struct plan *p, const struct schema_event *ev);
void account_columns_compile_target(
    struct plan *p, const struct schema_event *ev);

#endif
