/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli.h"
#include "tools/stage_sandbox.h"
#include "util/num.h"

enum rc
stage_sandbox_mode(enum sandbox_mode *mode, const char *text, struct err *e)
{
	static const char *const names[] = {
		[SANDBOX_AUTO] = "auto",
		[SANDBOX_REQUIRE] = "require",
		[SANDBOX_OFF] = "off",
	};

	for (int i = 0; i <= (int)SANDBOX_OFF; i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		*mode = (enum sandbox_mode)i;
		return RC_OK;
	}
	return err_set(e, RC_FATAL, WHY_USAGE,
	    "--sandbox is auto, require or off, not %s (evtxstage --help)",
	    text);
}

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

/* In a handler: no printf. */
static void
tell(const char *text, size_t n)
{
	/* Nobody is left to tell that it failed. */
	if (write(STDERR_FILENO, text, n) == -1)
		return;
}

#define TELL(text) tell(text, sizeof(text) - 1)

static void
on_refused(int signal, siginfo_t *info, void *context)
{
	uint8_t number[NUM_DEC_MAX];

	(void)signal;
	(void)context;
	/* A tracer made the call fail by putting this number into its place:
	 * nothing was called. */
	if (info->si_syscall == -1)
		return;
	const uint8_t *const end =
	    num_u64(number, (uint64_t)(unsigned)info->si_syscall);
	TELL("evtxstage: stopped by its sandbox: system call ");
	tell((const char *)number, (size_t)(end - number));
	TELL(" is not one that it needs. If an input made it do so, it is\n"
	     "an attack: keep it. Otherwise tell us; --sandbox=off goes "
	     "without.\n");
	_exit(CLI_FAILED);
}

static void
catch_refused(void)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_sigaction = on_refused;
	act.sa_flags = SA_SIGINFO;
	(void)sigemptyset(&act.sa_mask);
	(void)sigaction(SIGSYS, &act, NULL);
}

enum rc
stage_sandbox_enter(
    const struct stage_sandbox *s, struct sandbox_level *level, struct err *e)
{
	struct sandbox_path *const paths =
	    calloc(s->n_reads + 2, sizeof(*paths));
	struct sandbox_options o = { .mode = s->mode, .paths = paths };

	if (paths == NULL)
		return err_nomem(e);
	for (size_t i = 0; i < s->n_reads; i++)
		paths[o.n++] = (struct sandbox_path){ s->reads[i], false };
	for (size_t i = 0; i < 2; i++) {
		if (s->writes[i] != NULL)
			paths[o.n++] =
			    (struct sandbox_path){ s->writes[i], true };
	}
	if (s->mode != SANDBOX_OFF)
		catch_refused();
	const enum rc rc = sandbox_enter(&o, level, e);
	free(paths);
	return rc;
}
