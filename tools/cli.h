/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that both programs share: exit status, messages, signals, rows of
 * tables.
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

/* The exit status of an error. */
int cli_exit_of(const struct err *e);

/* The one of two exit statuses that takes precedence. */
int cli_worse(int a, int b);

/* Print "program: text" on standard error, with control characters escaped. */
void cli_say(const char *program, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Print lines on standard output; returns the exit status. */
int cli_help(const char *const *lines);

/* Copy text, as much as fits, with every character escaped that controls a
 * terminal or is invisible (see util/visible.h). Returns `shown`. */
char *cli_tame(char *shown, size_t size, const char *text);

/* Install signal handlers: SIGINT and SIGTERM set the returned flag to the
 * number of the signal; SIGPIPE and SIGXFSZ become errors of write(2). */
const volatile sig_atomic_t *cli_catch_signals(void);

/* Allow as many open files as the system does: a staging needs three, and a
 * collection may have thousands. */
void cli_allow_files(void);

/* Number of processors, at most `max`. */
unsigned cli_processors(unsigned max);

/* End silently by SIGPIPE when the reader of standard output ends, as cat(1)
 * does. */
void cli_end_with_pipe(void);

/* Print a message about an input. On a terminal, if the line is longer than
 * CLI_COLUMNS, the middle of the name within the text is replaced by "...". */
#define CLI_COLUMNS 80
void cli_say_of(const char *program, const char *name, const char *text);

/* Erase the ^C that a terminal echoes when the program is interrupted. */
void cli_clean_line(void);

/* Format a number with its noun: "1 chunk", "2 chunks", "1 234 records". */
#define CLI_WORDS_MAX 64
const char *cli_words(char text[CLI_WORDS_MAX], uint64_t n, const char *noun);

/* Format n with a blank between groups of three digits: 1 234 567. */
#define CLI_COUNT_MAX 32
const char *cli_count(char text[CLI_COUNT_MAX], uint64_t n);

/* Print a row of a table of counts: name, n, and a note, which must begin with
 * a separator. cli_row_some() prints nothing if n is 0. */
void cli_row(FILE *to, const char *name, uint64_t n, const char *note);
void cli_row_some(FILE *to, const char *name, uint64_t n, const char *note);

/* The notes of cli_row_notes(), which is cli_row_some() with one note for 1 and
 * another for larger numbers. */
struct cli_notes {
	const char *one;
	const char *many;
};

void cli_row_notes(
    FILE *to, const char *name, uint64_t n, struct cli_notes notes);

#endif
