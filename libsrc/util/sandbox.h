/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Least power for a program that reads hostile files. After sandbox_enter()
 * the process (Linux)
 *
 *   opens files only below the paths it named, and writes, makes, renames and
 *   removes only below those that say so (Landlock, versions 2 and later);
 *   makes no system calls but those of sandbox_calls() (seccomp): no network,
 *   no other program, no memory that is executable;
 *   can never gain privileges, leaves no core, and is not to be traced by
 *   other users' processes.
 *
 * What is open already stays open. Landlock holds for the calling thread and
 * for threads it starts later, so enter before the first one is started. There
 * is no way back.
 *
 * A call that is not on the list raises SIGSYS; a program may catch it to say
 * so before it ends. Programs built with the sanitizers of addresses, threads
 * or memory cannot work inside, there is no sandbox for them.
 */
#ifndef UTIL_SANDBOX_H
#define UTIL_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum sandbox_mode {
	SANDBOX_AUTO,    /* as much as this system gives */
	SANDBOX_REQUIRE, /* all of it, or fail */
	SANDBOX_OFF,
};

/* A file or a folder with all that is below it. What does not exist is passed
 * over: nobody can open it either. */
struct sandbox_path {
	const char *path;
	bool writes; /* and reads; else it is only read */
};

struct sandbox_options {
	enum sandbox_mode mode;
	const struct sandbox_path *paths;
	size_t n;
};

/* What was reached: texts for people. */
struct sandbox_level {
	char text[64];   /* "landlock 7, seccomp"; "off" */
	char lacks[160]; /* what this system does not give, or "" */
};

/* RC_FATAL with WHY_SYSTEM: required, and lacking; or no memory. */
enum rc sandbox_enter(const struct sandbox_options *o,
    struct sandbox_level *level, struct err *e);

/* The system calls of the list. */
struct sandbox_call {
	const char *name;
	int number;
	enum {
		SANDBOX_OFTEN,   /* any run makes it */
		SANDBOX_SELDOM,  /* some do, or other versions of libraries */
		SANDBOX_REFUSED, /* fails with `error`: libraries try it */
	} kind;
	int error;
	const char *why;
};

const struct sandbox_call *sandbox_calls(size_t *n);

#endif
