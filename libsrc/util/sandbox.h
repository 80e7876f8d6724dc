/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Least privilege for a program that reads hostile files. After sandbox_enter()
 * the process (Linux)
 *
 *   opens files only below the paths it named, and writes, creates, renames and
 *   removes only below those with `writes` (Landlock, versions 2 and later);
 *   makes only the system calls of sandbox_calls() (seccomp): no network, no
 *   other programs, no executable memory;
 *   cannot gain privileges, leaves no core file, and cannot be traced by other
 *   users' processes.
 *
 * Files that are open stay open. Landlock applies to the calling thread and to
 * threads it starts later: enter before starting threads. It cannot be undone.
 *
 * A system call that is not on the list raises SIGSYS; a program may catch it
 * to report it before it ends. Programs built with the address, thread or
 * memory sanitizer cannot run inside; they have no sandbox.
 */
#ifndef UTIL_SANDBOX_H
#define UTIL_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum sandbox_mode {
	SANDBOX_AUTO,    /* as much as this system supports */
	SANDBOX_REQUIRE, /* all of it, or fail */
	SANDBOX_OFF,
};

/* A file, or a folder with everything below it. Paths that do not exist are
 * ignored: nobody can open them either. */
struct sandbox_path {
	const char *path;
	bool writes; /* read and write; else read only */
};

struct sandbox_options {
	enum sandbox_mode mode;
	const struct sandbox_path *paths;
	size_t n;
};

/* What is in effect, as text for people. */
struct sandbox_level {
	char text[64];   /* "landlock 7, seccomp"; "off" */
	char lacks[160]; /* what this system lacks, or "" */
};

/* RC_FATAL with WHY_SYSTEM: SANDBOX_REQUIRE, and something is lacking; or there
 * is no memory. */
enum rc sandbox_enter(const struct sandbox_options *o,
    struct sandbox_level *level, struct err *e);

/* A system call of the list. */
struct sandbox_call {
	const char *name;
	int number;
	enum {
		SANDBOX_OFTEN,   /* every run makes it */
		SANDBOX_SELDOM,  /* some runs, or other library versions, do */
		SANDBOX_REFUSED, /* fails with `error`; libraries try it */
	} kind;
	int error;
	const char *why;
};

const struct sandbox_call *sandbox_calls(size_t *n);

#endif
