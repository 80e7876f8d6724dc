/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of the System element of an event ([MS-EVEN6] 2.2.13, the event
 * schema of Windows) and the leaves of a tree that hold them. The leaves are
 * located once for each tree; the values are read for each record. In real logs
 * any field may be missing or null.
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

/* Value of system_fields.index for a field that is not a substitution. */
#define SYSTEM_NO_INDEX UINT16_MAX

struct system_fields {
	/* Index of the value of each field that is a substitution. For each
	 * record several of these are read, but no node. */
	uint16_t index[SYSTEM_FIELDS];
	/* Leaf of each field in the tree; NULL: the tree does not have the
	 * field. */
	const struct node *field[SYSTEM_FIELDS];
	/* The element EventData or UserData; NULL: there is neither. */
	const struct node *data;
};

void system_fields_find(struct system_fields *h, const struct tree *t);

/* The value of a field, or NULL if the field is missing or null. */
const struct value *system_fields_value(const struct system_fields *h,
    enum system_field f, const struct value *values);

#endif
