/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
	/* A second signal ends the program at once. */
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
