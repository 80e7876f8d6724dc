/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of an event: the Data of EventData, known by their Name, or the
 * elements inside the one element of UserData, known by their own.
 */
#ifndef SCHEMA_EVENT_FIELD_H
#define SCHEMA_EVENT_FIELD_H

#include "event/system_fields.h"

/* The one element inside UserData; NULL if there is none, or no UserData. */
const struct node *event_field_body(const struct system_fields *h);

/* The list that the fields stand in; other nodes may be between them. */
const struct node *event_field_first(const struct system_fields *h);

/* Its name; empty for a Data without one. */
struct span event_field_name(const struct node *field, const struct tree *t);

/* The first field of that name, or NULL. */
const struct node *event_field_find(
    const struct system_fields *h, const struct tree *t, struct span name);

/* The same in UserData only, inside an element of the name `body`. */
const struct node *event_field_find_in(
    const struct system_fields *h, struct span body, struct span name);

/* Whether the fields are all named, each name but once. */
bool event_field_all_differ(
    const struct system_fields *h, const struct tree *t);

#endif
