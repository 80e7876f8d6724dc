/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "select/select.h"
#include "shards/check_shards.h"
#include "shards/collection_write.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/stage_merge.h"
#include "tools/stage_report.h"
#include "util/io.h"
#include "util/json.h"
#include "util/sign.h"

#define PROGRAM "evtxstage"
#define MEND_MAX ((size_t)1 << 30)

struct merger {
	const struct stage_options *o;
	bool dedupe; /* write skip lists of duplicate rows */
	struct shard_plan *plan;
	struct reader **readers;
	size_t n;
	struct shard_set set;
	/* Place of the result of -o; NULL: there is no -o. */
	struct collection_place *place;
	/* Descriptor of the folder of --mend; -1: no --mend was given. */
	int mend_folder;
	/* Path of the folder of --mend, owned; NULL: no --mend was given. */
	char *mend_path;
	struct buf mend; /* names of the sources that must be staged again */
	/* Key of --sign-key; NULL: the option was not given. */
	struct sign_key *sign;
	struct shard_set_result result;
	const char *reasons[ACCOUNT_REASONS];
	/* Texts of the problems for --json; NULL without --json. */
	struct cJSON *problems;
	bool *again;       /* for each shard: it must be staged again */
	uint64_t unopened; /* stagings that could not be opened */
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
	collection_write_result(o, &g->set, &g->result);
	return stage_report_put(o, stdout, e);
}

static void
put_table(const struct merger *g)
{
	const struct shard_set_result *const r = &g->result;
	const uint32_t all = shard_plan_shards(g->plan);
	uint32_t staged = 0;

	for (uint32_t i = 0; r->of_shard != NULL && i < all; i++)
		staged += r->of_shard[i] != 0;
	(void)printf("%u of %u shards\n", staged, all);
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
	cli_row_some(stdout, "no template", r->templates.records,
	    "  of the damaged: their template is missing");
	cli_row_some(stdout, "elsewhere", r->templates.elsewhere,
	    "  of these: another shard has it (--mend)");
	cli_row_some(stdout, "not listed", r->templates.unlisted,
	    "  sources: comments of --mend FILE say which");
	cli_row(stdout, "rows", r->counts.rows, "");
	cli_row_some(stdout, "without key", r->counts.without_key, " rows");
	cli_row(stdout, "duplicates", r->counts.duplicates,
	    "  rows that equal an earlier row");
	cli_row_some(stdout, "conflicts", r->counts.conflicts,
	    "  rows with the RecordKey of a different row");
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
	const struct collection_write collection = { &g->set, &g->result,
		g->dedupe, g->sign };
	if (problems == 0 && g->place != NULL)
		rc = collection_write(g->place, &collection, e);
	buf_init(&again, (size_t)16 << 20);
	/* List the shards in the form of sbatch --array. */
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
read_options(struct merger *g, struct err *e)
{
	const struct stage_options *const o = g->o;

	for (unsigned i = 0; i < SELECT_VERDICTS; i++)
		g->reasons[i] = select_reasons[i];
	if (o->json)
		g->problems = json_array();
	g->dedupe = o->given.value[OPT_DEDUPE] != NULL &&
		    o->dedupe == DEDUPE_COLLECTION;
	if (o->output == NULL && (g->dedupe || o->sign_key != NULL))
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s needs -o collection.json (evtxstage --help)",
		    g->dedupe ? "--dedupe collection" : "--sign-key");
	return o->sign_key == NULL ? RC_OK
				   : sign_key_private(o->sign_key, &g->sign, e);
}

/* The list has no mark by which an old one could be told from another file, but
 * it must not replace the other files of the command. */
static enum rc
check_mend(const struct merger *g, const char *path, struct err *e)
{
	const char *const others[] = { g->o->inputs[0], g->o->output,
		g->o->sign_key };
	struct stat mend;
	struct stat other;

	const bool exists = stat(path, &mend) == 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i] != NULL &&
		    (strcmp(others[i], path) == 0 ||
			(exists && stat(others[i], &other) == 0 &&
			    mend.st_dev == other.st_dev &&
			    mend.st_ino == other.st_ino)))
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "--mend would replace %s: give another file",
			    others[i]);
	return RC_OK;
}

static enum rc
open_mend(struct merger *g, struct err *e)
{
	const char *const path = g->o->given.value[OPT_MEND];
	const char *const slash = path == NULL ? NULL : strrchr(path, '/');

	if (path == NULL)
		return RC_OK;
	if (check_mend(g, path, e) != RC_OK)
		return e->rc;
	g->mend_path = slash == NULL
			   ? strdup(".")
			   : strndup(path, (size_t)(slash - path) + 1);
	if (g->mend_path == NULL)
		return err_nomem(e);
	g->mend_folder = open(g->mend_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->mend_folder != -1)
		return RC_OK;
	(void)err_sys(e, RC_FATAL, "the folder of %s", path);
	e->why = WHY_USAGE;
	return e->rc;
}

static enum rc
write_mend(const struct merger *g, struct err *e)
{
	const char *const path = g->o->given.value[OPT_MEND];
	const char *const slash = path == NULL ? NULL : strrchr(path, '/');

	return path == NULL ? RC_OK
			    : io_write_file(g->mend_folder,
				  slash == NULL ? path : slash + 1,
				  buf_span(&g->mend), e);
}

/* Open the place of the result, and enter the sandbox. */
static enum rc
enter_sandbox(struct merger *g, const struct scratch *scratch, struct err *e)
{
	const struct stage_options *const o = g->o;
	enum rc rc = RC_OK;

	if (o->output != NULL)
		rc = collection_write_open(
		    &g->place, o->output, g->readers, g->n, e);
	if (rc == RC_OK)
		rc = open_mend(g, e);
	if (rc != RC_OK)
		return rc;
	const struct stage_sandbox inside = { o->sandbox, o->inputs,
		o->n_inputs,
		{ scratch->dir,
		    g->place == NULL ? NULL : collection_write_folder(g->place),
		    g->mend_path } };
	return stage_sandbox_enter_and_warn(&inside, o->quiet, e);
}

static enum rc
check(struct merger *g, int *status, struct err *e)
{
	struct scratch scratch = { .dir = stage_sandbox_scratch() };

	enum rc rc = read_options(g, e);
	if (rc == RC_OK)
		rc = open_all(g, e);
	if (rc == RC_OK)
		rc = enter_sandbox(g, &scratch, e);
	g->set = (struct shard_set){
		.plan = g->plan,
		.readers = g->readers,
		.n = g->n,
		.reasons = g->reasons,
		.scratch = &scratch,
		.key_memory = g->o->dedupe_memory,
		.stop = cli_catch_signals(),
		.mend = &g->mend,
		.problem = on_problem,
		.arg = g,
	};
	if (rc == RC_OK)
		rc = check_shards(&g->set, &g->result, e);
	if (rc == RC_OK)
		rc = write_mend(g, e);
	if (rc == RC_OK)
		rc = report(g, status, e);
	check_shards_free(&g->result);
	scratch_close(&scratch);
	return rc;
}

int
stage_merge_run(const struct stage_options *o)
{
	struct merger g = { .o = o, .mend_folder = -1 };
	int status = CLI_OK;
	struct err e;

	err_clear(&e);
	buf_init(&g.mend, MEND_MAX);
	cli_allow_files();
	if (check(&g, &status, &e) != RC_OK)
		status = stage_report_failure(o, &e);
	for (size_t i = 0; i < g.n; i++)
		reader_close(g.readers[i]);
	free(g.readers);
	free(g.again);
	json_free(g.problems);
	sign_key_free(g.sign);
	buf_reset(&g.mend);
	if (g.mend_folder != -1)
		(void)close(g.mend_folder);
	free(g.mend_path);
	collection_write_close(g.place);
	shard_plan_close(g.plan);
	return status;
}
