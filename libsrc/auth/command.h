/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program that prints a token (az), without waiting for it.
 *
 * The program is executed without a shell. It gets a few environment variables,
 * none of which contains a secret of this program, an empty standard input, and
 * no descriptors except 0 to 2. If its output or its time exceeds a limit, its
 * whole process group is killed.
 */
#ifndef AUTH_COMMAND_H
#define AUTH_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "http/answer.h"
#include "util/err.h"

#define COMMAND_OUTPUT_MAX 65536

struct command;

/* Find a program in the absolute folders of `path` (a PATH). Folders and
 * programs that all users can write are skipped. False if none is found. */
bool command_find(const char *path, const char *name, char *out, size_t size);

/* Start a program. argv[0] is its absolute path; argv is ended by NULL. */
enum rc command_start(const char *const *argv, unsigned timeout_ms,
    struct command **cp, struct err *e);

/* Read the available output, without waiting. True after the program has
 * ended. */
bool command_poll(struct command *c);

/* The result of a program that has ended, as an answer: HTTP_ANSWERED with the
 * exit status as status, and standard output (or, if the status is not 0,
 * standard error) as body; HTTP_LOST with a reason if it was killed. The
 * strings are valid until the command is destroyed. */
void command_answer(const struct command *c, struct http_answer *out);

/* Kill the program if it is running, and wipe its output. Takes NULL. */
void command_destroy(struct command *c);

#endif
