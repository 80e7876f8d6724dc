/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What winlogbeat's Security module makes of an event's fields (elastic/beats,
 * x-pack/winlogbeat/module/security): the account, where it came from, the
 * process. The EventID decides whose account it is; winlog.logon.id belongs to
 * the same account if the event has both. Events of every provider that have
 * the fields get the members; empty values and "-" make no member.
 */
#ifndef SCHEMA_ECS_SECURITY_H
#define SCHEMA_ECS_SECURITY_H

#include "schema/schema.h"

/* Append user, related, source and process, each with a comma before it, as far
 * as a record's values make them. */
void ecs_security_compile(struct plan *p, const struct schema_event *ev);

/* The same for the member logon of winlog. */
void ecs_security_compile_logon(struct plan *p, const struct schema_event *ev);

#endif
