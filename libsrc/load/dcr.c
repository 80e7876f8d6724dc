/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/dcr.h"

bool
dcr_has_table(const struct table *t)
{
	return strcmp(t->name, "SecurityEvent") == 0 ||
	       strcmp(t->name, "WindowsEvent") == 0 ||
	       strcmp(t->name, "Event") == 0;
}

bool
dcr_is_custom(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const size_t n = strlen(name);

	/* Digits and _ are not allowed at the start. */
	return n >= 4 && n <= DCR_TABLE_MAX && strspn(name, letters) == n &&
	       strchr(letters, name[0]) < letters + 52 &&
	       strcmp(name + n - 3, "_CL") == 0;
}

bool
dcr_has_function(const struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->columns[i].name, "TimeCreated_CF") == 0)
			return true;
	}
	return false;
}

static const char *
table_name(const struct dcr *d)
{
	return d->custom != NULL ? d->custom : d->table->name;
}

/* True for columns that the stream declares: those that are sent, with a name
 * that the service allows (@timestamp is not). */
static bool
is_declared(const struct dcr *d, const struct column *c)
{
	/* The service's template of SecurityEvent lacks these columns, and a
	 * workspace may refuse a rule that declares them. */
	static const char *const risky[] = { "AccessList", "InterfaceUuid",
		"LogonGuid", "SubcategoryGuid", "TargetLogonGuid" };

	if (c->kind == COLUMN_SERVICE || c->name[0] == '@' ||
	    (c->kind == COLUMN_AGENT && !d->system_columns))
		return false;
	for (size_t i = 0; i < sizeof(risky) / sizeof(*risky); i++) {
		if (d->minimal && strcmp(risky[i], c->name) == 0)
			return false;
	}
	return true;
}

/* Put the columns of the stream, or the columns that the template adds to the
 * table: all columns of a custom table, but only our own columns of one of
 * Azure's tables. */
static void
put_columns(struct buf *out, const struct dcr *d, bool stream)
{
	/* Streams have no type for GUIDs. */
	static const char *const types[] = {
		[COLUMN_STRING] = "string",
		[COLUMN_INT] = "int",
		[COLUMN_LONG] = "long",
		[COLUMN_REAL] = "real",
		[COLUMN_BOOLEAN] = "boolean",
		[COLUMN_DATETIME] = "datetime",
		[COLUMN_DYNAMIC] = "dynamic",
		[COLUMN_GUID] = "string",
	};
	const struct table *const t = d->table;
	const char *comma = "";

	if (!stream && !dcr_has_table(t)) {
		buf_str(out, "\n            { \"name\": \"TimeGenerated\", "
			     "\"type\": \"datetime\" }");
		comma = ",";
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		if (!is_declared(d, c) ||
		    (!stream && d->custom == NULL && c->kind != COLUMN_EXTRA))
			continue;
		buf_fmt(out,
		    "%s\n            { \"name\": \"%s\", \"type\": \"%s\" }",
		    comma, c->name, types[c->type]);
		comma = ",";
	}
}

/* The query that makes a row of the table from one of the stream. */
static void
put_transform(struct buf *out, const struct dcr *d)
{
	const struct table *const t = d->table;
	const char *before = " | extend ";

	buf_str(out, "source");
	if (t->time == NULL)
		buf_str(out,
		    " | extend TimeGenerated = todatetime(Event.System."
		    "TimeCreated['#attributes'].SystemTime)");
	else if (!dcr_has_table(t))
		buf_str(out, " | extend TimeGenerated = todatetime(winlog."
			     "time_created)");
	/* The columns of a custom table are our own, so GUIDs stay strings. */
	for (size_t i = 0; d->custom == NULL && i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		if (c->type != COLUMN_GUID || !is_declared(d, c))
			continue;
		buf_fmt(out, "%s%s = toguid(%s)", before, c->name, c->name);
		before = ", ";
	}
}

static void
put_table(struct buf *out, const struct dcr *d)
{
	const char *const name = table_name(d);

	buf_fmt(out,
	    "    {\n"
	    "      \"type\": \"Microsoft.OperationalInsights/workspaces/"
	    "tables\",\n"
	    "      \"apiVersion\": \"2022-10-01\",\n"
	    "      \"name\": \"[concat(parameters('workspaceName'), '/%s')]\""
	    ",\n"
	    "      \"properties\": {\n"
	    "        \"schema\": {\n"
	    "          \"name\": \"%s\",\n"
	    "          \"columns\": [",
	    name, name);
	put_columns(out, d, false);
	buf_str(out, "\n          ]\n        }\n      }\n    },\n");
}

static void
put_rule(struct buf *out, const struct dcr *d)
{
	const char *const name = table_name(d);

	buf_fmt(out,
	    "    {\n"
	    "      \"type\": \"Microsoft.Insights/dataCollectionRules\",\n"
	    "      \"apiVersion\": \"2023-03-11\",\n"
	    "      \"kind\": \"Direct\",\n"
	    "      \"name\": \"[parameters('ruleName')]\",\n"
	    "      \"location\": \"[parameters('location')]\",\n"
	    "      \"dependsOn\": [\n"
	    "        \"[resourceId('Microsoft.OperationalInsights/workspaces/"
	    "tables', parameters('workspaceName'), '%s')]\"\n"
	    "      ],\n"
	    "      \"properties\": {\n"
	    "        \"streamDeclarations\": {\n"
	    "          \"Custom-%s\": { \"columns\": [",
	    name, name);
	put_columns(out, d, true);
	buf_fmt(out,
	    "\n          ] }\n"
	    "        },\n"
	    "        \"destinations\": { \"logAnalytics\": [ {\n"
	    "          \"workspaceResourceId\": \"[resourceId("
	    "'Microsoft.OperationalInsights/workspaces', "
	    "parameters('workspaceName'))]\",\n"
	    "          \"name\": \"workspace\"\n"
	    "        } ] },\n"
	    "        \"dataFlows\": [ {\n"
	    "          \"streams\": [ \"Custom-%s\" ],\n"
	    "          \"destinations\": [ \"workspace\" ],\n"
	    "          \"transformKql\": \"",
	    name);
	put_transform(out, d);
	buf_fmt(out,
	    "\",\n"
	    "          \"outputStream\": \"%s-%s\"\n"
	    "        } ]\n"
	    "      }\n"
	    "    }",
	    d->custom != NULL ? "Custom" : "Microsoft", name);
}

/* Put a function whose name can replace the table's in a query. */
static void
put_function(struct buf *out, const struct dcr *d)
{
	const char *const name = table_name(d);

	buf_fmt(out,
	    ",\n"
	    "    {\n"
	    "      \"type\": \"Microsoft.OperationalInsights/workspaces/"
	    "savedSearches\",\n"
	    "      \"apiVersion\": \"2020-08-01\",\n"
	    "      \"name\": \"[concat(parameters('workspaceName'), "
	    "'/%s_Backfill')]\",\n"
	    "      \"dependsOn\": [\n"
	    "        \"[resourceId('Microsoft.OperationalInsights/workspaces/"
	    "tables', parameters('workspaceName'), '%s')]\"\n"
	    "      ],\n"
	    "      \"properties\": {\n"
	    "        \"category\": \"evtxbackfill\",\n"
	    "        \"displayName\": \"%s_Backfill\",\n"
	    "        \"functionAlias\": \"%s_Backfill\",\n"
	    "        \"version\": 2,\n"
	    "        \"query\": \"%s | extend ArrivalTime = TimeGenerated, "
	    "TimeGenerated = coalesce(TimeCreated_CF, TimeGenerated)\"\n"
	    "      }\n"
	    "    }",
	    name, name, name, name, name);
}

void
dcr_put(struct buf *out, const struct dcr *d)
{
	static const char rule[] =
	    "reference(resourceId('Microsoft.Insights/dataCollectionRules', "
	    "parameters('ruleName')), '2023-03-11')";

	buf_fmt(out,
	    "{\n"
	    "  \"$schema\": \"https://schema.management.azure.com/schemas/"
	    "2019-04-01/deploymentTemplate.json#\",\n"
	    "  \"contentVersion\": \"1.0.0.0\",\n"
	    "  \"parameters\": {\n"
	    "    \"workspaceName\": { \"type\": \"string\" },\n"
	    "    \"ruleName\": { \"type\": \"string\", \"defaultValue\": "
	    "\"evtxbackfill-%s\" },\n"
	    "    \"location\": { \"type\": \"string\", \"defaultValue\": "
	    "\"[resourceGroup().location]\" }\n"
	    "  },\n"
	    "  \"resources\": [\n",
	    table_name(d));
	put_table(out, d);
	put_rule(out, d);
	if (d->function)
		put_function(out, d);
	buf_fmt(out,
	    "\n  ],\n"
	    "  \"outputs\": {\n"
	    "    \"dcr\": { \"type\": \"string\", \"value\": "
	    "\"[%s.immutableId]\" },\n"
	    "    \"endpoint\": { \"type\": \"string\", \"value\": "
	    "\"[%s.endpoints.logsIngestion]\" }\n"
	    "  }\n"
	    "}\n",
	    rule, rule);
}

void
dcr_put_steps(struct buf *out, const struct dcr *d)
{
	const char *const name = table_name(d);

	buf_fmt(out,
	    "Save the template as rule.json, then:\n"
	    "  az deployment group create -g GROUP -f rule.json \\\n"
	    "    -p workspaceName=WORKSPACE --query properties.outputs\n"
	    "  az role assignment create --assignee CLIENT_ID \\\n"
	    "    --role 'Monitoring Metrics Publisher' \\\n"
	    "    --scope $(az monitor data-collection rule show -g GROUP \\\n"
	    "      -n evtxbackfill-%s --query id -o tsv)\n"
	    "  evtxload --target sentinel --endpoint ENDPOINT --dcr DCR \\\n"
	    "    --stream Custom-%s STAGING\n"
	    "What arrived (a role can take half an hour to work):\n"
	    "  %s | where ingestion_time() > ago(1h) | count\n",
	    name, name, name);
}
