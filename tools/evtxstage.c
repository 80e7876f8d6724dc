/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evtxstage: .evtx files and folders through an event set into a staging
 * directory. Options, messages, signals and exit status are here; the work is
 * in libsrc/convert. No network code is linked into this program.
 */
#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "convert/rerun.h"
#include "coverage/coverage_json.h"
#include "evtx/decoder_libevtx.h"
#include "shards/shard_plan.h"
#include "tools/build.h"
#include "tools/cli.h"
#include "tools/stage_facts.h"
#include "tools/stage_info.h"
#include "tools/stage_merge.h"
#include "tools/stage_messages.h"
#include "tools/stage_options.h"
#include "tools/stage_output.h"
#include "tools/stage_report.h"
#include "tools/stage_select.h"
#include "tools/stage_sets.h"
#include "tools/stage_shards.h"
#include "tools/stage_show.h"
#include "tools/stage_verify.h"
#include "util/num.h"
#include "util/sign.h"

#define MMAP_BYTES (256 * 1024)

#define PROGRAM "evtxstage"
#define SIGNALLED 128 /* added to the number of a signal */

struct stage {
	struct sign_key *sign; /* or NULL */
	struct stage_options o;
	struct stage_facts facts;
	struct shard_plan *plan; /* of the shard; or NULL */
	struct walk walk;
	struct scratch scratch; /* where there is no staging directory */
	struct manifest m;
	struct coverage *coverage; /* of the logs of the run */
	struct writer *out;
	bool already; /* a finished staging is the one that is wanted */
	struct sandbox_level sandbox;
	struct progress bar;
	uint64_t told;                    /* messages */
	struct stage_info_list sources;   /* of info --json */
	struct event_counts event_counts; /* of info --eids, --sids */
};

/* An option that finds no memory for its text would be missing. */
static enum rc
start_manifest(struct stage *s, struct err *e)
{
	errno = 0;
	stage_facts_options(&s->facts, &s->o);
	if (errno == ENOMEM)
		return err_nomem(e);
	s->m.tool_version = BUILD_VERSION;
	s->m.tool_commit = BUILD_COMMIT;
	s->m.schema = s->o.schema->name;
	s->m.key_version = EVENT_KEY_VERSION;
	s->m.set_name = s->o.select.set.name;
	s->m.set_sha256 = s->o.select.set.sha256;
	for (unsigned i = 0; i < SELECT_VERDICTS; i++)
		s->facts.reasons[i] = select_reasons[i];
	s->m.reasons = s->facts.reasons;
	s->m.options = s->facts.options;
	s->m.run = s->facts.run;
	return coverage_create(&s->coverage, e);
}

static void
on_warn(void *ctx, const char *name, const char *text)
{
	struct stage *const s = ctx;

	progress_end(&s->bar);
	stage_messages_say(&s->o, &s->told, name, text);
}

static void
on_note(void *ctx, const char *text)
{
	struct stage *const s = ctx;

	if (!s->o.quiet)
		on_warn(s, NULL, text);
}

static void
on_progress(void *ctx, const struct convert_progress *now)
{
	struct stage *const s = ctx;

	progress_to(&s->bar,
	    &(struct progress_now){ now->bytes, now->records, now->name });
}

static void
on_source(
    void *ctx, const struct source_entry *source, const struct coverage *logs)
{
	struct stage *const s = ctx;

	progress_end(&s->bar);
	if (s->o.info)
		stage_info_source(&s->o, &s->sources, source, logs);
	else
		stage_report_source(&s->o, source);
}

static enum rc
open_output(struct stage *s, struct err *e)
{
	const bool stream = strcmp(s->o.output, "-") == 0;
	const struct writer_options wo = {
		.dir = stream ? NULL : s->o.output,
		.fd = STDOUT_FILENO,
		.force = s->o.force,
		.append = s->o.append,
		.sign = s->sign,
		.segment_bytes = WRITER_SEGMENT_BYTES,
		.chunks = s->o.chunks,
	};

	enum rc rc = writer_open(&s->out, &wo, e);
	if (rc != RC_OK || !s->o.append)
		return rc;
	const struct scan_visit logs = { coverage_json_read_line, s->coverage };
	rc = writer_add_to(s->out, &s->m, &logs, e);
	if (rc != RC_OK) {
		writer_close(s->out);
		s->out = NULL;
	}
	return rc;
}

/* Run again, it would not be the same. */
static bool
starts_anew(const struct stage *s)
{
	return s->o.select.queries != NULL && s->o.select.queries->uses_now &&
	       s->o.given.value[OPT_NOW] == NULL;
}

/* Who only looks reads no hidden records: naming them is enough. */
static enum recover_what
recovers(const struct stage_options *o)
{
	return o->info && o->recover == RECOVER_HIDDEN ? RECOVER_NONE
						       : o->recover;
}

static enum rc
convert(struct stage *s, const volatile sig_atomic_t *stop, struct err *e)
{
	const struct convert_options co = {
		.worker = { s->o.decoder,
		    { s->o.schema, &s->o.select, s->o.line, s->o.case_id,
			s->o.dedupe != DEDUPE_NONE, s->o.eids, s->o.sids },
		    recovers(&s->o), stop },
		.scratch = &s->scratch,
		.unpack = s->o.in.unpack,
		.nesting = s->o.in.nesting,
		.spool = s->o.in.spool_bytes,
		.require_all = s->o.require_all,
		.log_name = s->o.log_name,
		.names = s->o.given.list[OPT_NAME],
		.digests = strcmp(s->o.output, "-") != 0,
		.checkpoint = starts_anew(s) ? 0 : s->o.in.checkpoint_bytes,
		.looks = s->o.info,
		.event_counts =
		    s->o.eids || s->o.sids ? &s->event_counts : NULL,
		.coverage = s->coverage,
		.chunk_table = s->o.chunks && !s->o.json,
		.jobs = s->o.jobs,
		.dedupe = s->o.dedupe,
		.dedupe_memory = s->o.dedupe_memory,
		.watch = { s, on_warn, on_note, on_source, on_progress },
	};

	enum rc rc = convert_run(&co, &s->walk, s->out, &s->m, e);
	progress_end(&s->bar);
	stage_messages_end(&s->o, s->told);
	if (rc == RC_OK)
		rc = writer_end(s->out, &s->m, e);
	if (s->o.append)
		*num_u64((uint8_t *)s->facts.added_bad, s->m.counts.bad) = '\0';
	stage_facts_end(&s->facts, s->sandbox.text);
	if (rc == RC_OK)
		rc = writer_publish(s->out, &s->m, e);
	return rc;
}

/* A rule's queries are taken as they are; what it makes of the rows is not. */
static void
warn_of_rule(const struct stage_options *o)
{
	const struct queries *const q = o->select.queries;

	if (q != NULL && q->transformed != NULL && !o->quiet)
		cli_say(PROGRAM,
		    "%s: its transformKql is not applied: rows are staged as "
		    "they were before it",
		    q->transformed);
}

static enum rc
make_output(const struct stage *s, struct err *e)
{
	bool shared;

	if (stage_output_check(s->o.output, &shared, e) != RC_OK)
		return e->rc;
	if (shared && !s->o.quiet)
		cli_say(PROGRAM,
		    "%s can be written by its group, who could change rows",
		    s->o.output);
	return writer_make(s->o.output, e);
}

/* What is read before, like event sets and queries, is not named here. */
static enum rc
enter_sandbox(struct stage *s, struct err *e)
{
	const bool many = s->walk.bytes_packed != 0 || s->walk.on_stdin ||
			  s->o.dedupe != DEDUPE_NONE;
	const bool stream = strcmp(s->o.output, "-") == 0;
	const struct stage_sandbox inside = {
		.mode = s->o.sandbox,
		.reads = s->o.inputs,
		.n_reads = s->o.n_inputs,
		.writes = { stream ? stage_sandbox_temporary(&s->scratch, many)
				   : s->o.output },
	};

	/* Rules are for what exists. */
	enum rc rc = stream ? RC_OK : make_output(s, e);
	if (rc == RC_OK)
		rc = stage_sandbox_enter(&inside, &s->sandbox, e);
	if (rc == RC_OK && !s->o.quiet && s->sandbox.lacks[0] != '\0')
		cli_say(
		    PROGRAM, "the sandbox is not whole: %s", s->sandbox.lacks);
	return rc;
}

/* How much there is to read: archives are read once for their digest, too. */
static uint64_t
bytes_to_read(const struct stage *s)
{
	const bool digests = strcmp(s->o.output, "-") != 0;

	return s->walk.bytes + (digests ? s->walk.bytes_packed : 0);
}

/* The same command may have been run before. */
static enum rc
look_for_same(struct stage *s, const volatile sig_atomic_t *stop, struct err *e)
{
	if (strcmp(s->o.output, "-") == 0)
		return RC_OK;
	enum rc rc = rerun_digest(&s->walk, s->facts.inputs, stop, e);
	if (rc != RC_OK || (s->o.force && !s->o.append))
		return rc;
	const struct rerun_inputs now = { &s->walk, s->facts.inputs };
	rc = s->o.append ? rerun_check_added(s->o.output, &now, &s->m, e)
			 : rerun_check(s->o.output, &now, &s->m, e);
	s->already = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

static enum rc
stage(struct stage *s, struct err *e)
{
	const volatile sig_atomic_t *const stop = cli_catch_signals();

	if (strcmp(s->o.output, "-") == 0)
		cli_end_with_pipe();
	s->walk.skip = s->o.output;
	s->scratch.dir = stage_sandbox_scratch();
	s->sources.scratch = &s->scratch;
	s->walk.scratch = &s->scratch;
	enum rc rc = stage_shards_walk(&s->o, &s->walk, stop, &s->plan, e);
	if (rc != RC_OK)
		return rc;
	if (s->o.log_name != NULL && s->walk.n > 1)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "--log-name is for exactly one log, and these are %llu "
		    "inputs (evtxstage --help)",
		    (unsigned long long)s->walk.n);
	progress_init(&s->bar, s->o.progress, PROGRESS_BYTES, bytes_to_read(s));
	rc = start_manifest(s, e);
	if (rc != RC_OK)
		return rc;
	warn_of_rule(&s->o);
	if (stage_options_append_without_keys(&s->o) && !s->o.quiet)
		cli_say(PROGRAM,
		    "the rows in %s have no RecordKey: records that were "
		    "staged before are not recognized, only copies among those "
		    "that are added",
		    s->o.output);
	if (s->o.sign_key != NULL &&
	    sign_key_private(s->o.sign_key, &s->sign, e) != RC_OK)
		return e->rc;
	rc = enter_sandbox(s, e);
	if (rc == RC_OK)
		rc = look_for_same(s, stop, e);
	if (rc != RC_OK || s->already)
		return rc;
	rc = open_output(s, e);
	return rc == RC_OK ? convert(s, stop, e) : rc;
}

static int
status_of_result(const struct stage *s)
{
	int status = CLI_OK;

	if (s->m.counts.bad != 0)
		status = CLI_INPUT;
	if (s->o.error_if_empty &&
	    (s->o.info ? s->m.account.found : s->m.account.emitted) == 0)
		status = cli_worse(status, CLI_EMPTY);
	return status;
}

/* What standard error and standard output get at the end. */
static enum rc
tell(struct stage *s, const struct stage_report *report, struct err *e)
{
	const bool stream = strcmp(s->o.output, "-") == 0;

	if (s->o.info)
		return stage_info(report, &s->sources, e);
	/* Where lines go to standard output, the object has standard error. */
	if (!(s->o.json && stream))
		stage_report_text(report);
	return s->o.json ? stage_report_json(report, e) : RC_OK;
}

static int
run(struct stage *s)
{
	struct err e;

	err_clear(&e);
	const enum rc rc = stage(s, &e);
	const bool started = s->out != NULL || s->already;
	struct stage_report report = {
		.o = &s->o,
		.m = &s->m,
		.coverage = s->coverage,
		.status = rc == RC_OK ? status_of_result(s) : cli_exit_of(&e),
		.error = rc == RC_OK ? NULL : e.text,
		.event_counts =
		    s->o.eids || s->o.sids ? &s->event_counts : NULL,
		.seconds = stage_facts_seconds(&s->facts),
		.already = s->already,
	};
	if (report.status == SIGNALLED + SIGINT)
		cli_clean_line();
	if (rc != RC_OK)
		cli_say(PROGRAM, "%s", e.text);
	if (started && tell(s, &report, &e) != RC_OK) {
		cli_say(PROGRAM, "%s", e.text);
		report.status = cli_worse(report.status, CLI_FAILED);
	}
	return report.status;
}

static int
show_version(void)
{
	(void)printf(PROGRAM " %s (commit %s)\nlibevtx %s\n", BUILD_VERSION,
	    BUILD_COMMIT, decoder_libevtx_version());
	return fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
}

int
main(int argc, char **argv)
{
	struct stage s;
	struct err e;
	int status;

#ifdef M_MMAP_THRESHOLD
	/* Large buffers go back to the system when they are freed: by default
	 * the first of them that is freed makes glibc keep the next ones. */
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
#endif
	memset(&s, 0, sizeof(s));
	err_clear(&e);
	stage_facts_begin(&s.facts, argc, argv);
	event_counts_init(&s.event_counts, EVENT_COUNTS_RUN_ITEMS);
	errno = 0;
	enum rc rc = stage_options_read(&s.o, argc, argv, &e);
	/* A lack of memory may have been reported as a text that is too long
	 * or not well-formed. */
	if (errno == ENOMEM)
		rc = err_nomem(&e);
	if (rc == RC_END) {
		status = s.o.given.help != NULL ? cli_help(s.o.given.help)
						: show_version();
	} else if (rc != RC_OK) {
		cli_say(PROGRAM, "%s", e.text);
		stage_select_show(&s.o.select);
		status = cli_exit_of(&e);
	} else {
		switch ((enum command_id)s.o.given.command) {
		case COMMAND_VERIFY:
			status = stage_verify_run(&s.o);
			break;
		case COMMAND_SHOW:
			status = stage_show_run(&s.o);
			break;
		case COMMAND_SETS:
			status = stage_sets_run(&s.o);
			break;
		case COMMAND_SHARDS:
			status = stage_shards_run(&s.o);
			break;
		case COMMAND_MERGE_CHECK:
			status = stage_merge_run(&s.o);
			break;
		case COMMAND_CONVERT:
		case COMMAND_INFO:
		default:
			status = run(&s);
		}
	}
	writer_close(s.out);
	sign_key_free(s.sign);
	stage_info_free(&s.sources);
	event_counts_free(&s.event_counts);
	coverage_destroy(s.coverage);
	manifest_free(&s.m);
	walk_free(&s.walk);
	scratch_close(&s.scratch);
	shard_plan_close(s.plan);
	stage_options_free(&s.o);
	stage_facts_free(&s.facts);
	return status;
}
