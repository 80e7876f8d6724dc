/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "load/dcr.h"
#include "schema/table.h"
#include "tools/load_dcr.h"

#define TEMPLATE_MAX (1U << 20)

/* Read the name of a custom table: --table NAME or --table custom NAME. */
static enum rc
read_name(const struct options *o, const char **name, struct err *e)
{
	const char *text = o->value[OPT_TABLE];
	size_t used = 0;

	if (text != NULL && strcmp(text, "custom") == 0 && o->n == 1) {
		text = o->operands[0];
		used = 1;
	}
	*name = text;
	if (o->n != used)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "dcr does not take operands: %s", o->operands[used]);
	if (text == NULL || dcr_is_custom(text))
		return RC_OK;
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "the name of a custom table must consist of letters, digits and _ "
	    "and end in _CL: %s",
	    text);
}

static enum rc
read_dcr(const struct options *o, struct dcr *d, struct err *e)
{
	const char *const schema = options_value(o, OPT_SCHEMA);
	int derived = 0;

	d->table = schema_table(schema);
	if (d->table == NULL)
		return err_set(
		    e, RC_FATAL, WHY_USAGE, "unknown schema: %s", schema);
	if (d->table == &table_raw)
		d->table = &table_raw_members;
	enum rc rc = options_word(o, OPT_SYSTEM_COLUMNS, &derived, e);
	d->system_columns = derived != 0;
	d->minimal = o->value[OPT_MINIMAL_COLUMNS] != NULL;
	if (rc == RC_OK)
		rc = read_name(o, &d->custom, e);
	d->function = o->value[OPT_FUNCTION] != NULL;
	if (rc == RC_OK && d->function && !dcr_has_function(d->table))
		rc = err_set(e, RC_FATAL, WHY_USAGE,
		    "--function: rows of the schema %s have no TimeCreated_CF",
		    schema);
	/* Azure has no built-in table for raw and ecs. */
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
		rc = err_set(
		    e, RC_FATAL, WHY_SYSTEM, "cannot write to standard output");
	buf_cut(&text, 0);
	dcr_put_steps(&text, &d);
	if (rc == RC_OK && o->value[OPT_QUIET] == NULL)
		(void)fwrite(text.p, 1, text.n, stderr);
	buf_reset(&text);
	return rc;
}
