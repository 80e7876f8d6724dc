/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members that winlogbeat's Security module makes from an event's fields
 * (elastic/beats, x-pack/winlogbeat/module/security): the account, its source
 * address, the process. The EventID decides which account is shown;
 * winlog.logon.id belongs to the same account if the event has both. Events of
 * every provider that have the fields get the members; empty values and "-"
 * make no member.
 */
#ifndef SCHEMA_ECS_SECURITY_H
#define SCHEMA_ECS_SECURITY_H

#include "schema/schema.h"

/* Append the members user, related, source and process, each with a comma
 * before it. A record gets only those members for which it has values. */
void ecs_security_compile(struct plan *p, const struct schema_event *ev);

/* Append the member logon of winlog in the same way. */
void ecs_security_compile_logon(struct plan *p, const struct schema_event *ev);

#endif
