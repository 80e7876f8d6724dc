/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/command.h"
#include "util/buf.h"
#include "util/clock.h"

#define VARIABLES 32
#define LAST_FD 65536
#define WORDS 32

extern char **environ;

struct command {
	pid_t pid; /* process id of the program; 0 after it has ended */
	/* Pipe from the program's standard output; -1 after end of file. */
	int out;
	/* Pipe from the program's standard error; -1 after end of file. */
	int err;
	struct buf output;
	struct buf errors;
	int64_t deadline_ms;
	int status;             /* exit status of the program, from waitpid() */
	char *words[WORDS + 1]; /* copies of the program's arguments */
	const char *killed; /* why the program was killed; NULL: it was not */
};

/* True if not every user can write the program or folder. */
static bool
is_safe(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IWOTH) == 0;
}

bool
command_find(const char *path, const char *name, char *out, size_t size)
{
	while (path != NULL && *path != '\0') {
		const size_t n = strcspn(path, ":");
		const int made = snprintf(out, size, "%.*s", (int)n, path);
		const bool fits = *path == '/' && made > 0 &&
				  (size_t)made + strlen(name) + 2 <= size;
		if (fits && is_safe(out)) {
			out[n] = '/';
			(void)snprintf(out + n + 1, size - n - 1, "%s", name);
			if (access(out, X_OK) == 0 && is_safe(out))
				return true;
		}
		path += n + (path[n] == ':');
	}
	return false;
}

/* --- starting ------------------------------------------------------------ */

/* Execute the program in the child. Calls only functions that are allowed
 * between fork() and execve() in a program with threads. */
static _Noreturn void
execute(char *const *words, char *const *env, int out, int err)
{
	const int null = open("/dev/null", O_RDONLY);
	bool closed = false;
	sigset_t none;

	(void)setpgid(0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (null != -1 && dup2(null, 0) != -1 && dup2(out, 1) != -1 &&
	    dup2(err, 2) != -1) {
#ifdef SYS_close_range
		closed = syscall(SYS_close_range, 3U, ~0U, 0U) == 0;
#endif
		for (int fd = 3; !closed && fd < LAST_FD; fd++)
			(void)close(fd);
		(void)execve(words[0], words, env);
	}
	_exit(127);
}

static enum rc
make_pipe(int fds[2], struct err *e)
{
	if (pipe(fds) == -1)
		return err_sys(e, RC_FATAL, "create a pipe");
	for (int i = 0; i < 2; i++)
		(void)fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return RC_OK;
}

static enum rc
spawn(struct command *c, struct err *e)
{
	/* Pass on only the variables that az and Python need: others contain
	 * secrets. */
	static const char *const names[] = { "PATH", "HOME", "USER", "LOGNAME",
		"LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
		"AZURE_CONFIG_DIR", "AZURE_EXTENSION_DIR", "HTTP_PROXY",
		"HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
		"no_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
		"SSL_CERT_DIR", "ADAL_PYTHON_SSL_NO_VERIFY" };
	char *env[VARIABLES + 1] = { NULL };
	int out[2] = { -1, -1 };
	int err[2] = { -1, -1 };
	size_t n = 0;

	for (char **p = environ; p != NULL && *p != NULL; p++) {
		const size_t length = strcspn(*p, "=");
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (n < VARIABLES && strlen(names[i]) == length &&
			    strncmp(*p, names[i], length) == 0)
				env[n++] = *p;
	}
	enum rc rc = make_pipe(out, e);
	if (rc == RC_OK)
		rc = make_pipe(err, e);
	if (rc == RC_OK) {
		c->pid = fork();
		if (c->pid == 0)
			execute(c->words, env, out[1], err[1]);
		if (c->pid == -1) {
			c->pid = 0;
			rc = err_sys(e, RC_FATAL, "start %s", c->words[0]);
		}
	}
	/* Both parent and child set the process group, so that it is set before
	 * either of them continues. */
	if (c->pid > 0)
		(void)setpgid(c->pid, c->pid);
	(void)close(out[1]);
	(void)close(err[1]);
	c->out = out[0];
	c->err = err[0];
	return rc;
}

enum rc
command_start(const char *const *argv, unsigned timeout_ms, struct command **cp,
    struct err *e)
{
	struct command *const c = calloc(1, sizeof(*c));

	*cp = NULL;
	if (c == NULL)
		return err_nomem(e);
	buf_init(&c->output, COMMAND_OUTPUT_MAX);
	buf_init(&c->errors, COMMAND_OUTPUT_MAX);
	c->deadline_ms = clock_ms() + timeout_ms;
	c->out = -1;
	c->err = -1;
	enum rc rc = RC_OK;
	/* execve() takes arguments that are not const, so they are copied. */
	for (size_t i = 0; rc == RC_OK && argv[i] != NULL; i++) {
		c->words[i] = i < WORDS ? strdup(argv[i]) : NULL;
		if (i == WORDS)
			rc = err_set(e, RC_FATAL, WHY_LIMIT,
			    "too many arguments for %s", argv[0]);
		else if (c->words[i] == NULL)
			rc = err_nomem(e);
	}
	if (rc == RC_OK)
		rc = spawn(c, e);
	if (rc != RC_OK) {
		command_destroy(c);
		return rc;
	}
	*cp = c;
	return RC_OK;
}

/* --- output and end ------------------------------------------------------ */

/* Read the available bytes of a pipe; close the pipe at end of file. */
static void
read_pipe(int *fd, struct buf *b)
{
	char block[4096];

	while (*fd != -1) {
		const ssize_t n = read(*fd, block, sizeof(block));
		if (n > 0) {
			buf_put(b, span_of(block, (size_t)n));
			continue;
		}
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0 || errno != EAGAIN) {
			(void)close(*fd);
			*fd = -1;
		}
		break;
	}
	explicit_bzero(block, sizeof(block));
}

/* Kill the process group of the program and wait for the program. */
static void
kill_group(struct command *c, const char *why)
{
	c->killed = why;
	(void)kill(-c->pid, SIGKILL);
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &c->status, 0) == -1 && errno == EINTR)
		;
	c->pid = 0;
}

bool
command_poll(struct command *c)
{
	read_pipe(&c->out, &c->output);
	read_pipe(&c->err, &c->errors);
	if (c->pid == 0)
		return true;
	if (c->output.full || c->errors.full) {
		kill_group(c, "its output is too long");
	} else if (clock_ms() >= c->deadline_ms) {
		kill_group(c, "it did not end in time");
	} else if (waitpid(c->pid, &c->status, WNOHANG) == c->pid) {
		c->pid = 0;
		read_pipe(&c->out, &c->output);
		read_pipe(&c->err, &c->errors);
		if (c->output.full || c->errors.full)
			c->killed = "its output is too long";
	}
	return c->pid == 0;
}

void
command_answer(const struct command *c, struct http_answer *out)
{
	const bool ended = c->killed == NULL && WIFEXITED(c->status);
	const int code = ended ? WEXITSTATUS(c->status) : 0;

	*out = (struct http_answer){ .fate = ended ? HTTP_ANSWERED : HTTP_LOST,
		.status = code,
		.wait_ms = HTTP_NO_WAIT,
		.body = buf_span(code == 0 ? &c->output : &c->errors),
		.id = "",
		.challenge = "",
		.reason = c->killed != NULL ? c->killed
			  : ended           ? ""
					    : "it was killed by a signal" };
}

void
command_destroy(struct command *c)
{
	if (c == NULL)
		return;
	if (c->pid > 0)
		kill_group(c, "stopped");
	if (c->out != -1)
		(void)close(c->out);
	if (c->err != -1)
		(void)close(c->err);
	for (size_t i = 0; i < WORDS; i++)
		free(c->words[i]);
	buf_wipe(&c->output);
	buf_wipe(&c->errors);
	free(c);
}
