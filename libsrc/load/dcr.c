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
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "0123456789_";
	const size_t n = strlen(name);
	size_t good = strspn(name, letters);

	if (n < 4 || n > DCR_TABLE_MAX || good == 0)
		return false;
	while (good < n && (strchr(letters, name[good]) != NULL ||
			       strchr(others, name[good]) != NULL))
		good++;
	return good == n && strcmp(name + n - 3, "_CL") == 0;
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

/* The types of stream declarations. */
static const char *
type_name(enum column_type type)
{
	switch (type) {
	case COLUMN_INT:
		return "int";
	case COLUMN_LONG:
		return "long";
	case COLUMN_REAL:
		return "real";
	case COLUMN_BOOLEAN:
		return "boolean";
	case COLUMN_DYNAMIC:
		return "dynamic";
	case COLUMN_DATETIME:
		return "datetime";
	case COLUMN_STRING:
	case COLUMN_GUID:
		break;
	}
	return "string";
}

/* Columns of SecurityEvent that a published template of its stream lacks: a
 * workspace may refuse a rule that declares them. */
static bool
is_risky(const char *name)
{
	static const char *const lacking[] = { "AccessList", "InterfaceUuid",
		"LogonGuid", "SubcategoryGuid", "TargetLogonGuid" };

	for (size_t i = 0; i < sizeof(lacking) / sizeof(*lacking); i++) {
		if (strcmp(lacking[i], name) == 0)
			return true;
	}
	return false;
}

/* A name that the service allows, which @timestamp is not, of a column that is
 * sent. */
static bool
is_declared(const struct dcr *d, const struct column *c)
{
	if (c->kind == COLUMN_SERVICE || c->name[0] == '@' ||
	    (d->minimal && is_risky(c->name)))
		return false;
	return c->kind != COLUMN_AGENT || d->system_columns;
}

static void
put_column(struct buf *out, const char *name, const char *type, bool *comma)
{
	buf_fmt(out, "%s\n            { \"name\": \"%s\", \"type\": \"%s\" }",
	    *comma ? "," : "", name, type);
	*comma = true;
}

static void
put_stream_columns(struct buf *out, const struct dcr *d)
{
	const struct table *const t = d->table;
	bool comma = false;

	for (size_t i = 0; i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		if (is_declared(d, c))
			put_column(out, c->name, type_name(c->type), &comma);
	}
}

/* Of one of Azure's tables only those that we add to it. */
static void
put_table_columns(struct buf *out, const struct dcr *d)
{
	const struct table *const t = d->table;
	bool comma = false;

	if (!dcr_has_table(t))
		put_column(out, "TimeGenerated", "datetime", &comma);
	for (size_t i = 0; i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		if (is_declared(d, c) &&
		    (d->custom != NULL || c->kind == COLUMN_EXTRA))
			put_column(out, c->name, type_name(c->type), &comma);
	}
}

/* A custom table is ours, and so its GUIDs are texts. */
static void
put_transform(struct buf *out, const struct dcr *d)
{
	const struct table *const t = d->table;
	bool any = false;

	buf_str(out, "source");
	if (t->time == NULL)
		buf_str(out,
		    " | extend TimeGenerated = todatetime(Event.System."
		    "TimeCreated['#attributes'].SystemTime)");
	else if (!dcr_has_table(t))
		buf_str(out, " | extend TimeGenerated = todatetime(winlog."
			     "time_created)");
	for (size_t i = 0; d->custom == NULL && i < t->n; i++) {
		const struct column *const c = &t->columns[i];
		if (c->type != COLUMN_GUID || !is_declared(d, c))
			continue;
		buf_fmt(out, "%s%s = toguid(%s)", any ? ", " : " | extend ",
		    c->name, c->name);
		any = true;
	}
}

static void
put_parameters(struct buf *out, const struct dcr *d)
{
	buf_fmt(out,
	    "  \"parameters\": {\n"
	    "    \"workspaceName\": { \"type\": \"string\" },\n"
	    "    \"ruleName\": { \"type\": \"string\", \"defaultValue\": "
	    "\"evtxbackfill-%s\" },\n"
	    "    \"location\": { \"type\": \"string\", \"defaultValue\": "
	    "\"[resourceGroup().location]\" }\n"
	    "  },\n",
	    table_name(d));
}

static void
put_table(struct buf *out, const struct dcr *d)
{
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
	    table_name(d), table_name(d));
	put_table_columns(out, d);
	buf_str(out, "\n          ]\n        }\n      }\n    }");
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
	put_stream_columns(out, d);
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

/* Queries are put behind it with a pipe. */
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

static void
put_outputs(struct buf *out)
{
	static const char rule[] =
	    "reference(resourceId('Microsoft.Insights/dataCollectionRules', "
	    "parameters('ruleName')), '2023-03-11')";

	buf_fmt(out,
	    "  \"outputs\": {\n"
	    "    \"dcr\": { \"type\": \"string\", \"value\": "
	    "\"[%s.immutableId]\" },\n"
	    "    \"endpoint\": { \"type\": \"string\", \"value\": "
	    "\"[%s.endpoints.logsIngestion]\" }\n"
	    "  }\n",
	    rule, rule);
}

void
dcr_put(struct buf *out, const struct dcr *d)
{
	buf_str(out,
	    "{\n"
	    "  \"$schema\": \"https://schema.management.azure.com/schemas/"
	    "2019-04-01/deploymentTemplate.json#\",\n"
	    "  \"contentVersion\": \"1.0.0.0\",\n");
	put_parameters(out, d);
	buf_str(out, "  \"resources\": [\n");
	put_table(out, d);
	buf_str(out, ",\n");
	put_rule(out, d);
	if (d->function)
		put_function(out, d);
	buf_str(out, "\n  ],\n");
	put_outputs(out);
	buf_str(out, "}\n");
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
