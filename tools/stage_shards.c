/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shards/balance.h"
#include "shards/shard_filter.h"
#include "shards/shard_plan_make.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/stage_report.h"
#include "tools/stage_shards.h"
#include "util/json.h"
#include "util/num.h"

#define PROGRAM "evtxstage"

/* --- options -------------------------------------------------------------- */

static enum rc
usage(struct err *e, const char *what, const char *text)
{
	return err_set(e, RC_FATAL, WHY_USAGE, "%s%s (evtxstage help %s)", what,
	    text, "shards");
}

static bool
read_number(struct span text, uint64_t max, uint32_t *value)
{
	uint64_t n = 0;

	if (!num_parse_u64(text, &n) || n > max)
		return false;
	*value = (uint32_t)n;
	return true;
}

/* Read --shard: I, or I/N without a plan. */
static enum rc
read_shard(struct stage_options *o, bool planned, struct err *e)
{
	const char *const text = o->given.value[OPT_SHARD];
	struct span rest = span_str(text);
	const struct span number = span_next(&rest, '/');

	const bool both = rest.p != NULL;
	if (both == planned ||
	    !read_number(number, BALANCE_MAX - 1, &o->shard.number) ||
	    (both && !read_number(rest, BALANCE_MAX, &o->shard.of)) ||
	    (both && o->shard.number >= o->shard.of))
		return usage(e,
		    planned ? "--shard with a plan must be a number from 0: "
			    : "--shard must be I/N with I from 0 to N - 1: ",
		    text);
	return RC_OK;
}

/* Check the options of a run that stages a shard of a plan. The plan contains
 * the inputs. */
static enum rc
check_planned(struct stage_options *o, struct err *e)
{
	static char here[] = ".";
	static char *const operands[] = { here, NULL };

	if (o->given.value[OPT_SHARD] == NULL)
		return usage(
		    e, "no shard of the plan was given: add --shard I", "");
	if (o->n_inputs != 0)
		return usage(
		    e, "the plan contains the inputs; remove ", o->inputs[0]);
	if (o->append)
		return usage(
		    e, "--append does not work with a plan of shards", "");
	if (o->log_name != NULL)
		return usage(
		    e, "--log-name does not work with a plan of shards", "");
	o->inputs = operands;
	o->n_inputs = 1;
	return RC_OK;
}

enum rc
stage_shards_options(struct stage_options *o, struct err *e)
{
	const char *const *const value = o->given.value;
	const bool planned = value[OPT_SHARDS] != NULL;
	const bool plans = o->given.command == COMMAND_SHARDS;
	const bool merges = o->given.command == COMMAND_MERGE_CHECK;
	const bool stream = o->output != NULL && strcmp(o->output, "-") == 0;

	if (value[OPT_ROOT] != NULL && !plans && !planned)
		return usage(e, "--root needs a plan of shards", "");
	if (merges && o->n_inputs < 2)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "merge-check: give a plan and its stagings "
		    "(evtxstage help merge-check)");
	if (merges && stream)
		return usage(e, "merge-check: -o must be a file", "");
	if (plans && value[OPT_COUNT] == NULL)
		return usage(e, "no number of shards: give -n N", "");
	if (plans && (o->output == NULL || stream))
		return usage(e, "no plan: give -o CASE.shards", "");
	if (plans)
		return options_number(&o->given, OPT_COUNT, &o->shard.of, e);
	if (planned && check_planned(o, e) != RC_OK)
		return RC_FATAL;
	return value[OPT_SHARD] != NULL ? read_shard(o, planned, e) : RC_OK;
}

/* --- making a plan -------------------------------------------------------- */

/* True if the path leads out of the folder that it begins with. */
static bool
leads_up(const char *path)
{
	for (const char *p = strstr(path, ".."); p != NULL;
	     p = strstr(p + 1, ".."))
		if ((p == path || p[-1] == '/') &&
		    (p[2] == '\0' || p[2] == '/'))
			return true;
	return false;
}

/* Set the length of the root that is removed from names. Every operand must
 * begin with the root. */
static enum rc
strip_root(const struct stage_options *o, const char *root,
    struct shard_plan_options *make, struct err *e)
{
	size_t n = strlen(root);

	while (n > 1 && root[n - 1] == '/')
		n--;
	const bool here = n == 1 && root[0] == '.';
	make->strip = here || (n == 1 && root[0] == '/') ? 1 : n + 1;
	make->strip = here ? 0 : make->strip;
	for (size_t i = 0; i < o->n_inputs; i++) {
		const char *const path = o->inputs[i];
		const char *const rest = path + n;
		if (here && path[0] != '/' && !leads_up(path))
			continue;
		if (!here && strncmp(path, root, n) == 0 &&
		    rest[strspn(rest, "/")] == '\0') {
			make->dot = true;
			continue;
		}
		if (!here && strncmp(path, root, n) == 0 &&
		    path[make->strip - 1] == '/' && path[make->strip] != '/' &&
		    !leads_up(rest))
			continue;
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s does not begin with the root, %s, or leads out of it "
		    "(evtxstage help shards)",
		    path, root);
	}
	return RC_OK;
}

static enum rc
put_result(const struct stage_options *o, const struct shard_plan_result *r,
    int status, struct err *e)
{
	char sources[CLI_WORDS_MAX];
	char counts[3][CLI_COUNT_MAX];

	if (o->json) {
		struct cJSON *const json = json_object();
		json_add_text(json, "program", PROGRAM);
		json_add_text(json, "version", BUILD_VERSION);
		json_add_number(json, "exit", status);
		json_add_text(json, "plan", o->output);
		json_add_text(json, "sha256", r->sha256);
		json_add_count(json, "shards", o->shard.of);
		json_add_count(json, "sources", r->sources);
		json_add_count(json, "unread", r->unread);
		json_add_count(json, "bytes", r->bytes);
		json_add_count(json, "largest", r->largest);
		json_add_count(json, "smallest", r->smallest);
		return stage_report_put(json, stdout, e);
	}
	if (r->unread != 0)
		cli_say(PROGRAM,
		    "%s could not be read; the plan contains the reason",
		    cli_words(sources, r->unread, "source"));
	if (!o->quiet)
		cli_say(PROGRAM,
		    "%s: %s, %s bytes, in %u shards of %s to %s bytes",
		    o->output, cli_words(sources, r->sources, "source"),
		    cli_count(counts[0], r->bytes), o->shard.of,
		    cli_count(counts[1], r->smallest),
		    cli_count(counts[2], r->largest));
	return RC_OK;
}

/* Enter the sandbox, which allows the inputs, the folder of the plan and
 * temporary files. */
static enum rc
enter_sandbox(
    const struct stage_options *o, const struct walk *w, struct err *e)
{
	const char *const slash = strrchr(o->output, '/');
	char *const folder =
	    slash == NULL ? strdup(".")
			  : strndup(o->output, (size_t)(slash - o->output) + 1);
	const struct stage_sandbox inside = { o->sandbox, o->inputs,
		o->n_inputs, { folder, w->scratch->dir } };

	const enum rc rc =
	    folder == NULL ? err_nomem(e)
			   : stage_sandbox_enter_and_warn(&inside, o->quiet, e);
	free(folder);
	return rc;
}

static enum rc
make_plan(
    const struct stage_options *o, struct walk *w, int *status, struct err *e)
{
	char *root = NULL;
	struct shard_plan_result result;
	struct shard_plan_options make = {
		.walk = w,
		.shards = o->shard.of,
		.path = o->output,
		.version = BUILD_VERSION,
		.force = o->force,
		.stop = cli_catch_signals(),
	};
	enum rc rc = RC_OK;

	if (o->given.value[OPT_ROOT] != NULL) {
		root = realpath(o->given.value[OPT_ROOT], NULL);
		make.root = root;
		rc = strip_root(o, o->given.value[OPT_ROOT], &make, e);
		if (rc == RC_OK && root == NULL) {
			(void)err_sys(e, RC_FATAL, "resolve --root %s",
			    o->given.value[OPT_ROOT]);
			e->why = WHY_USAGE;
			rc = e->rc;
		}
	}
	if (rc == RC_OK)
		rc = walk_operands(w, o->inputs, o->n_inputs, e);
	if (rc == RC_OK && w->on_stdin)
		rc = usage(e,
		    "shards do not work with standard input: give files or "
		    "folders",
		    "");
	if (rc == RC_OK)
		rc = enter_sandbox(o, w, e);
	if (rc == RC_OK)
		rc = shard_plan_make(&make, &result, e);
	if (rc == RC_OK) {
		*status = result.unread != 0 ? CLI_INPUT : CLI_OK;
		rc = put_result(o, &result, *status, e);
	}
	free(root);
	return rc;
}

int
stage_shards_run(const struct stage_options *o)
{
	struct scratch scratch = { .dir = stage_sandbox_scratch() };
	struct walk walk = { .scratch = &scratch };
	int status = CLI_OK;
	struct err e;

	err_clear(&e);
	if (make_plan(o, &walk, &status, &e) != RC_OK)
		status = stage_report_failure(o, &e);
	walk_free(&walk);
	scratch_close(&scratch);
	return status;
}

/* --- staging a shard ------------------------------------------------------ */

/* Make a path of the command line absolute before the folder is changed. */
static enum rc
make_absolute(const char **path, char **made, struct err *e)
{
	char *here;

	if (*path == NULL || (*path)[0] == '/' || strcmp(*path, "-") == 0)
		return RC_OK;
	here = realpath(".", NULL);
	if (here == NULL)
		return err_sys(e, RC_FATAL, "find the current folder");
	const int n = asprintf(made, "%s/%s", here, *path);
	free(here);
	if (n == -1) {
		*made = NULL;
		return err_nomem(e);
	}
	*path = *made;
	return RC_OK;
}

/* Set the inputs of the run to those of the plan. The sandbox allows them to be
 * opened. */
static enum rc
set_inputs(
    struct stage_options *o, const struct shard_plan *plan, struct err *e)
{
	const struct cJSON *const list =
	    json_get(shard_plan_head(plan), "inputs");
	size_t n = 0;

	for (const struct cJSON *v = json_first(list); v != NULL;
	     v = json_next(v))
		n++;
	o->shard.inputs = calloc(n + 1, sizeof(*o->shard.inputs));
	if (o->shard.inputs == NULL)
		return err_nomem(e);
	n = 0;
	for (const struct cJSON *v = json_first(list); v != NULL;
	     v = json_next(v)) {
		char room[32];
		const char *const text = json_setting(v, room);
		o->shard.inputs[n] = strdup(text == NULL ? "." : text);
		if (o->shard.inputs[n++] == NULL)
			return err_nomem(e);
	}
	o->inputs = o->shard.inputs;
	o->n_inputs = n;
	return RC_OK;
}

static enum rc
walk_planned(struct stage_options *o, struct walk *w,
    const volatile sig_atomic_t *stop, struct shard_plan **plan, struct err *e)
{
	const char *root = o->given.value[OPT_ROOT];
	enum rc rc = shard_plan_open(plan, o->given.value[OPT_SHARDS], e);

	if (rc != RC_OK)
		return rc;
	o->shard.of = shard_plan_shards(*plan);
	o->shard.plan_sha256 = shard_plan_digest(*plan);
	const struct shard_filter pick = { o->shard.number, o->shard.of, stop };
	if (pick.shard >= pick.of)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "the plan %s has the shards 0 to %u, not %u",
		    o->given.value[OPT_SHARDS], pick.of - 1, pick.shard);
	if (root == NULL)
		root = shard_plan_root(*plan);
	rc = make_absolute(&o->output, &o->shard.absolute[0], e);
	if (rc == RC_OK)
		rc = make_absolute(&o->sign_key, &o->shard.absolute[1], e);
	if (rc == RC_OK && root != NULL && chdir(root) == -1) {
		rc = err_sys(
		    e, RC_FATAL, "enter the root of the plan, %s", root);
		e->why = WHY_USAGE;
	}
	if (rc == RC_OK)
		rc = set_inputs(o, *plan, e);
	return rc == RC_OK
		   ? shard_filter_planned(w, *plan, &pick, o->in.operands, e)
		   : rc;
}

enum rc
stage_shards_walk(struct stage_options *o, struct walk *w,
    const volatile sig_atomic_t *stop, struct shard_plan **plan, struct err *e)
{
	const struct shard_filter pick = { o->shard.number, o->shard.of, stop };

	if (o->given.value[OPT_SHARDS] != NULL)
		return walk_planned(o, w, stop, plan, e);
	const enum rc rc = walk_operands(w, o->inputs, o->n_inputs, e);
	if (rc != RC_OK || o->given.value[OPT_SHARD] == NULL)
		return rc;
	return w->on_stdin ? usage(e,
				 "shards do not work with standard input: give "
				 "files or folders",
				 "")
			   : shard_filter_by_digest(w, &pick, e);
}

void
stage_shards_free(struct stage_options *o)
{
	for (size_t i = 0;
	     o->shard.inputs != NULL && o->shard.inputs[i] != NULL; i++)
		free(o->shard.inputs[i]);
	free(o->shard.inputs);
	free(o->shard.absolute[0]);
	free(o->shard.absolute[1]);
}
