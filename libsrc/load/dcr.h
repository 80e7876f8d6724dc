/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be made in Azure before rows can be sent: an ARM template with
 * the columns that a table does not have yet and a data collection rule (kind
 * Direct), from the same table of columns that the rows are made from.
 *
 * Streams know no type guid: such columns are declared as strings, and the
 * rule's transformation turns them into GUIDs for the tables that have them.
 * What only the service fills is not declared.
 *
 * The saved function is called TABLE_Backfill and gives the rows of the table
 * with the time of the event as TimeGenerated. A function with the name of a
 * table would change every rule over that table: there is none.
 */
#ifndef LOAD_DCR_H
#define LOAD_DCR_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/column.h"

#define DCR_TABLE_MAX 63U /* bytes of a table's name */

struct dcr {
	const struct table *table;
	const char *custom;  /* a table NAME_CL; NULL: Azure's own table */
	bool system_columns; /* those of schema/agent_columns.h, too */
	bool minimal;        /* only what the service's own templates have */
	bool function;       /* a saved function, too: dcr_has_function() */
};

/* Whether Azure has a table for such rows; all others need one of their own. */
bool dcr_has_table(const struct table *t);

/* Whether it can be the name of a custom table: it ends in _CL. */
bool dcr_is_custom(const char *name);

/* Whether the rows have a column for the time of the event, which a function
 * can put in the place of TimeGenerated. */
bool dcr_has_function(const struct table *t);

/* Append the template, as JSON. */
void dcr_put(struct buf *out, const struct dcr *d);

/* Append, as text, what to do with it: the commands and a first query. */
void dcr_put_steps(struct buf *out, const struct dcr *d);

#endif
