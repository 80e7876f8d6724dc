/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "select/select.h"
#include "shards/check_shards.h"
#include "stage/account_json.h"
#include "stage/manifest_digest.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/stage_merge.h"
#include "tools/stage_report.h"
#include "util/io.h"
#include "util/json.h"

#define PROGRAM "evtxstage"
#define FORMAT "evtxstage collection 1"

struct merger {
	const struct stage_options *o;
	struct shard_plan *plan;
	struct reader **readers;
	size_t n;
	struct shard_set_result result;
	const char *reasons[ACCOUNT_REASONS];
	struct cJSON *problems; /* with --json; or NULL */
	bool *again;            /* for each shard: it must be staged again */
	uint64_t unopened;      /* stagings that could not be opened */
};

static void
on_problem(void *arg, uint32_t shard, bool again, const char *text)
{
	struct merger *const g = arg;

	cli_say(PROGRAM, "%s", text);
	if (g->problems != NULL)
		json_push_text(g->problems, text);
	if (again && shard != SHARDS_NONE)
		g->again[shard] = true;
}

/* Open the plan and the stagings. A folder that is not a finished staging is
 * reported; its shard is then missing. */
static enum rc
open_all(struct merger *g, struct err *e)
{
	const struct stage_options *const o = g->o;

	enum rc rc = shard_plan_open(&g->plan, o->inputs[0], e);
	if (rc != RC_OK)
		return rc;
	g->readers = calloc(o->n_inputs, sizeof(*g->readers));
	g->again = calloc(shard_plan_shards(g->plan), sizeof(*g->again));
	if (g->readers == NULL || g->again == NULL)
		return err_nomem(e);
	for (size_t i = 1; i < o->n_inputs; i++) {
		rc = reader_open(o->inputs[i], &g->readers[g->n], e);
		if (rc == RC_OK) {
			g->n++;
			continue;
		}
		if (e->why == WHY_MEMORY)
			return rc;
		reader_close(g->readers[g->n]);
		g->readers[g->n] = NULL;
		g->unopened++;
		on_problem(g, SHARDS_NONE, false, e->text);
		err_clear(e);
	}
	return RC_OK;
}

/* --- output --------------------------------------------------------------- */

static void
add_result(const struct merger *g, struct cJSON *o)
{
	const struct shard_set_result *const r = &g->result;
	struct cJSON *const coverage = json_add_object(o, "coverage");

	json_add(o, "accounting", account_json(&r->account, g->reasons));
	json_add_count(o, "sources", r->sources);
	json_add_count(o, "sources_bad", r->bad);
	json_add_count(coverage, "logs", r->ids.logs);
	json_add_count(coverage, "gaps", r->ids.gaps);
	json_add_count(coverage, "missing", r->ids.missing);
	json_add_count(coverage, "gaps_unlisted", r->ids.unlisted);
	json_add_count(o, "rows", r->rows);
	json_add_count(o, "rows_without_key", r->without_key);
	json_add_count(o, "duplicates", r->duplicates);
}

static struct cJSON *
collection(const struct merger *g)
{
	struct cJSON *const o = json_object();
	struct cJSON *const shards = json_add_array(o, "shards");
	const struct cJSON *first = NULL;

	for (uint32_t i = 0; i < shard_plan_shards(g->plan); i++) {
		const struct reader *const r =
		    g->readers[g->result.of_shard[i] - 1];
		struct cJSON *const one = json_push_object(shards);
		first = first == NULL ? reader_manifest(r) : first;
		json_add_count(one, "shard", i);
		json_add_text(one, "staging", reader_dir(r));
		json_add_text(
		    one, "digest", json_text(reader_manifest(r), "digest"));
	}
	json_add_text(o, "format", FORMAT);
	json_add_text(o, "shards_sha256", shard_plan_digest(g->plan));
	json_add(o, "event_set", json_copy(json_get(first, "event_set")));
	json_add(o, "tool", json_copy(json_get(first, "tool")));
	json_add_text(o, "schema", json_text(first, "schema"));
	add_result(g, o);
	return o;
}

static enum rc
write_collection(const struct merger *g, const char *path, struct err *e)
{
	const char *const slash = strrchr(path, '/');
	char *const folder = slash == NULL ? strdup(".")
			     : slash == path
				 ? strdup("/")
				 : strndup(path, (size_t)(slash - path));
	struct cJSON *const o = collection(g);
	struct buf text;

	buf_init(&text, MAXIMUM_MANIFEST);
	const int dirfd =
	    folder == NULL ? -1
			   : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = dirfd == -1
			 ? err_sys(e, RC_FATAL, "the folder of %s", path)
			 : manifest_digest_write(o, &text, e);
	if (rc == RC_OK)
		rc = io_write_file(dirfd, slash == NULL ? path : slash + 1,
		    buf_span(&text), e);
	if (dirfd != -1)
		(void)close(dirfd);
	json_free(o);
	buf_reset(&text);
	free(folder);
	return rc;
}

static enum rc
put_json(struct merger *g, const char *again, int status, struct err *e)
{
	struct cJSON *const o = json_object();

	json_add_text(o, "program", PROGRAM);
	json_add_text(o, "version", BUILD_VERSION);
	json_add_number(o, "exit", status);
	json_add(o, "problems", g->problems);
	g->problems = NULL;
	json_add_text(o, "again", again);
	add_result(g, o);
	return stage_report_put(o, stdout, e);
}

static void
put_table(const struct merger *g)
{
	const struct shard_set_result *const r = &g->result;

	(void)printf("%zu of %u shards\n", g->n, shard_plan_shards(g->plan));
	cli_row(stdout, "sources", r->sources, "");
	cli_row_some(stdout, "bad sources", r->bad, "  damaged or unreadable");
	cli_row(stdout, "found", r->account.found, " records");
	cli_row(stdout, "emitted", r->account.emitted, "");
	cli_row(stdout, "damaged", r->account.damaged, "");
	cli_row(stdout, "logs", r->ids.logs, "  channels of computers");
	cli_row(
	    stdout, "missing", r->ids.missing, " EventRecordIDs in no shard");
	cli_row_some(stdout, "unlisted gaps", r->ids.unlisted,
	    "  that are not counted above");
	cli_row(stdout, "rows", r->rows, "");
	cli_row_some(stdout, "without key", r->without_key, " rows");
	cli_row(stdout, "duplicates", r->duplicates,
	    "  rows of another shard, too");
}

static enum rc
report(struct merger *g, int *status, struct err *e)
{
	const uint64_t problems = g->result.problems + g->unopened;
	enum rc rc = RC_OK;
	struct buf again;

	*status = problems != 0        ? CLI_FAILED
		  : g->result.bad != 0 ? CLI_INPUT
				       : CLI_OK;
	if (problems == 0 && g->o->output != NULL)
		rc = write_collection(g, g->o->output, e);
	buf_init(&again, (size_t)16 << 20);
	/* The form of sbatch --array. */
	for (uint32_t i = 0; i < shard_plan_shards(g->plan); i++)
		if (g->again[i])
			buf_fmt(&again, "%s%u", again.n == 0 ? "" : ",", i);
	buf_byte(&again, '\0');
	if (again.full)
		rc = err_nomem(e);
	else if (again.n > 1)
		cli_say(
		    PROGRAM, "stage again: shards %s", (const char *)again.p);
	if (rc == RC_OK && g->o->json)
		rc = put_json(g, (const char *)again.p, *status, e);
	else if (rc == RC_OK && !g->o->quiet)
		put_table(g);
	buf_reset(&again);
	return rc;
}

static enum rc
check(struct merger *g, int *status, struct err *e)
{
	struct scratch scratch = { .dir = stage_sandbox_scratch() };

	for (unsigned i = 0; i < SELECT_VERDICTS; i++)
		g->reasons[i] = select_reasons[i];
	if (g->o->json)
		g->problems = json_array();
	enum rc rc = open_all(g, e);
	const struct shard_set m = {
		.plan = g->plan,
		.readers = g->readers,
		.n = g->n,
		.reasons = g->reasons,
		.scratch = &scratch,
		.key_memory = g->o->dedupe_memory,
		.stop = cli_catch_signals(),
		.problem = on_problem,
		.arg = g,
	};
	if (rc == RC_OK)
		rc = check_shards(&m, &g->result, e);
	scratch_close(&scratch);
	return rc == RC_OK ? report(g, status, e) : rc;
}

int
stage_merge_run(const struct stage_options *o)
{
	struct merger g = { .o = o };
	int status = CLI_OK;
	struct err e;

	err_clear(&e);
	if (check(&g, &status, &e) != RC_OK) {
		cli_say(PROGRAM, "%s", e.text);
		status = cli_exit_of(&e);
	}
	for (size_t i = 0; i < g.n; i++)
		reader_close(g.readers[i]);
	free(g.readers);
	free(g.again);
	json_free(g.problems);
	check_shards_free(&g.result);
	shard_plan_close(g.plan);
	return status;
}
