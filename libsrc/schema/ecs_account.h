/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What winlogbeat's Security module makes of an event's fields (FACTS of
 * elastic/beats, x-pack/winlogbeat/module/security): who, from where, which
 * process. An event of any provider that has the field gets the member; "-"
 * and nothing are no value.
 */
#ifndef SCHEMA_ECS_ACCOUNT_H
#define SCHEMA_ECS_ACCOUNT_H

#include "schema/schema.h"

/* Append user, related, source and process, each with a comma before it, as
 * far as a record's values make them. */
void ecs_account(struct plan *p, const struct schema_event *ev);

/* The same with winlog.logon. */
void ecs_logon(struct plan *p, const struct schema_event *ev);

#endif
