/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "load/dcr.h"
#include "schema/table.h"
#include "tools/load_dcr.h"

#define TEMPLATE_MAX (1U << 20)

/* The custom table, if one is named: --table NAME, --table custom NAME. */
static enum rc
read_name(const struct options *o, const char **name, struct err *e)
{
	const char *text = o->value[SET_TABLE];
	int used = 0;

	if (text != NULL && strcmp(text, "custom") == 0 && o->n == 1) {
		text = o->operands[0];
		used = 1;
	}
	*name = text;
	if (o->n != used)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "dcr takes no operand: %s", o->operands[used]);
	if (text == NULL || dcr_is_custom(text))
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "a custom table has a name of letters, digits and _ that ends in "
	    "_CL, not %s",
	    text);
}

static enum rc
read_columns(const struct options *o, struct dcr *d, struct err *e)
{
	const char *const text = o->value[SET_SYSTEM_COLUMNS];

	d->minimal = o->value[SET_MINIMAL_COLUMNS] != NULL;
	d->system_columns = text != NULL && strcmp(text, "derived") == 0;
	if (text == NULL || d->system_columns || strcmp(text, "none") == 0)
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--system-columns is none or derived, not %s", text);
}

static enum rc
read_dcr(const struct options *o, struct dcr *d, struct err *e)
{
	const char *const schema = o->value[SET_SCHEMA] != NULL
				       ? o->value[SET_SCHEMA]
				       : "securityevent";

	d->table = schema_table(schema);
	if (d->table == NULL)
		return err_set(
		    e, RC_FATAL, WHY_USAGE, "unknown schema: %s", schema);
	if (d->table == &table_raw)
		d->table = &table_raw_members;
	enum rc rc = read_columns(o, d, e);
	if (rc == RC_OK)
		rc = read_name(o, &d->custom, e);
	d->function = o->value[SET_FUNCTION] != NULL;
	if (rc == RC_OK && d->function && !dcr_has_function(d->table))
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "--function: rows of the schema %s have no TimeCreated_CF",
		    schema);
	/* Azure has no table for these. */
	if (d->custom == NULL && !dcr_has_table(d->table))
		d->custom =
		    d->table == &table_raw_members ? "Raw_CL" : "Ecs_CL";
	return rc;
}

enum rc
load_dcr(const struct options *o, struct err *e)
{
	struct dcr d = { .table = NULL };
	struct buf text;

	enum rc rc = read_dcr(o, &d, e);
	if (rc != RC_OK)
		return rc;
	buf_init(&text, TEMPLATE_MAX);
	dcr_put(&text, &d);
	if (text.full || fwrite(text.p, 1, text.n, stdout) != text.n)
		rc = err_set(e, RC_FATAL, WHY_SYSTEM,
		    "standard output cannot be written");
	buf_cut(&text, 0);
	dcr_put_steps(&text, &d);
	if (rc == RC_OK && o->value[SET_QUIET] == NULL)
		(void)fwrite(text.p, 1, text.n, stderr);
	buf_reset(&text);
	return rc;
}
