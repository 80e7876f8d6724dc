/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/table.h"

static const struct column columns[] = {
	{ "SourceSystem", COLUMN_STRING, COLUMN_ASKED },
	{ "TimeGenerated", COLUMN_DATETIME, COLUMN_SYSTEM },
	{ "Source", COLUMN_STRING, COLUMN_SYSTEM },
	{ "EventLog", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Computer", COLUMN_STRING, COLUMN_SYSTEM },
	{ "EventLevel", COLUMN_INT, COLUMN_SYSTEM },
	{ "EventLevelName", COLUMN_STRING, COLUMN_DERIVED },
	{ "ParameterXml", COLUMN_STRING, COLUMN_DERIVED },
	{ "EventData", COLUMN_STRING, COLUMN_DERIVED },
	{ "EventID", COLUMN_INT, COLUMN_SYSTEM },
	{ "RenderedDescription", COLUMN_STRING, COLUMN_DERIVED },
	{ "AzureDeploymentID", COLUMN_STRING, COLUMN_SERVICE },
	{ "Role", COLUMN_STRING, COLUMN_SERVICE },
	{ "EventCategory", COLUMN_INT, COLUMN_SYSTEM },
	{ "UserName", COLUMN_STRING, COLUMN_DERIVED },
	{ "Message", COLUMN_STRING, COLUMN_SERVICE },
	{ "ManagementGroupName", COLUMN_STRING, COLUMN_SERVICE },
	TABLE_SERVICE,
	TABLE_ROW,
	TABLE_ORIGIN,
	{ "ParameterXml_2_CF", COLUMN_STRING, COLUMN_OURS },
	{ "ParameterXml_3_CF", COLUMN_STRING, COLUMN_OURS },
	{ "ParameterXml_4_CF", COLUMN_STRING, COLUMN_OURS },
	{ "EventData_2_CF", COLUMN_STRING, COLUMN_OURS },
	{ "EventData_3_CF", COLUMN_STRING, COLUMN_OURS },
	{ "EventData_4_CF", COLUMN_STRING, COLUMN_OURS },
	TABLE_LONG,
};

const struct table table_event = {
	.name = "Event",
	.key = "RecordKey_CF",
	.time = "TimeGenerated",
	.columns = columns,
	.n = sizeof(columns) / sizeof(*columns),
};
