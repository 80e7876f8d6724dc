/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The System head of an event: where in a tree its fields are. Found once per
 * tree; the values are looked up per record. Any field may be missing or null
 * in real files.
 */
#ifndef EVENT_HEAD_H
#define EVENT_HEAD_H

#include "event/tree.h"

enum head_field {
	HEAD_PROVIDER,
	HEAD_PROVIDER_GUID,
	HEAD_EVENT_ID,
	HEAD_QUALIFIERS,
	HEAD_VERSION,
	HEAD_LEVEL,
	HEAD_TASK,
	HEAD_OPCODE,
	HEAD_KEYWORDS,
	HEAD_TIME,
	HEAD_RECORD_ID,
	HEAD_ACTIVITY_ID,
	HEAD_RELATED_ACTIVITY_ID,
	HEAD_PROCESS_ID,
	HEAD_THREAD_ID,
	HEAD_CHANNEL,
	HEAD_COMPUTER,
	HEAD_USER_ID,
	HEAD_FIELDS,
};

struct head {
	const struct node *field[HEAD_FIELDS]; /* leaves, or NULL */
	const struct node *data; /* EventData or UserData, or NULL */
};

void head_find(struct head *h, const struct tree *t);

/* The field's value, or NULL if it is missing or null. */
const struct value *head_value(
    const struct head *h, enum head_field f, const struct value *values);

#endif
