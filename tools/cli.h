/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two programs share at their edge: exit status, messages, signals.
 */
#ifndef TOOLS_CLI_H
#define TOOLS_CLI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "util/err.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_INPUT = 3,
	CLI_EMPTY = 4,
	CLI_TEMPORARY = 5,
	CLI_REFUSED_RECORDS = 6,
	CLI_DENIED = 7,
	CLI_LOCKED = 11,
};

/* The exit status that an error means. */
int cli_exit_of(const struct err *e);

/* The one that counts when several apply. */
int cli_worse(int a, int b);

/* "program: text" on standard error; control characters are shown, not sent
 * to the terminal. */
void cli_say(const char *program, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Print lines on standard output; returns the exit status. */
int cli_help(const char *const *lines);

/* A copy of text in which nothing can steer a terminal or hide (see
 * util/visible.h), for what is printed past cli_say(): as much as fits, NUL
 * included. Returns `shown`. */
char *cli_tame(char *shown, size_t size, const char *text);

/* From now on SIGINT and SIGTERM set the flag, SIGPIPE and SIGXFSZ are
 * errors of write. The flag is the signal's number, 0 before. */
const volatile sig_atomic_t *cli_catch_signals(void);

/* A program that writes its result to a pipe ends when the reader does, as
 * cat(1) does: silently, by SIGPIPE. */
void cli_end_with_pipe(void);

/* The same message about an input: on a terminal, in a line of more than
 * CLI_COLUMNS, the name is cut in the middle where it is part of the text. The
 * rest never is. */
#define CLI_COLUMNS 80
void cli_say_of(const char *program, const char *name, const char *text);

/* What is interrupted begins a line of its own: a terminal shows ^C. */
void cli_clean_line(void);

/* "1 chunk", "2 chunks", "1 234 records". */
#define CLI_WORDS_MAX 64
const char *cli_words(char text[CLI_WORDS_MAX], uint64_t n, const char *noun);

/* n with blanks between groups of three: 1 234 567. */
#define CLI_COUNT_MAX 32
const char *cli_count(char text[CLI_COUNT_MAX], uint64_t n);

/* A row of a table of counts: its name, n and a note that is part of the text,
 * with the blank before it. cli_row_some leaves a row of 0 out. */
void cli_row(FILE *to, const char *name, uint64_t n, const char *note);
void cli_row_some(FILE *to, const char *name, uint64_t n, const char *note);

/* The same with a note for 1 and one for any other number. */
struct cli_notes {
	const char *one;
	const char *many;
};

void cli_row_notes(
    FILE *to, const char *name, uint64_t n, struct cli_notes notes);

#endif
