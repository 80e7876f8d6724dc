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
	pid_t pid; /* 0: it has ended */
	int out;   /* -1: at its end */
	int err;
	struct buf output;
	struct buf errors;
	int64_t deadline_ms;
	int status;             /* of waitpid() */
	char *words[WORDS + 1]; /* owned */
	const char *killed;     /* why, or NULL */
};

/* --- where it is --------------------------------------------------------- */

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

/* --- the child ----------------------------------------------------------- */

/* What az and Python need, and nothing else: secrets are in variables. */
static void
make_environment(char *out[VARIABLES + 1])
{
	static const char *const names[] = { "PATH", "HOME", "USER", "LOGNAME",
		"LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR",
		"AZURE_CONFIG_DIR", "AZURE_EXTENSION_DIR", "HTTP_PROXY",
		"HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
		"no_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
		"SSL_CERT_DIR", "ADAL_PYTHON_SSL_NO_VERIFY" };
	size_t n = 0;

	for (char **p = environ; p != NULL && *p != NULL; p++) {
		const size_t length = strcspn(*p, "=");
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (n < VARIABLES && strlen(names[i]) == length &&
			    strncmp(*p, names[i], length) == 0)
				out[n++] = *p;
	}
	out[n] = NULL;
}

static void
close_others(void)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0)
		return;
#endif
	for (int fd = 3; fd < LAST_FD; fd++)
		(void)close(fd);
}

/* Only what is allowed between fork() and execve() of a program that has
 * threads. */
static _Noreturn void
become(char *const *words, char *const *env, int out, int err)
{
	const int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	(void)setpgid(0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (null != -1 && dup2(null, 0) != -1 && dup2(out, 1) != -1 &&
	    dup2(err, 2) != -1) {
		close_others();
		(void)execve(words[0], words, env);
	}
	_exit(127);
}

static enum rc
make_pipe(int fds[2], struct err *e)
{
	if (pipe(fds) == -1)
		return err_sys(e, RC_FATAL, "make a pipe");
	for (int i = 0; i < 2; i++)
		(void)fcntl(fds[i], F_SETFD, FD_CLOEXEC);
	(void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
	return RC_OK;
}

/* execve() wants them writable. */
static enum rc
copy_words(struct command *c, const char *const *argv, struct err *e)
{
	for (size_t i = 0; argv[i] != NULL; i++) {
		if (i == WORDS)
			return err_set(e, RC_FATAL, WHY_LIMIT,
			    "too many arguments for %s", argv[0]);
		c->words[i] = strdup(argv[i]);
		if (c->words[i] == NULL)
			return err_nomem(e);
	}
	return RC_OK;
}

static enum rc
spawn(struct command *c, struct err *e)
{
	char *env[VARIABLES + 1];
	int out[2] = { -1, -1 };
	int err[2] = { -1, -1 };
	enum rc rc = make_pipe(out, e);

	make_environment(env);
	if (rc == RC_OK)
		rc = make_pipe(err, e);
	if (rc == RC_OK) {
		c->pid = fork();
		if (c->pid == 0)
			become(c->words, env, out[1], err[1]);
		if (c->pid == -1) {
			c->pid = 0;
			rc = err_sys(e, RC_FATAL, "start %s", c->words[0]);
		}
	}
	/* Both sides set the group, so that it is set before a kill. */
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
	enum rc rc = copy_words(c, argv, e);
	if (rc == RC_OK)
		rc = spawn(c, e);
	if (rc != RC_OK) {
		command_destroy(c);
		return rc;
	}
	*cp = c;
	return RC_OK;
}

/* --- its output and its end ---------------------------------------------- */

static void
take(int *fd, struct buf *b)
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

static void
kill_all(struct command *c, const char *why)
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
	take(&c->out, &c->output);
	take(&c->err, &c->errors);
	if (c->pid == 0)
		return true;
	if (c->output.full || c->errors.full) {
		kill_all(c, "it printed too much");
	} else if (clock_ms() >= c->deadline_ms) {
		kill_all(c, "it did not end in time");
	} else if (waitpid(c->pid, &c->status, WNOHANG) == c->pid) {
		c->pid = 0;
		take(&c->out, &c->output);
		take(&c->err, &c->errors);
		if (c->output.full || c->errors.full)
			c->killed = "it printed too much";
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

static void
wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_reset(b);
}

void
command_destroy(struct command *c)
{
	if (c == NULL)
		return;
	if (c->pid > 0)
		kill_all(c, "stopped");
	if (c->out != -1)
		(void)close(c->out);
	if (c->err != -1)
		(void)close(c->err);
	for (size_t i = 0; i < WORDS; i++)
		free(c->words[i]);
	wipe(&c->output);
	wipe(&c->errors);
	free(c);
}
