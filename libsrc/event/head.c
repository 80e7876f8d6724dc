/* SPDX-License-Identifier: Apache-2.0 */
#include "event/head.h"

/* Where a field is below System; attr is NULL for the element's own text. */
static const struct {
	const char *element;
	const char *attr;
} place[HEAD_FIELDS] = {
	[HEAD_PROVIDER] = { "Provider", "Name" },
	[HEAD_PROVIDER_GUID] = { "Provider", "Guid" },
	[HEAD_EVENT_ID] = { "EventID", NULL },
	[HEAD_QUALIFIERS] = { "EventID", "Qualifiers" },
	[HEAD_VERSION] = { "Version", NULL },
	[HEAD_LEVEL] = { "Level", NULL },
	[HEAD_TASK] = { "Task", NULL },
	[HEAD_OPCODE] = { "Opcode", NULL },
	[HEAD_KEYWORDS] = { "Keywords", NULL },
	[HEAD_TIME] = { "TimeCreated", "SystemTime" },
	[HEAD_RECORD_ID] = { "EventRecordID", NULL },
	[HEAD_ACTIVITY_ID] = { "Correlation", "ActivityID" },
	[HEAD_RELATED_ACTIVITY_ID] = { "Correlation", "RelatedActivityID" },
	[HEAD_PROCESS_ID] = { "Execution", "ProcessID" },
	[HEAD_THREAD_ID] = { "Execution", "ThreadID" },
	[HEAD_CHANNEL] = { "Channel", NULL },
	[HEAD_COMPUTER] = { "Computer", NULL },
	[HEAD_USER_ID] = { "Security", "UserID" },
};

void
head_find(struct head *h, const struct tree *t)
{
	const struct node *const system = tree_child(t->root, SPAN("System"));

	for (size_t i = 0; i < HEAD_FIELDS; i++) {
		const struct node *n =
		    tree_child(system, span_str(place[i].element));
		if (place[i].attr != NULL)
			n = tree_attr(n, span_str(place[i].attr));
		h->field[i] = tree_leaf(n);
	}
	h->data = tree_child(t->root, SPAN("EventData"));
	if (h->data == NULL)
		h->data = tree_child(t->root, SPAN("UserData"));
}

const struct value *
head_value(const struct head *h, enum head_field f, const struct value *values)
{
	if (h->field[f] == NULL)
		return NULL;
	const struct value *const v = tree_value(h->field[f], values);
	return v->type == VALUE_NULL ? NULL : v;
}
