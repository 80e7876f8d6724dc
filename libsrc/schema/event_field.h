/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an event: the Data elements of EventData, identified by their
 * attribute Name, or the elements inside the only element of UserData (its
 * body), identified by their own names.
 */
#ifndef SCHEMA_EVENT_FIELD_H
#define SCHEMA_EVENT_FIELD_H

#include "event/system_fields.h"

/* Returns the body of UserData, or NULL. */
const struct node *event_field_body(const struct system_fields *s);

/* Returns the first node of the list of fields, which may contain other nodes
 * too. */
const struct node *event_field_first(const struct system_fields *s);

/* Returns a field's name; empty for Data without a name. */
struct span event_field_name(const struct node *field, const struct tree *t);

/* Returns the first field with this name, or NULL. */
const struct node *event_field_find(
    const struct system_fields *s, const struct tree *t, struct span name);

/* Returns the first field with this name in the events of a plan, or NULL. */
struct schema_event;
const struct node *event_field_of(
    const struct schema_event *ev, const char *name);

/* Returns the field of an AppLocker event, whose UserData has RuleAndFileData,
 * or NULL. */
const struct node *event_field_find_applocker(
    const struct system_fields *s, struct span name);

/* True if every field has a name and no name occurs twice. */
bool event_field_all_differ(
    const struct system_fields *s, const struct tree *t);

#endif
