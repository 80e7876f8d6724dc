/* SPDX-License-Identifier: Apache-2.0 */
#include "event/system_fields.h"

/* The element below System, and its attribute, that hold each field. Without an
 * attribute the field is the text of the element. */
static const struct {
	const char *element;
	const char *attr;
} place[SYSTEM_FIELDS] = {
	[SYSTEM_PROVIDER] = { "Provider", "Name" },
	[SYSTEM_PROVIDER_GUID] = { "Provider", "Guid" },
	[SYSTEM_EVENT_ID] = { "EventID", NULL },
	[SYSTEM_QUALIFIERS] = { "EventID", "Qualifiers" },
	[SYSTEM_VERSION] = { "Version", NULL },
	[SYSTEM_LEVEL] = { "Level", NULL },
	[SYSTEM_TASK] = { "Task", NULL },
	[SYSTEM_OPCODE] = { "Opcode", NULL },
	[SYSTEM_KEYWORDS] = { "Keywords", NULL },
	[SYSTEM_TIME] = { "TimeCreated", "SystemTime" },
	[SYSTEM_RECORD_ID] = { "EventRecordID", NULL },
	[SYSTEM_ACTIVITY_ID] = { "Correlation", "ActivityID" },
	[SYSTEM_RELATED_ACTIVITY_ID] = { "Correlation", "RelatedActivityID" },
	[SYSTEM_PROCESS_ID] = { "Execution", "ProcessID" },
	[SYSTEM_THREAD_ID] = { "Execution", "ThreadID" },
	[SYSTEM_CHANNEL] = { "Channel", NULL },
	[SYSTEM_COMPUTER] = { "Computer", NULL },
	[SYSTEM_USER_ID] = { "Security", "UserID" },
};

void
system_fields_find(struct system_fields *h, const struct tree *t)
{
	const struct node *const system = tree_child(t->root, SPAN("System"));

	for (size_t i = 0; i < SYSTEM_FIELDS; i++) {
		const struct node *n =
		    tree_child(system, span_str(place[i].element));
		if (place[i].attr != NULL)
			n = tree_attr(n, span_str(place[i].attr));
		const struct node *const leaf = tree_leaf(n);
		h->field[i] = leaf;
		h->index[i] = leaf != NULL && leaf->kind == NODE_SUBSTITUTION
				  ? leaf->index
				  : SYSTEM_NO_INDEX;
	}
	h->data = tree_child(t->root, SPAN("EventData"));
	if (h->data == NULL)
		h->data = tree_child(t->root, SPAN("UserData"));
}

const struct value *
system_fields_value(const struct system_fields *h, enum system_field f,
    const struct value *values)
{
	const uint16_t i = h->index[f];
	const struct value *v;

	if (i != SYSTEM_NO_INDEX)
		v = &values[i];
	else if (h->field[f] != NULL)
		v = tree_value(h->field[f], values);
	else
		return NULL;
	return v->type == VALUE_NULL ? NULL : v;
}
