/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evtxload: loads staging directories into a database or a service. This file
 * runs the commands push, plan, probe and retry-dead; the load is in
 * libsrc/load.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load/plan.h"
#include "load/probe.h"
#include "load/push.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/load_dcr.h"
#include "tools/load_reconcile.h"
#include "tools/load_report.h"
#include "tools/load_sources.h"
#include "tools/load_status.h"
#include "tools/load_target.h"
#include "tools/progress.h"
#include "util/io.h"
#include "util/json.h"

#define PROGRAM "evtxload"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define EVTXLOAD_SANITIZED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define EVTXLOAD_SANITIZED
#endif

#define REPORT_MAX ((size_t)1 << 30)

static int
exit_of(enum rc rc, const struct err *e)
{
	return rc == RC_OK ? CLI_OK : cli_exit_of(e);
}

/* --- while it runs ------------------------------------------------------- */

struct screen {
	const struct options *o;
	struct progress bar;
	/* The bar counts refused records that are planned again. */
	bool reviving;
};

static void
show_progress(void *arg, const struct load_report *r)
{
	struct screen *const s = arg;
	int mode = (int)PROGRESS_AUTO;
	struct err e;

	if (s->reviving != (r->dead > 0))
		progress_end(&s->bar);
	if (s->bar.total == 0 || s->reviving != (r->dead > 0)) {
		(void)options_word(s->o, OPT_PROGRESS, &mode, &e);
		if (s->o->value[OPT_QUIET] != NULL && mode != (int)PROGRESS_ON)
			mode = (int)PROGRESS_OFF;
		progress_init(&s->bar, (enum progress_mode)mode,
		    PROGRESS_RECORDS, r->dead > 0 ? r->dead : r->to_do);
	}
	s->reviving = r->dead > 0;
	if (s->reviving)
		progress_to(
		    &s->bar, &(struct progress_now){ .done = r->revived });
	else if (r->to_do >= r->left.records)
		progress_to(&s->bar, &(struct progress_now){
					 .done = r->to_do - r->left.records });
}

static void
show_note(void *arg, const char *text)
{
	struct screen *const s = arg;

	if (s->o->value[OPT_VERBOSE] == NULL)
		return;
	progress_end(&s->bar);
	cli_say(PROGRAM, "%s", text);
}

/* --- commands ------------------------------------------------------------ */

struct job {
	const struct options *o;
	struct target target;
	struct load_sources sources;
	struct buf json;
	struct buf lists; /* batches of the plan as JSON */
};

/* True if the report is printed as text. */
static bool
prints_text(const struct options *o)
{
	return o->value[OPT_QUIET] == NULL && o->value[OPT_JSON] == NULL;
}

/* The message of an error, or all faults of the configuration. */
static const char *
message_of(const struct job *j, const struct err *e)
{
	return j->target.faults[0] != '\0' ? j->target.faults : e->text;
}

static void
begin_json(struct job *j, const char *command, int code, const struct err *e)
{
	const char *const name = j->o->value[OPT_TARGET];
	const struct about about = { name != NULL ? name : "", command, code,
		e->rc != RC_OK ? message_of(j, e) : NULL };
	const char *const collection = load_sources_collection(&j->sources);

	load_report_begin(&j->json, &about);
	if (collection != NULL)
		buf_fmt(&j->json, ",\"collection\":\"%s\"", collection);
}

static void
warn_plain(const struct load_target *t, const struct options *o)
{
	const bool plain =
	    t->endpoint != NULL && strncmp(t->endpoint, "http://", 7) == 0;

	if (plain && o->value[OPT_QUIET] == NULL)
		cli_say(PROGRAM,
		    "plain http: token and records are not encrypted "
		    "(loopback addresses only)");
}

/* Add up the duplicates and conflicts that the manifests count. Manifests of
 * other programs may not have these counts. */
static struct staged
staged_in(const struct job *j)
{
	struct staged sum = { 0, 0 };
	const struct {
		const char *name;
		uint64_t *sum;
	} counts[] = { { "duplicate", &sum.duplicate },
		{ "conflicts", &sum.conflicts } };
	struct err e;

	for (size_t i = 0; i < 2 * j->sources.n; i++) {
		const struct cJSON *const account =
		    json_get(reader_manifest(j->sources.stagings[i / 2].reader),
			"accounting");
		uint64_t n = 0;
		if (json_get(account, counts[i % 2].name) != NULL &&
		    json_need_u64(account, counts[i % 2].name, &n, &e) == RC_OK)
			*counts[i % 2].sum += n;
	}
	return sum;
}

static int
push(struct job *j, struct err *e)
{
	struct screen screen = { .o = j->o };
	struct load_report report;
	const struct load_run run = { .target = &j->target.load,
		.stagings = j->sources.stagings,
		.n = j->sources.n,
		.collection = load_sources_collection(&j->sources),
		.verifiers = cli_processors(LOAD_VERIFIERS_MAX),
		.retry_dead = j->o->command == COMMAND_RETRY_DEAD,
		.stop = cli_catch_signals(),
		.progress = show_progress,
		.note = show_note,
		.arg = &screen };

	warn_plain(&j->target.load, j->o);
	const enum rc rc = load_push(&run, &report, e);
	int code = exit_of(rc, e);
	if (rc == RC_OK && (report.refused > 0 || report.held.batches > 0))
		code = cli_worse(code, CLI_REFUSED_RECORDS);
	if (rc == RC_OK && report.to_do == 0 &&
	    j->o->value[OPT_ERROR_IF_EMPTY] != NULL)
		code = cli_worse(code, CLI_EMPTY);
	progress_end(&screen.bar);
	begin_json(j, load_config_command(j->o), code, e);
	const struct staged staged = staged_in(j);
	load_report_staged_json(&j->json, &staged);
	/* A load that failed before it was planned has no counts. */
	const bool planned = rc == RC_OK || report.all.batches > 0;
	if (planned)
		load_report_push_json(&j->json, &report);
	if (prints_text(j->o) && planned) {
		cli_say(PROGRAM, "%s", j->o->value[OPT_TARGET]);
		load_report_push_text(stderr, &report, true);
		load_report_staged_text(stderr, &staged);
	}
	return code;
}

static enum rc
list_batch(void *arg, const struct load_batch *b, struct err *e)
{
	struct job *const j = arg;

	if (j->lists.n > 0)
		buf_byte(&j->lists, ',');
	load_report_batch_json(&j->lists, b);
	return j->lists.full ? err_set(e, RC_FATAL, WHY_LIMIT,
				   "the plan has too many batches")
			     : RC_OK;
}

/* Write plan.json beside the checkpoint, in the form of --json. */
static enum rc
write_plan(struct job *j, struct err *e)
{
	const char *const folder = j->target.load.state;
	const int fd = folder == NULL
			   ? -1
			   : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder == NULL)
		return RC_OK;
	if (fd == -1)
		return err_sys(e, RC_FATAL, "open %s", folder);
	const size_t open_end = j->json.n;
	load_report_end(&j->json);
	const enum rc rc =
	    io_write_file(fd, "plan.json", buf_span(&j->json), e);
	buf_cut(&j->json, open_end);
	(void)close(fd);
	return rc;
}

static void
show_plan(const struct job *j, const struct load_plan *plan, const char *where)
{
	const struct staged staged = staged_in(j);

	cli_say(PROGRAM, "plan for %s", j->o->value[OPT_TARGET]);
	load_report_plan_text(stderr, plan);
	load_report_staged_text(stderr, &staged);
	if (j->o->command != COMMAND_PLAN)
		return;
	if (where != NULL)
		(void)fprintf(stderr, "  %-10s in %s, for the next push\n",
		    "kept", where);
	else
		(void)fprintf(stderr,
		    "  %-10s no: give --endpoint, --dcr and --stream\n",
		    "kept");
}

static int
plan(struct job *j, struct err *e)
{
	const struct load_target *const t = &j->target.load;
	/* A plan without a target address is not stored in a checkpoint. */
	const bool keep =
	    j->o->command == COMMAND_PLAN && j->o->value[OPT_DRY_RUN] == NULL &&
	    (t->path != NULL ||
		(t->endpoint != NULL && t->dcr != NULL && t->stream != NULL));
	const char *const where = t->path != NULL ? t->path : t->state;
	struct load_plan plan = { .each = list_batch, .arg = j };
	const struct load_run run = { .target = t,
		.stagings = j->sources.stagings,
		.n = j->sources.n,
		.collection = load_sources_collection(&j->sources),
		.verifiers = cli_processors(LOAD_VERIFIERS_MAX),
		.stop = cli_catch_signals() };
	enum rc rc =
	    keep ? load_plan_keep(&run, &plan, e) : load_plan(&run, &plan, e);
	int code = exit_of(rc, e);

	if (code == 0 && plan.left.records == 0 &&
	    j->o->value[OPT_ERROR_IF_EMPTY] != NULL)
		code = CLI_EMPTY;
	begin_json(j, "plan", code, e);
	load_report_plan_json(&j->json, &plan);
	const struct staged staged = staged_in(j);
	load_report_staged_json(&j->json, &staged);
	buf_fmt(&j->json, ",\"kept\":%s", keep ? "true" : "false");
	buf_str(&j->json, ",\"batches\":[");
	buf_put(&j->json, buf_span(&j->lists));
	buf_byte(&j->json, ']');
	if (rc == RC_OK && keep)
		rc = write_plan(j, e);
	if (rc == RC_OK && prints_text(j->o))
		show_plan(j, &plan, keep ? where : NULL);
	return rc == RC_OK ? code : exit_of(rc, e);
}

static int
probe(struct job *j, struct err *e)
{
	struct load_probe probe = { .row = j->o->value[OPT_ROW] != NULL };
	const struct load_run run = { .target = &j->target.load,
		.stop = cli_catch_signals() };

	warn_plain(&j->target.load, j->o);
	const enum rc rc = load_probe(&run, &probe, e);
	const int code = exit_of(rc, e);
	begin_json(j, "probe", code, e);
	load_report_probe_json(&j->json, &probe);
	if (prints_text(j->o))
		load_report_probe_text(stdout, &probe);
	return code;
}

/* --- main ---------------------------------------------------------------- */

static int
run_job(struct job *j, struct err *e)
{
	enum rc rc = RC_OK;

	if (j->o->command == COMMAND_STATUS)
		return load_status_show(j->o, &j->target.load, &j->json, e);
	if (j->o->command == COMMAND_PROBE)
		return probe(j, e);
	rc = load_sources_open(&j->sources, j->o, &j->target.load, e);
	if (rc != RC_OK)
		return exit_of(rc, e);
	if (j->o->command == COMMAND_RECONCILE)
		return load_reconcile(
		    j->o, &j->target.load, &j->sources, &j->json, e);
	if (j->o->command == COMMAND_PLAN || j->o->value[OPT_DRY_RUN] != NULL)
		return plan(j, e);
	return push(j, e);
}

static int
finish(struct job *j, int code, const struct err *e)
{
	if (e->rc != RC_OK && code != 0)
		cli_say(PROGRAM, "%s", message_of(j, e));
	if (code == CLI_USAGE && j->o->n == 0)
		cli_say(PROGRAM, "see evtxload --help");
	if (j->o->value[OPT_JSON] != NULL) {
		if (j->json.n == 0)
			begin_json(j, load_config_command(j->o), code, e);
		load_report_end(&j->json);
		(void)fwrite(j->json.p, 1, j->json.n, stdout);
	}
	/* A long text may have failed before its end was flushed. */
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && code == 0) {
		cli_say(PROGRAM, "cannot write to standard output");
		code = CLI_FAILED;
	}
	return code;
}

static int
run(struct options *o, struct err *e)
{
	struct load_config config = { .json = NULL };
	struct job job = { .o = o };
	enum rc rc = RC_OK;
	int code;

	buf_init(&job.json, REPORT_MAX);
	buf_init(&job.lists, REPORT_MAX / 2);
	if (o->command == COMMAND_DCR) {
		code = finish(&job, exit_of(load_dcr(o, e), e), e);
		goto out;
	}
	/* A status may name only the checkpoint; reconcile is for Sentinel. */
	if ((o->command == COMMAND_STATUS || o->command == COMMAND_RECONCILE) &&
	    o->value[OPT_TARGET] == NULL)
		o->value[OPT_TARGET] = "sentinel";
	rc = load_config_read(&config, o, e);
	if (rc == RC_OK)
		rc = load_target_make(o, &config.faults, &job.target, e);
	code = rc == RC_OK ? run_job(&job, e) : exit_of(rc, e);
	code = finish(&job, code, e);
	load_sources_free(&job.sources);
	load_target_wipe(&job.target);
out:
	load_config_free(&config);
	buf_reset(&job.json);
	buf_reset(&job.lists);
	return code;
}

int
main(int argc, char **argv)
{
	const struct rlimit none = { 0, 0 };
	char libraries[512];
	struct options o;
	struct err e;
	int code;

	err_clear(&e);
	(void)umask(077);
	cli_allow_files();
	/* Keep secrets in memory private: no core dumps, no access by other
	 * programs of the user. Sanitizer builds need such access for their
	 * leak check. */
	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef EVTXLOAD_SANITIZED
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	/* libcurl would write the keys of TLS connections to this file. */
	(void)unsetenv("SSLKEYLOGFILE");
	const enum rc rc = options_read(&o, &load_config_table, argc, argv, &e);
	if (rc == RC_END && o.help != NULL) {
		code = cli_help(o.help);
	} else if (rc == RC_END) {
		load_versions(libraries, sizeof(libraries));
		(void)printf(PROGRAM " %s (commit %s)\n%s\n", BUILD_VERSION,
		    BUILD_COMMIT, libraries);
		code = fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
	} else if (rc != RC_OK) {
		struct job job = { .o = &o };
		buf_init(&job.json, REPORT_MAX);
		code = finish(&job, exit_of(rc, &e), &e);
		buf_reset(&job.json);
	} else {
		code = run(&o, &e);
	}
	options_free(&o);
	return code;
}
