/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/cell.h"
#include "schema/origin.h"
#include "schema/row.h"

void
row_name(struct plan *p, const char *column)
{
	plan_lit(p, ",\"");
	plan_lit(p, column);
	plan_lit(p, "\":");
}

void
row_head(struct plan *p, const struct row_head *list, const char *column,
    const struct schema_event *ev)
{
	const struct tree *const t = ev->tree;

	while (list->column != NULL && strcmp(list->column, column) != 0)
		list++;
	if (list->column == NULL)
		return;
	const bool there = head_value(ev->head, list->field, t->values) != NULL;
	if (!there && list->absent == NULL)
		return;
	row_name(p, column);
	if (there)
		list->cell(p, ev->head->field[list->field], t);
	else
		plan_lit(p, list->absent);
}

void
row_correlation(struct plan *p, const struct node *leaf, const struct tree *t)
{
	(void)t;
	plan_lit(p, "\"{");
	plan_leaf(p, leaf, cell_put_guid);
	plan_lit(p, "}\"");
}

void
row_begin(struct plan *p)
{
	plan_lit(p, "{\"TimeGenerated\":\"");
	plan_op(p, PLAN_TIME);
	plan_lit(p, "\"");
}

void
row_end(struct plan *p, const struct schema_event *ev)
{
	plan_op(p, PLAN_TIME_TAIL);
	origin_compile(p, ev->options);
	plan_lit(p, "}");
	plan_end(p);
}
