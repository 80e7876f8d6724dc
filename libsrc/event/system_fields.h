/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The System head of an event: where in a tree its fields are. Found once per
 * tree; the values are looked up per record. Any field may be missing or null
 * in real files.
 */
#ifndef EVENT_SYSTEM_FIELDS_H
#define EVENT_SYSTEM_FIELDS_H

#include "event/tree.h"

enum system_field {
	SYSTEM_PROVIDER,
	SYSTEM_PROVIDER_GUID,
	SYSTEM_EVENT_ID,
	SYSTEM_QUALIFIERS,
	SYSTEM_VERSION,
	SYSTEM_LEVEL,
	SYSTEM_TASK,
	SYSTEM_OPCODE,
	SYSTEM_KEYWORDS,
	SYSTEM_TIME,
	SYSTEM_RECORD_ID,
	SYSTEM_ACTIVITY_ID,
	SYSTEM_RELATED_ACTIVITY_ID,
	SYSTEM_PROCESS_ID,
	SYSTEM_THREAD_ID,
	SYSTEM_CHANNEL,
	SYSTEM_COMPUTER,
	SYSTEM_USER_ID,
	SYSTEM_FIELDS,
};

struct system_fields {
	const struct node *field[SYSTEM_FIELDS]; /* leaves, or NULL */
	const struct node *data; /* EventData or UserData, or NULL */
};

void system_fields_find(struct system_fields *h, const struct tree *t);

/* The field's value, or NULL if it is missing or null. */
const struct value *system_fields_value(const struct system_fields *h,
    enum system_field f, const struct value *values);

#endif
