/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/reconcile_kql.h"

/* Maximum number of groups in one query, which are about 100 KB of text. */
#define GROUPS_MAX 1000

#define HOUR "tostring(bin(TimeCreated_CF, 1h))"
#define ALL_TIME "1601-01-01T00:00:00Z"

static const struct {
	const char *schema;
	struct reconcile_names names;
} schemas[] = {
	{ "securityevent",
	    { "SecurityEvent", "RecordKey_CF", "Computer", "Channel", HOUR } },
	{ "windowsevent",
	    { "WindowsEvent", "RecordKey_CF", "Computer", "Channel", HOUR } },
	{ "event", { "Event", "RecordKey_CF", "Computer", "EventLog", HOUR } },
	{ "raw", { "Raw_CL", "RecordKey_CF", "tostring(Event.System.Computer)",
		     "tostring(Event.System.Channel)", "\"\"" } },
	{ "ecs", { "Ecs_CL", "tostring(event.id)", "\"\"", "\"\"", "\"\"" } },
};

void
reconcile_kql_names(
    const char *schema, const char *table, struct reconcile_names *out)
{
	*out = schemas[0].names;
	for (size_t i = 0; i < sizeof(schemas) / sizeof(*schemas); i++)
		if (strcmp(schemas[i].schema, schema) == 0)
			*out = schemas[i].names;
	if (table != NULL)
		out->table = table;
}

struct writer {
	struct report_file *f;
	const struct reconcile_names *names;
	const char *since;
	unsigned part;
	unsigned rows; /* number of groups in the current query */
};

/* Start a query: the rows of the load that have a key. */
static void
put_rows(const struct writer *w)
{
	/* Without a filter on TimeGenerated the portal adds one, which would
	 * exclude old events. */
	buf_fmt(&w->f->out,
	    "%s\n"
	    "| where TimeGenerated >= datetime(" ALL_TIME ")\n"
	    "| where ingestion_time() >= datetime(%s)\n"
	    "| extend Key = %s\n"
	    "| where isnotempty(Key)\n",
	    w->names->table, w->since[0] != '\0' ? w->since : ALL_TIME,
	    w->names->key);
}

static void
end_query(struct writer *w)
{
	buf_str(&w->f->out, "\n];\nlet Actual = ");
	put_rows(w);
	buf_fmt(&w->f->out,
	    "| summarize Copies = count() by Computer = %s, Channel = %s, "
	    "Hour = %s, Key\n"
	    "| summarize FoundRows = sum(Copies), FoundKeys = count() by "
	    "Computer, Channel, Hour;\n"
	    "Expected\n"
	    "| join kind=leftouter Actual on Computer, Channel, Hour\n"
	    "| extend FoundRows = coalesce(FoundRows, long(0)), "
	    "FoundKeys = coalesce(FoundKeys, long(0))\n"
	    "| where FoundKeys < Keys\n"
	    "| project Computer, Channel, Hour, Rows, Keys, FoundRows, "
	    "FoundKeys, Missing = Keys - FoundKeys\n"
	    "| order by Missing desc\n\n",
	    w->names->computer, w->names->channel, w->names->hour);
	w->rows = 0;
}

static enum rc
put_group(void *arg, const struct expected_group *g, struct err *e)
{
	struct writer *const w = arg;
	struct buf *const out = &w->f->out;

	if (w->rows == 0)
		buf_fmt(out,
		    "// missing %u: groups with fewer keys than were "
		    "staged\n"
		    "let Expected = datatable(Computer: string, Channel: "
		    "string, Hour: string, Rows: long, Keys: long)[\n",
		    ++w->part);
	/* The names are escaped JSON; KQL has the same escapes. */
	buf_str(out, w->rows > 0 ? ",\n\"" : "\"");
	buf_put(out, g->computer);
	buf_str(out, "\", \"");
	buf_put(out, g->channel);
	buf_str(out, "\", \"");
	buf_put(out, g->hour);
	buf_fmt(out, "\", %llu, %llu", (unsigned long long)g->rows,
	    (unsigned long long)g->keys);
	if (++w->rows == GROUPS_MAX)
		end_query(w);
	return report_file_flush(w->f, e);
}

enum rc
reconcile_kql(struct report_file *f, const struct expected *x,
    const struct reconcile_names *names, const char *since, struct err *e)
{
	struct writer w = { .f = f, .names = names, .since = since };

	buf_fmt(&f->out,
	    "// What a workspace must have: %llu records, %llu of them without "
	    "a key.\n"
	    "// Keys of other loads count where they have the same computer, "
	    "channel and hour,\n"
	    "// and may hide a missing one: evtxload reconcile --workspace "
	    "compares keys.\n\n"
	    "// doubles: keys with more than one row\n",
	    (unsigned long long)x->rows, (unsigned long long)x->keyless);
	put_rows(&w);
	buf_str(&f->out,
	    "| summarize Copies = count(), First = min(ingestion_time()), "
	    "Last = max(ingestion_time()) by Key\n"
	    "| where Copies > 1\n"
	    "| order by Copies desc, Key asc\n\n");
	const enum rc rc = expected_groups(x, put_group, &w, e);
	if (rc == RC_OK && w.rows > 0)
		end_query(&w);
	return rc;
}
