/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Azure resources that an upload needs: an ARM template with the columns
 * that a table lacks and a data collection rule (kind Direct), both made from
 * the table of columns that the rows are made from.
 *
 * Streams have no type for GUIDs: such columns are declared as strings, and the
 * rule's transformation converts them for the tables that have GUIDs. Columns
 * that only the service fills are not declared.
 *
 * The saved function TABLE_Backfill returns the rows of the table with the time
 * of the event as TimeGenerated. The function does not have the name of the
 * table, since it would then change every rule that uses that table.
 */
#ifndef LOAD_DCR_H
#define LOAD_DCR_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/column.h"

#define DCR_TABLE_MAX 63U /* maximum length of a table's name */

struct dcr {
	const struct table *table;
	/* Name of a custom table; NULL: Azure's own table. */
	const char *custom;
	/* Declare the columns of schema/agent_columns.h, too. */
	bool system_columns;
	bool minimal;  /* declare only columns of the service's own templates */
	bool function; /* add a saved function, if dcr_has_function() */
};

/* True if Azure has a table for such rows. Others need a custom table. */
bool dcr_has_table(const struct table *t);

/* True for a valid name of a custom table, which ends in _CL. */
bool dcr_is_custom(const char *name);

/* True if the rows have TimeCreated_CF, as --function requires: the saved query
 * function returns it as TimeGenerated. */
bool dcr_has_function(const struct table *t);

/* Append the template as JSON. */
void dcr_put(struct buf *out, const struct dcr *d);

/* Append text about the use of the template: the commands and a first query. */
void dcr_put_steps(struct buf *out, const struct dcr *d);

#endif
