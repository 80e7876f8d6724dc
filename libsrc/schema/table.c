/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/table.h"

const struct table table_raw = { .name = "Raw" };

static const struct {
	const char *schema;
	const struct table *table;
} tables[] = {
	{ "securityevent", &table_securityevent },
	{ "raw", &table_raw },
};

const struct table *
schema_table(const char *schema)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (strcmp(tables[i].schema, schema) == 0)
			return tables[i].table;
	}
	return NULL;
}
