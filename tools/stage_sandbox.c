/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli.h"
#include "tools/stage_sandbox.h"
#include "util/num.h"

const char *
stage_sandbox_scratch(void)
{
	const char *const folder = getenv("TMPDIR");

	return folder == NULL || folder[0] == '\0' ? "/tmp" : folder;
}

const char *
stage_sandbox_temporary(struct scratch *s, bool many)
{
	if (many)
		return s->dir;
	scratch_prepare(s);
	return NULL;
}

/* Write from a signal handler, where printf() is not allowed. */
static void
write_error(const char *text, size_t n)
{
	if (write(STDERR_FILENO, text, n) == -1)
		return;
}

#define WRITE_ERROR(text) write_error(text, sizeof(text) - 1)

static void
on_refused(int signal, siginfo_t *info, void *context)
{
	uint8_t number[NUM_DEC_MAX];

	(void)signal;
	(void)context;
	/* A tracer has replaced the number to make the call fail; no system
	 * call was executed. */
	if (info->si_syscall == -1)
		return;
	const uint8_t *const end =
	    num_u64(number, (uint64_t)(unsigned)info->si_syscall);
	WRITE_ERROR("evtxstage: stopped by its sandbox: system call ");
	write_error((const char *)number, (size_t)(end - number));
	WRITE_ERROR(
	    " is not allowed. If an input caused it, the input is an\n"
	    "attack: keep it. Otherwise report a bug; --sandbox=off disables "
	    "the sandbox.\n");
	_exit(CLI_FAILED);
}

enum rc
stage_sandbox_enter(
    const struct stage_sandbox *s, struct sandbox_level *level, struct err *e)
{
	struct sandbox_path *const paths =
	    calloc(s->n_reads + 3, sizeof(*paths));
	struct sandbox_options o = { .mode = s->mode, .paths = paths };

	if (paths == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < s->n_reads; i++)
		paths[o.n++] = (struct sandbox_path){ s->reads[i], false };
	for (size_t i = 0; i < 3; i++) {
		if (s->writes[i] != NULL)
			paths[o.n++] =
			    (struct sandbox_path){ s->writes[i], true };
	}
	if (s->mode != SANDBOX_OFF) {
		struct sigaction act;
		memset(&act, 0, sizeof(act));
		act.sa_sigaction = on_refused;
		act.sa_flags = SA_SIGINFO;
		(void)sigemptyset(&act.sa_mask);
		(void)sigaction(SIGSYS, &act, NULL);
	}
	const enum rc rc = sandbox_enter(&o, level, e);
	free(paths);
	return rc;
}

enum rc
stage_sandbox_enter_and_warn(
    const struct stage_sandbox *s, bool quiet, struct err *e)
{
	struct sandbox_level level;
	const enum rc rc = stage_sandbox_enter(s, &level, e);

	if (rc == RC_OK && !quiet && level.lacks[0] != '\0')
		cli_say(
		    "evtxstage", "the sandbox is incomplete: %s", level.lacks);
	return rc;
}
