/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "tools/stage_info.h"
#include "tools/stage_logs.h"
#include "util/json.h"
#include "util/num.h"

#define NAME_SHOWN_MAX 16384

static void
row(const char *name, uint64_t n, const char *unit)
{
	char count[CLI_COUNT_MAX];

	if (n != 0)
		(void)printf(
		    "  %-12s %15s%s\n", name, cli_count(count, n), unit);
}

static void
row_time(const char *name, uint64_t filetime)
{
	char text[NUM_TIME_MAX + 1];

	if (filetime == 0)
		return;
	*num_filetime((uint8_t *)text, filetime) = '\0';
	(void)printf("  %-12s %s\n", name, text);
}

static void
put_account(const struct account *a)
{
	char count[CLI_COUNT_MAX];

	(void)printf("  %-12s %15s\n", "records", cli_count(count, a->found));
	row("damaged", a->damaged, " records");
	row("regions", a->regions, " damaged, without a record");
	row("borrowed", a->borrowed, " whose template is missing");
	row("old", a->recovered_filtered, " in free space; beside the others");
	row("disagreed", a->disagreements,
	    " read differently by the two decoders");
	row("one-sided", a->one_sided, " read by one of the two decoders only");
	row_time("first", a->first_time);
	row_time("last", a->last_time);
}

/* Exports have their records numbered anew in the headers. */
static void
put_copy(const struct manifest_source *s)
{
	const char *const copy = census_copy_name(&s->copy);

	if (copy != NULL)
		(void)printf("  %-12s %s\n", "copy", copy);
}

static void
put_source(const struct manifest *m, size_t i)
{
	const struct manifest_source *const s = &m->sources[i];
	char name[NAME_SHOWN_MAX];

	(void)printf("%s\n", cli_tame(name, sizeof(name), s->name));
	row("bytes", s->bytes, "");
	row("chunks", s->chunks, "");
	row("bad chunks", s->chunks_bad, "");
	put_account(&s->account);
	put_copy(s);
	stage_logs_table(stdout, m, i);
	if (s->error != NULL)
		(void)printf("  %-12s %s\n", "error",
		    cli_tame(name, sizeof(name), s->error));
}

static void
put_table(const struct manifest *m)
{
	for (size_t i = 0; i < m->n_sources; i++)
		put_source(m, i);
	if (m->n_sources == 1)
		return;
	(void)printf("%zu sources, %zu damaged or unreadable\n", m->n_sources,
	    stage_report_bad(m));
	put_account(&m->account);
	stage_logs_sum(stdout, m);
}

static enum rc
put_json(const struct stage_report *r, struct err *e)
{
	cJSON *const o = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(o, "program", "evtxstage");
	(void)cJSON_AddStringToObject(o, "version", r->m->tool_version);
	(void)cJSON_AddNumberToObject(o, "exit", r->status);
	(void)cJSON_AddBoolToObject(o, "finished", r->error == NULL);
	(void)cJSON_AddItemToObject(o, "sources", manifest_sources(r->m));
	(void)cJSON_AddItemToObject(
	    o, "accounting", manifest_account(&r->m->account, select_reasons));
	census_json_run(r->m->census, o);
	(void)cJSON_AddNumberToObject(o, "seconds", r->seconds);
	return stage_report_put(o, stdout, e);
}

enum rc
stage_info(const struct stage_report *r, struct err *e)
{
	enum rc rc = RC_OK;

	if (r->o->json)
		rc = put_json(r, e);
	else
		put_table(r->m);
	if (rc == RC_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		return err_sys(e, RC_FATAL, "write the table");
	return rc;
}
