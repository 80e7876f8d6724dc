/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/table.h"

static const struct column columns[] = {
	{ "TenantId", COLUMN_STRING, COLUMN_SERVICE },
	{ "TimeGenerated", COLUMN_DATETIME, COLUMN_SYSTEM },
	{ "Provider", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Channel", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Computer", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Task", COLUMN_INT, COLUMN_SYSTEM },
	{ "EventLevel", COLUMN_INT, COLUMN_SYSTEM },
	{ "EventLevelName", COLUMN_STRING, COLUMN_COMPUTED },
	{ "EventID", COLUMN_INT, COLUMN_SYSTEM },
	{ "ManagementGroupName", COLUMN_STRING, COLUMN_SERVICE },
	TABLE_SYSTEM,
	{ "EventData", COLUMN_DYNAMIC, COLUMN_COMPUTED },
	{ "RawEventData", COLUMN_STRING, COLUMN_SERVICE },
	{ "EventOriginId", COLUMN_STRING, COLUMN_SERVICE },
	TABLE_SERVICE,
	TABLE_ROW_EXTRA,
	TABLE_PROVENANCE,
	{ "EventData_2_CF", COLUMN_DYNAMIC, COLUMN_EXTRA },
	{ "EventData_3_CF", COLUMN_DYNAMIC, COLUMN_EXTRA },
	{ "EventData_4_CF", COLUMN_DYNAMIC, COLUMN_EXTRA },
	TABLE_LONG_VALUES,
};

const struct table table_windowsevent = {
	.name = "WindowsEvent",
	.key = "RecordKey_CF",
	.time = "TimeGenerated",
	.columns = columns,
	.n = sizeof(columns) / sizeof(*columns),
};
