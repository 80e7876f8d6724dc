/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tools/cli.h"
#include "tools/stage_info.h"
#include "tools/stage_logs.h"
#include "util/json.h"
#include "util/num.h"

#define NAME_SHOWN_MAX 16384

static void
row_time(FILE *to, const char *name, uint64_t filetime)
{
	char text[NUM_TIME_MAX + 1];

	if (filetime == 0)
		return;
	*num_filetime((uint8_t *)text, filetime) = '\0';
	(void)fprintf(to, "  %-12s %s\n", name, text);
}

static void
put_account(FILE *to, const struct account *a)
{
	cli_row(to, "records", a->found, "");
	cli_row_some(to, "damaged", a->damaged, " records");
	cli_row_some(to, "regions", a->regions, " damaged, without a record");
	cli_row_some(
	    to, "unchecked", a->unchecked, " from chunks whose checksum fails");
	cli_row_some(to, "hidden", a->hidden,
	    " swallowed by another record; beside the others");
	cli_row_some(to, "repaired", a->repaired, " read after a repair");
	cli_row_some(to, "names", a->names,
	    " that do not fit their hash under good checksums");
	cli_row_some(to, "borrowed", a->borrowed, " whose template is missing");
	cli_row_some(to, "old", a->recovered_filtered,
	    " in free space; beside the others");
	cli_row_some(to, "disagreed", a->disagreements,
	    " read differently by the two decoders");
	cli_row_some(to, "one-sided", a->one_sided,
	    " read by one of the two decoders only");
	row_time(to, "first", a->first_time);
	row_time(to, "last", a->last_time);
}

/* Exports have their records numbered anew in the headers. */
static void
put_copy(FILE *to, const struct manifest_source *s)
{
	const char *const copy = census_copy_name(&s->copy);

	if (copy != NULL)
		(void)fprintf(to, "  %-12s %s\n", "copy", copy);
}

static void
put_source(FILE *to, const struct manifest *m, size_t i)
{
	const struct manifest_source *const s = &m->sources[i];
	char name[NAME_SHOWN_MAX];

	(void)fprintf(to, "%s\n", cli_tame(name, sizeof(name), s->name));
	cli_row_some(to, "bytes", s->bytes, "");
	cli_row_some(to, "chunks", s->chunks, "");
	cli_row_some(to, "bad chunks", s->chunks_bad, "");
	put_account(to, &s->account);
	put_copy(to, s);
	stage_logs_table(to, m, i);
	if (s->error != NULL)
		(void)fprintf(to, "  %-12s %s\n", "error",
		    cli_tame(name, sizeof(name), s->error));
}

static void
put_table(FILE *to, const struct manifest *m)
{
	for (size_t i = 0; i < m->n_sources; i++)
		put_source(to, m, i);
	cli_row_some(
	    to, "passed over", m->passed_over, " files that are not logs");
	cli_row_some(to, "unseen", m->unseen,
	    " of them, which could not be opened to see what they are");
	if (m->n_sources == 1)
		return;
	(void)fprintf(to, "%zu sources, %zu damaged or unreadable\n",
	    m->n_sources, manifest_bad(m, 0));
	put_account(to, &m->account);
	stage_logs_sum(to, m);
}

static enum rc
put_json(FILE *to, const struct stage_report *r, struct err *e)
{
	struct cJSON *const o = json_object();

	json_add_text(o, "program", "evtxstage");
	json_add_text(o, "version", r->m->tool_version);
	json_add_number(o, "exit", r->status);
	json_add_bool(o, "finished", r->error == NULL);
	json_add(o, "sources", manifest_sources(r->m));
	manifest_passed(r->m, o);
	json_add(
	    o, "accounting", manifest_account(&r->m->account, select_reasons));
	census_json_run(r->m->census, o);
	json_add_number(o, "seconds", r->seconds);
	return stage_report_put(o, to, e);
}

enum rc
stage_info(const struct stage_report *r, struct err *e)
{
	FILE *const to = r->o->chunks ? stderr : stdout;
	enum rc rc = RC_OK;

	if (r->o->json)
		rc = put_json(to, r, e);
	else
		put_table(to, r->m);
	if (rc == RC_OK && (fflush(to) != 0 || ferror(to) != 0))
		return err_sys(e, RC_FATAL, "write the table");
	return rc;
}
