/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/cli.h"
#include "util/visible.h"

static volatile sig_atomic_t caught;

int
cli_exit_of(const struct err *e)
{
	switch (e->why) {
	case WHY_NONE:
		return CLI_OK;
	case WHY_USAGE:
	case WHY_EXISTS:
		return CLI_USAGE;
	case WHY_LOCKED:
		return CLI_LOCKED;
	case WHY_DENIED:
		return CLI_DENIED;
	case WHY_REFUSED:
		return CLI_REFUSED_RECORDS;
	case WHY_NETWORK:
		return CLI_TEMPORARY;
	case WHY_STOPPED:
		return caught == 0 ? CLI_TEMPORARY : 128 + (int)caught;
	case WHY_SYSTEM:
		return e->rc == RC_RETRY ? CLI_TEMPORARY : CLI_FAILED;
	case WHY_MEMORY:
	case WHY_LIMIT:
	case WHY_CORRUPT:
	case WHY_TAMPERED:
	case WHY_FOREIGN:
		break;
	}
	return CLI_FAILED;
}

static unsigned
rank(int status)
{
	static const int order[] = { CLI_OK, CLI_EMPTY, CLI_INPUT,
		CLI_REFUSED_RECORDS, CLI_TEMPORARY, CLI_DENIED, CLI_LOCKED,
		CLI_USAGE, CLI_FAILED };
	unsigned i = 0;

	while (i < sizeof(order) / sizeof(*order) && order[i] != status)
		i++;
	return i;
}

int
cli_worse(int a, int b)
{
	return rank(a) >= rank(b) ? a : b;
}

char *
cli_tame(char *shown, size_t size, const char *text)
{
	struct span s = span_str(text);
	char escape[VISIBLE_MAX + 1];
	char *w = shown;
	const char *const end = shown + size;

	while (s.n != 0) {
		size_t n;
		const size_t length = visible_next(s, escape, &n);
		const size_t more = n == 0 ? length : n;
		if ((size_t)(end - w) <= more)
			break;
		memcpy(w, n == 0 ? (const char *)s.p : escape, more);
		w += more;
		s = span_of(s.p + length, s.n - length);
	}
	*w = '\0';
	return shown;
}

void
cli_say(const char *program, const char *fmt, ...)
{
	char text[2048];
	char shown[4 * sizeof(text) + 8];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)fprintf(
	    stderr, "%s: %s\n", program, cli_tame(shown, sizeof(shown), text));
}

int
cli_help(const char *const *lines)
{
	for (; *lines != NULL; lines++)
		(void)puts(*lines);
	return fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
}

/* The number of columns of a text that cli_tame() has escaped. */
static size_t
columns_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

/* Least number of columns of a shortened name. */
#define NAME_MIN ((size_t)20)

/* Print the name, shortened to `columns` if it is longer: its beginning, three
 * dots, and a longer part of its end. */
static void
put_short(const char *name, size_t columns)
{
	const size_t all = columns_of(name);
	const size_t room = columns < NAME_MIN ? NAME_MIN : columns;
	const size_t begin = (room - 3) / 3;
	const size_t end = room - 3 - begin;
	size_t i = 0;

	if (all <= room) {
		(void)fputs(name, stderr);
		return;
	}
	for (; *name != '\0'; name++) {
		i += ((unsigned char)*name & 0xC0) != 0x80;
		if (i <= begin || i > all - end)
			(void)fputc(*name, stderr);
		else if (i == begin + 1 &&
			 ((unsigned char)*name & 0xC0) != 0x80)
			(void)fputs("...", stderr);
	}
}

void
cli_say_of(const char *program, const char *name, const char *text)
{
	char what[8192];
	char line[8192];

	(void)cli_tame(line, sizeof(line), text);
	(void)cli_tame(what, sizeof(what), name);
	const size_t columns = strlen(program) + 2 + columns_of(line);
	char *const at = what[0] == '\0' ? NULL : strstr(line, what);

	if (at == NULL || columns <= CLI_COLUMNS ||
	    isatty(STDERR_FILENO) != 1) {
		(void)fprintf(stderr, "%s: %s\n", program, line);
		return;
	}
	const size_t others = columns - columns_of(what);
	*at = '\0';
	(void)fprintf(stderr, "%s: %s", program, line);
	put_short(what, others < CLI_COLUMNS ? CLI_COLUMNS - others : 0);
	(void)fprintf(stderr, "%s\n", at + strlen(what));
}

void
cli_clean_line(void)
{
	if (isatty(STDERR_FILENO) == 1)
		(void)fputs("\r\x1b[K", stderr);
}

static void
on_signal(int number)
{
	caught = number;
}

const volatile sig_atomic_t *
cli_catch_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	(void)sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_signal;
	/* A second signal ends the program immediately. */
	sa.sa_flags = (int)SA_RESETHAND;
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	sa.sa_flags = 0;
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
	(void)sigaction(SIGXFSZ, &sa, NULL);
	return &caught;
}

void
cli_allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void
cli_end_with_pipe(void)
{
	(void)signal(SIGPIPE, SIG_DFL);
}

const char *
cli_count(char text[CLI_COUNT_MAX], uint64_t n)
{
	char digits[CLI_COUNT_MAX];
	char *w = text;
	const int len =
	    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i != 0 && (len - i) % 3 == 0)
			*w++ = ' ';
		*w++ = digits[i];
	}
	*w = '\0';
	return text;
}

unsigned
cli_processors(unsigned max)
{
	const long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return n < (long)max ? (unsigned)n : max;
}

void
cli_row(FILE *to, const char *name, uint64_t n, const char *note)
{
	char count[CLI_COUNT_MAX];

	(void)fprintf(to, "  %-12s %15s%s\n", name, cli_count(count, n), note);
}

void
cli_row_some(FILE *to, const char *name, uint64_t n, const char *note)
{
	if (n != 0)
		cli_row(to, name, n, note);
}

void
cli_row_notes(FILE *to, const char *name, uint64_t n, struct cli_notes notes)
{
	cli_row_some(to, name, n, n == 1 ? notes.one : notes.many);
}

const char *
cli_words(char text[CLI_WORDS_MAX], uint64_t n, const char *noun)
{
	char count[CLI_COUNT_MAX];

	(void)snprintf(text, CLI_WORDS_MAX, "%s %s%s", cli_count(count, n),
	    noun, n == 1 ? "" : "s");
	return text;
}
