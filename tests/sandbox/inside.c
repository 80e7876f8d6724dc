/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries things inside the sandbox of util/sandbox.h.
 *
 *   inside calls                                prints the list of calls
 *   inside [-r PATH]... [-w PATH]... TRY [ARG]...
 *
 * prints "ok" and exits 0, or the number of the error and exits 1; a call that
 * is not allowed ends it with SIGSYS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pthread.h>
#include <sys/socket.h>

#include "util/sandbox.h"

#define PATHS 8

static int
try_socket(char **arg)
{
	(void)arg;
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
try_unix(char **arg)
{
	(void)arg;
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int
try_execve(char **arg)
{
	static char *const none[] = { NULL };

	return execve(arg[0], none, none);
}

static int
try_fork(char **arg)
{
	(void)arg;
	const pid_t child = fork();
	if (child == 0)
		_exit(0);
	return (int)child;
}

static void *
nothing(void *p)
{
	return p;
}

static int
try_thread(char **arg)
{
	pthread_t t;

	(void)arg;
	errno = pthread_create(&t, NULL, nothing, NULL);
	if (errno != 0)
		return -1;
	return pthread_join(t, NULL);
}

static int
try_open(char **arg)
{
	return open(arg[0], O_RDONLY);
}

static int
try_write(char **arg)
{
	return open(arg[0], O_WRONLY);
}

static int
try_create(char **arg)
{
	return open(arg[0], O_WRONLY | O_CREAT | O_EXCL, 0600);
}

static int
try_rename(char **arg)
{
	return renameat(AT_FDCWD, arg[0], AT_FDCWD, arg[1]);
}

static int
try_remove(char **arg)
{
	return unlinkat(AT_FDCWD, arg[0], 0);
}

static int
try_code(char **arg)
{
	(void)arg;
	void *const p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? -1 : 0;
}

static int
try_link(char **arg)
{
	return symlink(arg[0], arg[1]);
}

static int
try_kill(char **arg)
{
	(void)arg;
	return (int)syscall(SYS_kill, getppid(), 0);
}

static int
try_setuid(char **arg)
{
	(void)arg;
	return (int)syscall(SYS_setuid, 0);
}

static int
try_abort(char **arg)
{
	(void)arg;
	abort();
}

static const struct
try {
	const char *name;
	int (*run)(char **arg);
}
tries[] = {
	{ "socket", try_socket },
	{ "unix", try_unix },
	{ "execve", try_execve },
	{ "fork", try_fork },
	{ "thread", try_thread },
	{ "open", try_open },
	{ "write", try_write },
	{ "create", try_create },
	{ "rename", try_rename },
	{ "remove", try_remove },
	{ "code", try_code },
	{ "link", try_link },
	{ "kill", try_kill },
	{ "setuid", try_setuid },
	{ "abort", try_abort },
};

static int
show_calls(void)
{
	static const char *const kinds[] = { "often", "seldom", "refused" };
	size_t n;
	const struct sandbox_call *const calls = sandbox_calls(&n);

	for (size_t i = 0; i < n; i++)
		(void)printf("%s %s %s\n", calls[i].name, kinds[calls[i].kind],
		    calls[i].why);
	return 0;
}

static int
run(const char *name, char **arg)
{
	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		if (strcmp(tries[i].name, name) != 0)
			continue;
		errno = 0;
		const int got = tries[i].run(arg);
		(void)printf(got == -1 ? "%d\n" : "ok\n", errno);
		return got == -1 ? 1 : 0;
	}
	return 2;
}

int
main(int argc, char **argv)
{
	struct sandbox_path paths[PATHS];
	struct sandbox_options o = { SANDBOX_REQUIRE, paths, 0 };
	struct sandbox_level level;
	struct err e;
	int i = 1;

	if (argc == 2 && strcmp(argv[1], "calls") == 0)
		return show_calls();
	for (; i + 1 < argc && argv[i][0] == '-' && o.n < PATHS; i += 2)
		paths[o.n++] =
		    (struct sandbox_path){ argv[i + 1], argv[i][1] == 'w' };
	if (i >= argc)
		return 2;
	if (sandbox_enter(&o, &level, &e) != RC_OK) {
		(void)fprintf(stderr, "%s\n", e.text);
		return 3;
	}
	return run(argv[i], argv + i + 1);
}
