/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What winlogbeat's Security module makes of an event's fields
 * (elastic/beats, x-pack/winlogbeat/module/security): who, from where, which
 * process. The id decides whose account it is, and winlog.logon.id is of the
 * same account where the event has both. An event of any provider that has the
 * field gets the member; "-" and nothing make no member.
 */
#ifndef SCHEMA_ECS_SECURITY_H
#define SCHEMA_ECS_SECURITY_H

#include "schema/schema.h"

/* Append user, related, source and process, each with a comma before it, as
 * far as a record's values make them. */
void ecs_security_compile(struct plan *p, const struct schema_event *ev);

/* The same with winlog.logon. */
void ecs_security_compile_logon(struct plan *p, const struct schema_event *ev);

#endif
