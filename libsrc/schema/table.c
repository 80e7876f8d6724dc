/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/table.h"

const struct table table_raw = { .name = "Raw" };

static const struct column raw_columns[] = {
	{ "Event", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "RecordKey_CF", COLUMN_STRING, COLUMN_EXTRA },
	TABLE_PROVENANCE,
};

const struct table table_raw_members = {
	.name = "Raw",
	.columns = raw_columns,
	.n = sizeof(raw_columns) / sizeof(*raw_columns),
};

/* The inner members have the types of winlogbeat's index template. */
static const struct column ecs_columns[] = {
	{ "@timestamp", COLUMN_DATETIME, COLUMN_SYSTEM },
	{ "ecs", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "event", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "host", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "log", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "winlog", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "user", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "related", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "source", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "process", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "TimeSource_CF", COLUMN_STRING, COLUMN_EXTRA },
	TABLE_PROVENANCE,
	TABLE_LONG_VALUES,
};

const struct table table_ecs = {
	.name = "Ecs",
	.time = "@timestamp",
	.columns = ecs_columns,
	.n = sizeof(ecs_columns) / sizeof(*ecs_columns),
};

static const struct {
	const char *schema;
	const struct table *table;
} tables[] = {
	{ "securityevent", &table_securityevent },
	{ "windowsevent", &table_windowsevent },
	{ "event", &table_event },
	{ "raw", &table_raw },
	{ "ecs", &table_ecs },
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
