/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evtxload: brings staged records to a database or a service.
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
#include "schema/table.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/load_dcr.h"
#include "tools/load_help.h"
#include "tools/load_reconcile.h"
#include "tools/load_report.h"
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
	bool reviving; /* the bar shows how many dead letters were read */
};

static enum progress_mode
progress_mode(const struct options *o)
{
	const char *const when = o->value[SET_PROGRESS];

	if (when != NULL && strcmp(when, "always") == 0)
		return PROGRESS_ON;
	if (o->value[SET_QUIET] != NULL ||
	    (when != NULL && strcmp(when, "never") == 0))
		return PROGRESS_OFF;
	return PROGRESS_AUTO;
}

static void
show_progress(void *arg, const struct load_report *r)
{
	struct screen *const s = arg;

	if (s->reviving != (r->dead > 0))
		progress_end(&s->bar);
	if (s->bar.total == 0 || s->reviving != (r->dead > 0))
		progress_init(&s->bar, progress_mode(s->o), PROGRESS_RECORDS,
		    r->dead > 0 ? r->dead : r->to_do);
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

	if (s->o->value[SET_VERBOSE] == NULL)
		return;
	progress_end(&s->bar);
	cli_say(PROGRAM, "%s", text);
}

/* --- sources ------------------------------------------------------------- */

static enum rc
open_source(const char *dir, struct load_staging *s, struct err *e)
{
	struct reader *reader = NULL;
	const enum rc rc = reader_open(dir, &reader, e);

	s->reader = reader;
	if (rc != RC_OK)
		return rc;
	s->table = schema_table(reader_schema(reader));
	if (s->table == NULL)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "%s is staged with a schema this program does not know: "
		    "%.60s",
		    dir, reader_schema(reader));
	return RC_OK;
}

/* What is left out is said: the counts of the load do not have it. */
static void
leave_recovered(const struct options *o, struct reader *r)
{
	if (o->value[SET_WITHOUT_RECOVERED] == NULL)
		return;
	const uint64_t n = reader_leave_recovered(r);
	if (n != 0 && o->value[SET_QUIET] == NULL)
		cli_say(PROGRAM, "%s: %llu recovered records are left out",
		    reader_dir(r), (unsigned long long)n);
}

static void
close_sources(struct load_staging *sources, size_t n)
{
	for (size_t i = 0; i < n; i++)
		reader_close(sources[i].reader);
	free(sources);
}

static enum rc
open_sources(const struct options *o, struct load_staging **out, struct err *e)
{
	const size_t n = (size_t)o->n;
	struct load_staging *const sources = calloc(n + 1, sizeof(*sources));
	enum rc rc = RC_OK;

	*out = sources;
	if (sources == NULL)
		return err_nomem(e);
	if (n == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "a staging directory is needed: evtxload --target T "
		    "STAGING");
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = open_source(o->operands[i], &sources[i], e);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		leave_recovered(o, sources[i].reader);
	return rc;
}

/* --- commands ------------------------------------------------------------ */

struct job {
	const struct options *o;
	struct target target;
	struct load_staging *sources;
	struct buf json;
	struct buf lists; /* batches of a plan */
};

static bool
says(const struct options *o)
{
	return o->value[SET_QUIET] == NULL && o->value[SET_JSON] == NULL;
}

/* An error has no room for many faults of a configuration. */
static const char *
words_of(const struct job *j, const struct err *e)
{
	return j->target.faults[0] != '\0' ? j->target.faults : e->text;
}

static void
begin_json(struct job *j, const char *command, int code, const struct err *e)
{
	const char *const name = j->o->value[SET_TARGET];
	const struct about about = { name != NULL ? name : "", command, code,
		e->rc != RC_OK ? words_of(j, e) : NULL };

	report_begin(&j->json, &about);
}

static void
end_list(struct job *j, const char *name)
{
	buf_fmt(&j->json, ",\"%s\":[", name);
	buf_put(&j->json, buf_span(&j->lists));
	buf_byte(&j->json, ']');
}

static void
warn_plain(const struct load_target *t, const struct options *o)
{
	const bool plain =
	    t->endpoint != NULL && strncmp(t->endpoint, "http://", 7) == 0;

	if (plain && o->value[SET_QUIET] == NULL)
		cli_say(PROGRAM,
		    "plain http, token and records are not encrypted: "
		    "loopback addresses only");
}

/* 0 where a manifest does not say it: another program wrote it. */
static uint64_t
count_of(const struct cJSON *account, const char *name)
{
	struct err e;
	uint64_t n = 0;

	return json_get(account, name) == NULL ||
		       json_need_u64(account, name, &n, &e) != RC_OK
		   ? 0
		   : n;
}

static struct staged
staged_in(const struct job *j)
{
	struct staged sum = { 0, 0 };

	for (int i = 0; i < j->o->n; i++) {
		const struct cJSON *const account = json_get(
		    reader_manifest(j->sources[i].reader), "accounting");
		sum.duplicate += count_of(account, "duplicate");
		sum.conflicts += count_of(account, "conflicts");
	}
	return sum;
}

static int
push(struct job *j, struct err *e)
{
	struct screen screen = { .o = j->o };
	struct load_report report;
	const struct load_run run = { .target = &j->target.load,
		.stagings = j->sources,
		.n = (size_t)j->o->n,
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
	    j->o->value[SET_ERROR_IF_EMPTY] != NULL)
		code = cli_worse(code, CLI_EMPTY);
	progress_end(&screen.bar);
	begin_json(j, options_command(j->o), code, e);
	const struct staged staged = staged_in(j);
	report_staged_json(&j->json, &staged);
	/* Nothing is known of a load that failed before it was planned. */
	const bool planned = rc == RC_OK || report.all.batches > 0;
	if (planned)
		report_push_json(&j->json, &report);
	if (says(j->o) && planned) {
		cli_say(PROGRAM, "%s", j->o->value[SET_TARGET]);
		report_push_text(stderr, &report, true);
		report_staged_text(stderr, &staged);
	}
	return code;
}

static enum rc
list_batch(void *arg, const struct load_batch *b, struct err *e)
{
	struct job *const j = arg;

	if (j->lists.n > 0)
		buf_byte(&j->lists, ',');
	report_batch_json(&j->lists, b);
	return j->lists.full ? err_set(e, RC_FATAL, WHY_LIMIT,
				   "a plan of so many batches is too long")
			     : RC_OK;
}

/* Whether there is a checkpoint to keep it in, and it is said whose. */
static bool
keeps_plan(const struct options *o, const struct load_target *t)
{
	if (o->command != COMMAND_PLAN || o->value[SET_DRY_RUN] != NULL)
		return false;
	return t->path != NULL ||
	       (t->endpoint != NULL && t->dcr != NULL && t->stream != NULL);
}

/* Beside the checkpoint, in the form of --json. */
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
	report_end(&j->json);
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

	cli_say(PROGRAM, "plan for %s", j->o->value[SET_TARGET]);
	report_plan_text(stderr, plan);
	report_staged_text(stderr, &staged);
	if (j->o->command != COMMAND_PLAN)
		return;
	if (where != NULL)
		(void)fprintf(stderr, "  %-10s in %s, for the next push\n",
		    "kept", where);
	else
		(void)fprintf(stderr,
		    "  %-10s not, without --endpoint, --dcr and --stream\n",
		    "kept");
}

static int
plan(struct job *j, struct err *e)
{
	const struct load_target *const t = &j->target.load;
	const bool keep = keeps_plan(j->o, t);
	const char *const where = t->path != NULL ? t->path : t->state;
	struct load_plan plan = { .each = list_batch, .arg = j };
	const struct load_run run = { .target = t,
		.stagings = j->sources,
		.n = (size_t)j->o->n,
		.stop = cli_catch_signals() };
	enum rc rc =
	    keep ? load_plan_keep(&run, &plan, e) : load_plan(&run, &plan, e);
	int code = exit_of(rc, e);

	if (code == 0 && plan.left.records == 0 &&
	    j->o->value[SET_ERROR_IF_EMPTY] != NULL)
		code = CLI_EMPTY;
	begin_json(j, "plan", code, e);
	report_plan_json(&j->json, &plan);
	const struct staged staged = staged_in(j);
	report_staged_json(&j->json, &staged);
	buf_fmt(&j->json, ",\"kept\":%s", keep ? "true" : "false");
	end_list(j, "batches");
	if (rc == RC_OK && keep)
		rc = write_plan(j, e);
	if (rc == RC_OK && says(j->o))
		show_plan(j, &plan, keep ? where : NULL);
	return rc == RC_OK ? code : exit_of(rc, e);
}

static int
probe(struct job *j, struct err *e)
{
	struct load_probe probe = { .row = j->o->value[SET_ROW] != NULL };
	const struct load_run run = { .target = &j->target.load,
		.stop = cli_catch_signals() };

	warn_plain(&j->target.load, j->o);
	const enum rc rc = load_probe(&run, &probe, e);
	const int code = exit_of(rc, e);
	begin_json(j, "probe", code, e);
	report_probe_json(&j->json, &probe);
	if (says(j->o))
		report_probe_text(stdout, &probe);
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
	rc = open_sources(j->o, &j->sources, e);
	if (rc != RC_OK)
		return exit_of(rc, e);
	if (j->o->command == COMMAND_RECONCILE)
		return load_reconcile(
		    j->o, &j->target.load, j->sources, &j->json, e);
	if (j->o->command == COMMAND_PLAN || j->o->value[SET_DRY_RUN] != NULL)
		return plan(j, e);
	return push(j, e);
}

static int
finish(struct job *j, int code, const struct err *e)
{
	if (e->rc != RC_OK && code != 0)
		cli_say(PROGRAM, "%s", words_of(j, e));
	if (code == CLI_USAGE && j->o->n == 0)
		cli_say(PROGRAM, "see evtxload --help");
	if (j->o->value[SET_JSON] != NULL) {
		if (j->json.n == 0)
			begin_json(j, options_command(j->o), code, e);
		report_end(&j->json);
		(void)fwrite(j->json.p, 1, j->json.n, stdout);
	}
	if (fflush(stdout) != 0 && code == 0) {
		cli_say(PROGRAM, "standard output cannot be written");
		code = CLI_FAILED;
	}
	return code;
}

static void
show_version(void)
{
	char libraries[512];

	load_versions(libraries, sizeof(libraries));
	(void)printf("evtxload %s (commit %s)\n%s\n", BUILD_VERSION,
	    BUILD_COMMIT, libraries);
}

/* A status may name the checkpoint alone, and only a service is reconciled. */
static void
guess_target(struct options *o)
{
	if ((o->command == COMMAND_STATUS || o->command == COMMAND_RECONCILE) &&
	    o->value[SET_TARGET] == NULL)
		o->value[SET_TARGET] = "sentinel";
}

/* Secrets in memory are for nobody: no cores, and no looking in by other
 * programs of the user. The search for leaks of the sanitizers needs that. */
static void
keep_to_itself(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef EVTXLOAD_SANITIZED
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int
main(int argc, char **argv)
{
	struct options o;
	struct job job = { .o = &o };
	struct err e;

	err_clear(&e);
	(void)umask(077);
	keep_to_itself();
	buf_init(&job.json, REPORT_MAX);
	buf_init(&job.lists, REPORT_MAX / 2);
	enum rc rc = options_read(&o, argc, argv, &e);
	if (rc == RC_OK && o.help) {
		(void)fputs(load_help(o.topic), stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (rc == RC_OK && o.value[SET_VERSION] != NULL) {
		show_version();
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (rc == RC_OK && o.command == COMMAND_DCR) {
		rc = load_dcr(&o, &e);
		return finish(&job, exit_of(rc, &e), &e);
	}
	guess_target(&o);
	if (rc == RC_OK)
		rc = options_config(&o, &e);
	if (rc == RC_OK)
		rc = target_make(&o, &job.target, &e);
	int code = exit_of(rc, &e);
	if (rc == RC_OK)
		code = run_job(&job, &e);
	code = finish(&job, code, &e);
	close_sources(job.sources, job.sources != NULL ? (size_t)o.n : 0);
	target_wipe(&job.target);
	options_free(&o);
	buf_reset(&job.json);
	buf_reset(&job.lists);
	return code;
}
