/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/table.h"

static const struct column columns[] = {
	{ "SourceSystem", COLUMN_STRING, COLUMN_AGENT },
	{ "TimeGenerated", COLUMN_DATETIME, COLUMN_SYSTEM },
	{ "Source", COLUMN_STRING, COLUMN_SYSTEM },
	{ "EventLog", COLUMN_STRING, COLUMN_SYSTEM },
	{ "Computer", COLUMN_STRING, COLUMN_SYSTEM },
	{ "EventLevel", COLUMN_INT, COLUMN_SYSTEM },
	{ "EventLevelName", COLUMN_STRING, COLUMN_COMPUTED },
	{ "ParameterXml", COLUMN_STRING, COLUMN_COMPUTED },
	{ "EventData", COLUMN_STRING, COLUMN_COMPUTED },
	{ "EventID", COLUMN_INT, COLUMN_SYSTEM },
	{ "RenderedDescription", COLUMN_STRING, COLUMN_COMPUTED },
	{ "AzureDeploymentID", COLUMN_STRING, COLUMN_SERVICE },
	{ "Role", COLUMN_STRING, COLUMN_SERVICE },
	{ "EventCategory", COLUMN_INT, COLUMN_SYSTEM },
	{ "UserName", COLUMN_STRING, COLUMN_COMPUTED },
	{ "Message", COLUMN_STRING, COLUMN_SERVICE },
	{ "ManagementGroupName", COLUMN_STRING, COLUMN_SERVICE },
	TABLE_SERVICE,
	TABLE_ROW_EXTRA,
	TABLE_PROVENANCE,
	{ "ParameterXml_2_CF", COLUMN_STRING, COLUMN_EXTRA },
	{ "ParameterXml_3_CF", COLUMN_STRING, COLUMN_EXTRA },
	{ "ParameterXml_4_CF", COLUMN_STRING, COLUMN_EXTRA },
	{ "EventData_2_CF", COLUMN_STRING, COLUMN_EXTRA },
	{ "EventData_3_CF", COLUMN_STRING, COLUMN_EXTRA },
	{ "EventData_4_CF", COLUMN_STRING, COLUMN_EXTRA },
	TABLE_LONG_VALUES,
};

const struct table table_event = {
	.name = "Event",
	.key = "RecordKey_CF",
	.time = "TimeGenerated",
	.columns = columns,
	.n = sizeof(columns) / sizeof(*columns),
};
