/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/column_value.h"
#include "schema/provenance.h"
#include "schema/table_row.h"
#include "util/num.h"

/* {guid} in lower case. */
static void
correlation(struct plan *p, const struct node *leaf, const struct tree *t)
{
	plan_lit(p, "\"{");
	column_value_text_part(p, leaf, t);
	plan_lit(p, "}\"");
}

/* Every row has these columns of the System head. */
static const struct table_row_head every[] = {
	{ "Computer", SYSTEM_COMPUTER, column_value_string, "\"\"" },
	{ "Channel", SYSTEM_CHANNEL, column_value_string, "\"\"" },
	{ "Task", SYSTEM_TASK, column_value_int, NULL },
	{ "Version", SYSTEM_VERSION, column_value_int, NULL },
	{ "Opcode", SYSTEM_OPCODE, column_value_string, NULL },
	{ "Keywords", SYSTEM_KEYWORDS, column_value_string, NULL },
	{ "Correlation", SYSTEM_ACTIVITY_ID, correlation, NULL },
	{ "SystemProcessId", SYSTEM_PROCESS_ID, column_value_int, NULL },
	{ "SystemThreadId", SYSTEM_THREAD_ID, column_value_int, NULL },
	{ "EventRecordId", SYSTEM_RECORD_ID, column_value_string, NULL },
	{ "SystemUserId", SYSTEM_USER_ID, column_value_string, "\"N/A\"" },
	{ .column = NULL },
};

void
table_row_name(struct plan *p, const char *column)
{
	plan_lit(p, ",\"");
	plan_lit(p, column);
	plan_lit(p, "\":");
}

/* NULL if it is not in the list. */
static const struct table_row_head *
find(const struct table_row_head *list, const char *column)
{
	while (list->column != NULL && strcmp(list->column, column) != 0)
		list++;
	return list->column == NULL ? NULL : list;
}

bool
table_row_event_id(
    struct plan *p, const struct schema_event *ev, const char *quote)
{
	const struct node *const leaf = ev->head->field[SYSTEM_EVENT_ID];
	const struct value *const v = tree_value(leaf, ev->tree->values);
	uint8_t text[NUM_DEC_MAX + 1];

	if (ev->id == 0 || v->type != VALUE_U16)
		return false;
	*num_u64(text, ev->id) = '\0';
	plan_lit(p, quote);
	plan_lit(p, (const char *)text);
	plan_lit(p, quote);
	return true;
}

void
table_row_head(struct plan *p, const struct table_row_head *own,
    const char *column, const struct schema_event *ev)
{
	const struct tree *const t = ev->tree;
	const struct table_row_head *h = find(own, column);

	if (h == NULL)
		h = find(every, column);
	if (h == NULL)
		return;
	const bool there =
	    system_fields_value(ev->head, h->field, t->values) != NULL;
	if (!there && h->absent == NULL)
		return;
	table_row_name(p, column);
	if (there && h->field == SYSTEM_EVENT_ID &&
	    table_row_event_id(p, ev, ""))
		return;
	if (there)
		h->cell(p, ev->head->field[h->field], t);
	else
		plan_lit(p, h->absent);
}

void
table_row_begin(struct plan *p)
{
	plan_lit(p, "{\"TimeGenerated\":\"");
	plan_op(p, PLAN_TIME);
	plan_lit(p, "\"");
}

void
table_row_end(struct plan *p, const struct schema_event *ev)
{
	plan_op(p, PLAN_TIME_TAIL);
	provenance_compile(p, ev->options);
	plan_lit(p, "}");
	plan_end(p);
}
