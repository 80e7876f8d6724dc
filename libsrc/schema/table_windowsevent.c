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
	{ "EventLevelName", COLUMN_STRING, COLUMN_DERIVED },
	{ "EventID", COLUMN_INT, COLUMN_SYSTEM },
	{ "ManagementGroupName", COLUMN_STRING, COLUMN_SERVICE },
	{ "SystemUserId", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Version", COLUMN_INT, COLUMN_SYSTEM },
	{ "Opcode", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Keywords", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Correlation", COLUMN_STRING, COLUMN_SYSTEM },
	{ "SystemProcessId", COLUMN_INT, COLUMN_SYSTEM },
	{ "SystemThreadId", COLUMN_INT, COLUMN_SYSTEM },
	{ "EventRecordId", COLUMN_STRING, COLUMN_SYSTEM },
	{ "EventData", COLUMN_DYNAMIC, COLUMN_DERIVED },
	{ "RawEventData", COLUMN_STRING, COLUMN_SERVICE },
	{ "EventOriginId", COLUMN_STRING, COLUMN_SERVICE },
	{ "Type", COLUMN_STRING, COLUMN_SERVICE },
	{ "_IsBillable", COLUMN_STRING, COLUMN_SERVICE },
	{ "_BilledSize", COLUMN_REAL, COLUMN_SERVICE },
	{ "_ResourceId", COLUMN_STRING, COLUMN_SERVICE },
	{ "_SubscriptionId", COLUMN_STRING, COLUMN_SERVICE },
	{ "TimeCreated_CF", COLUMN_DATETIME, COLUMN_OURS },
	{ "TimeSource_CF", COLUMN_STRING, COLUMN_OURS },
	{ "RecordKey_CF", COLUMN_STRING, COLUMN_OURS },
	TABLE_ORIGIN,
};

const struct table table_windowsevent = {
	.name = "WindowsEvent",
	.key = "RecordKey_CF",
	.time = "TimeGenerated",
	.columns = columns,
	.n = sizeof(columns) / sizeof(*columns),
};
