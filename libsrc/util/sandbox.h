/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Least privilege for a program that reads hostile files. After
 * sandbox_enter(), on Linux, the process
 *
 *   can open files only below the given paths, and can write, create, rename
 *   and remove files only below those with `writes` (Landlock, version 2 or
 *   later);
 *   can make only the system calls of sandbox_calls() (seccomp): it cannot use
 *   the network, start programs or make memory executable;
 *   cannot gain privileges, leaves no core file, and cannot be traced by other
 *   processes of the user.
 *
 * Files that are open stay open. Landlock applies to the calling thread and the
 * threads it starts later, so sandbox_enter() must be called before threads are
 * started. It cannot be undone.
 *
 * A system call that is not on the list raises SIGSYS. A program may catch the
 * signal and report the call before it ends. Programs that are built with the
 * address, thread or memory sanitizer cannot run in the sandbox, so for them
 * there is none.
 */
#ifndef UTIL_SANDBOX_H
#define UTIL_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

enum sandbox_mode {
	SANDBOX_AUTO,    /* use what this system supports */
	SANDBOX_REQUIRE, /* fail unless Landlock and seccomp are supported */
	SANDBOX_OFF,     /* no sandbox */
};

/* A file, or a folder with everything below it. Paths that do not exist are
 * ignored. */
struct sandbox_path {
	const char *path;
	bool writes; /* allow reading and writing; false: only reading */
};

struct sandbox_options {
	enum sandbox_mode mode;
	const struct sandbox_path *paths;
	size_t n;
};

/* The sandbox that is in effect, as text for messages. */
struct sandbox_level {
	char text[64]; /* for example "landlock 7, seccomp" or "off" */
	/* Mechanisms that this system lacks; "": none is lacking. */
	char lacks[160];
};

/* Enter the sandbox. WHY_SYSTEM: the mode is SANDBOX_REQUIRE and this system
 * lacks a mechanism, or a rule could not be added. WHY_MEMORY: memory is
 * exhausted. */
enum rc sandbox_enter(const struct sandbox_options *o,
    struct sandbox_level *level, struct err *e);

/* A system call that the filter allows or refuses. */
struct sandbox_call {
	const char *name;
	int number;
	enum {
		SANDBOX_OFTEN,   /* allowed; every run makes the call */
		SANDBOX_SELDOM,  /* allowed; some runs or libraries make it */
		SANDBOX_REFUSED, /* fails with `error`; libraries handle that */
	} kind;
	int error;       /* errno of a refused call */
	const char *why; /* purpose of the call, or reason of the refusal */
};

const struct sandbox_call *sandbox_calls(size_t *n);

#endif
