/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evtxstage: stages Windows event logs. This file runs the commands convert and
 * info: it prepares manifest, sandbox and output, and reports the result. The
 * conversion is in libsrc/convert. No network code is linked.
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

#include "convert/inputs_digest.h"
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
#include "util/zstd_frame.h"

#define MMAP_BYTES (256 * 1024)

#define PROGRAM "evtxstage"
/* The exit status after a signal is SIGNALLED + its number. */
#define SIGNALLED 128

struct stage {
	/* Key of --sign-key; NULL: the option was not given. */
	struct sign_key *sign;
	struct stage_options o;
	struct stage_facts facts;
	struct shard_plan *plan; /* plan of the shard; NULL: there is no plan */
	struct walk walk;
	/* Digest of the inputs; NULL: it is not made. */
	struct inputs_digest *inputs;
	/* Folder of temporary files for runs without a staging directory. */
	struct scratch scratch;
	struct manifest m;
	struct coverage *coverage; /* coverage of all logs of the run */
	struct writer *out;
	bool already; /* the same command has finished before */
	struct sandbox_level sandbox;
	struct progress bar;
	uint64_t told;                  /* number of messages about inputs */
	struct stage_info_list sources; /* list of sources for info --json */
	/* Counts for info --eids and --sids. */
	struct event_counts event_counts;
};

static enum rc
start_manifest(struct stage *s, struct err *e)
{
	/* stage_facts_options() sets errno to ENOMEM if memory is exhausted; an
	 * option would be missing from the manifest. */
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
		.level = s->o.level,
		.threads = s->o.jobs,
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

static enum rc
convert(struct stage *s, const volatile sig_atomic_t *stop, struct err *e)
{
	const struct queries *const q = s->o.select.queries;
	/* A run whose queries use the current time cannot be repeated. */
	const bool resumable =
	    q == NULL || !q->uses_now || s->o.given.value[OPT_NOW] != NULL;
	/* info counts hidden records and does not read them. */
	const enum recover_what recover =
	    s->o.info && s->o.recover == RECOVER_HIDDEN ? RECOVER_NONE
							: s->o.recover;
	const struct convert_options co = {
		.worker = { s->o.decoder,
		    { s->o.schema, &s->o.select, s->o.line, s->o.case_id,
			s->o.dedupe != DEDUPE_NONE, s->o.eids, s->o.sids },
		    recover, stop },
		.scratch = &s->scratch,
		.unpack = s->o.in.unpack,
		.nesting = s->o.in.nesting,
		.spool = s->o.in.spool_bytes,
		.require_all = s->o.require_all,
		.log_name = s->o.log_name,
		.names = s->o.given.list[OPT_NAME],
		.digests = strcmp(s->o.output, "-") != 0,
		.templates = s->o.shard.plan_sha256 != NULL,
		.checkpoint = resumable ? s->o.in.checkpoint_bytes : 0,
		.looks = s->o.info,
		.event_counts =
		    s->o.eids || s->o.sids ? &s->event_counts : NULL,
		.coverage = s->coverage,
		.inputs = s->facts.inputs[0] == '\0' ? s->inputs : NULL,
		.chunk_table = s->o.chunks && !s->o.json,
		.jobs = s->o.jobs,
		.dedupe = s->o.dedupe,
		.dedupe_memory = s->o.dedupe_memory,
		.watch = { s, on_warn, on_note, on_source, on_progress },
	};

	enum rc rc = convert_run(&co, &s->walk, s->out, &s->m, e);
	progress_end(&s->bar);
	stage_messages_end(&s->o, s->told);
	if (rc == RC_OK && co.inputs != NULL)
		rc = inputs_digest_end(co.inputs, s->facts.inputs, e);
	if (rc == RC_OK)
		rc = writer_end(s->out, &s->m, e);
	if (s->o.append)
		*num_u64((uint8_t *)s->facts.added_bad, s->m.counts.bad) = '\0';
	stage_facts_end(&s->facts, s->sandbox.text);
	if (rc == RC_OK)
		rc = writer_publish(s->out, &s->m, e);
	return rc;
}

/* Create the output directory and enter the sandbox. Files that are read before
 * this, such as event sets and queries, need no rule. */
static enum rc
enter_sandbox(struct stage *s, struct err *e)
{
	const bool archives = s->walk.bytes_packed != 0 || s->walk.on_stdin;
	const bool many = archives || s->o.dedupe != DEDUPE_NONE;
	const bool stream = strcmp(s->o.output, "-") == 0;
	const struct stage_sandbox inside = {
		.mode = s->o.sandbox,
		.reads = s->o.inputs,
		.n_reads = s->o.n_inputs,
		.writes = { stream ? stage_sandbox_temporary(&s->scratch, many)
				   : s->o.output },
	};
	bool shared = false;
	enum rc rc = RC_OK;

	/* A rule of the sandbox needs an existing directory. */
	if (!stream)
		rc = stage_output_check(s->o.output, &shared, e);
	if (shared && !s->o.quiet)
		cli_say(PROGRAM,
		    "%s is writable by its group, which could change rows",
		    s->o.output);
	if (rc == RC_OK && !stream)
		rc = writer_make(s->o.output, e);
	if (rc == RC_OK && archives)
		rc = stage_inputs_read_archives(&s->o.in, e);
	if (rc == RC_OK)
		rc = stage_sandbox_enter(&inside, &s->sandbox, e);
	if (rc == RC_OK && !s->o.quiet && s->sandbox.lacks[0] != '\0')
		cli_say(
		    PROGRAM, "the sandbox is incomplete: %s", s->sandbox.lacks);
	return rc;
}

/* Find out whether the same command has finished before (s->already). */
static enum rc
check_rerun(struct stage *s, const volatile sig_atomic_t *stop, struct err *e)
{
	enum rc rc = RC_OK;

	if (strcmp(s->o.output, "-") == 0)
		return RC_OK;
	if (!s->walk.on_stdin)
		rc = inputs_digest_create(&s->inputs, &s->walk, stop, e);
	if (rc != RC_OK || (s->o.force && !s->o.append))
		return rc;
	const struct rerun_inputs now = { &s->walk, s->inputs,
		s->facts.inputs };
	rc = s->o.append ? rerun_check_added(s->o.output, &now, &s->m, e)
			 : rerun_check(s->o.output, &now, &s->m, e);
	s->already = rc == RC_OK;
	return rc == RC_END ? RC_OK : rc;
}

/* Warn where the result may not be what the options suggest. */
static void
warn(const struct stage_options *o)
{
	const struct queries *const q = o->select.queries;

	if (o->quiet)
		return;
	if (q != NULL && q->transformed != NULL)
		cli_say(PROGRAM,
		    "%s: its transformKql is not applied: rows are staged "
		    "without the transformation",
		    q->transformed);
	if (stage_options_append_without_keys(o))
		cli_say(PROGRAM,
		    "the rows in %s have no RecordKey: copies of records that "
		    "were staged before are not recognized",
		    o->output);
}

static enum rc
stage(struct stage *s, struct err *e)
{
	const bool stream = strcmp(s->o.output, "-") == 0;
	const volatile sig_atomic_t *const stop = cli_catch_signals();

	if (stream)
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
		    "--log-name needs exactly one log, but there are %llu "
		    "inputs (evtxstage --help)",
		    (unsigned long long)s->walk.n);
	/* Archives are read twice if digests are needed. */
	progress_init(&s->bar, s->o.progress, PROGRESS_BYTES,
	    s->walk.bytes + (stream ? 0 : s->walk.bytes_packed));
	rc = start_manifest(s, e);
	if (rc != RC_OK)
		return rc;
	warn(&s->o);
	if (s->o.sign_key != NULL &&
	    sign_key_private(s->o.sign_key, &s->sign, e) != RC_OK)
		return e->rc;
	rc = enter_sandbox(s, e);
	if (rc == RC_OK)
		rc = check_rerun(s, stop, e);
	if (rc != RC_OK || s->already)
		return rc;
	rc = open_output(s, e);
	return rc == RC_OK ? convert(s, stop, e) : rc;
}

/* Say in the error which staging is on the full disk. */
static void
name_disk(struct err *e, const char *output)
{
	char text[ERR_TEXT_MAX];

	memcpy(text, e->text, sizeof(text));
	(void)err_set(e, e->rc, e->why, "%.250s: %.250s", output, text);
}

static int
run(struct stage *s)
{
	const bool stream = strcmp(s->o.output, "-") == 0;
	struct err e;

	err_clear(&e);
	enum rc rc = stage(s, &e);
	const bool started = s->out != NULL || s->already;
	const uint64_t records =
	    s->o.info ? s->m.account.found : s->m.account.emitted;
	struct stage_report report = {
		.o = &s->o,
		.m = &s->m,
		.coverage = s->coverage,
		.status = rc != RC_OK            ? cli_exit_of(&e)
			  : s->m.counts.bad != 0 ? CLI_INPUT
						 : CLI_OK,
		.error = rc == RC_OK ? NULL : e.text,
		.event_counts =
		    s->o.eids || s->o.sids ? &s->event_counts : NULL,
		.seconds = stage_facts_seconds(&s->facts),
		.already = s->already,
	};
	if (rc == RC_OK && s->o.error_if_empty && records == 0)
		report.status = cli_worse(report.status, CLI_EMPTY);
	if (report.status == SIGNALLED + SIGINT)
		cli_clean_line();
	if (rc != RC_OK && !stream && (e.sys == ENOSPC || e.sys == EDQUOT))
		name_disk(&e, s->o.output);
	if (!started)
		return stage_report_failure(&s->o, &e);
	if (rc != RC_OK)
		cli_say(PROGRAM, "%s", e.text);
	rc = RC_OK;
	if (s->o.info)
		rc = stage_info(&report, &s->sources, &e);
	/* With -o - the JSON object goes to standard error. */
	if (!s->o.info && !(s->o.json && stream))
		stage_report_text(&report);
	if (!s->o.info && s->o.json)
		rc = stage_report_json(&report, &e);
	if (rc == RC_OK)
		return report.status;
	cli_say(PROGRAM, "%s", e.text);
	return cli_worse(report.status, cli_exit_of(&e));
}

int
main(int argc, char **argv)
{
	struct stage s;
	struct err e;
	int status;

#ifdef M_MMAP_THRESHOLD
	/* Return large buffers to the system when they are freed. By default
	 * glibc raises its threshold with the first one and keeps the others.
	 */
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
	if (rc == RC_END && s.o.given.help != NULL) {
		status = cli_help(s.o.given.help);
	} else if (rc == RC_END) {
		(void)printf(PROGRAM " %s (commit %s)\nlibevtx %s\nzstd %s\n",
		    BUILD_VERSION, BUILD_COMMIT, decoder_libevtx_version(),
		    zstd_frame_version());
		status = fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
	} else if (rc != RC_OK) {
		status = stage_report_failure(&s.o, &e);
		stage_select_show(&s.o.select);
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
	inputs_digest_destroy(s.inputs);
	walk_free(&s.walk);
	scratch_close(&s.scratch);
	shard_plan_close(s.plan);
	stage_options_free(&s.o);
	stage_facts_free(&s.facts);
	return status;
}
