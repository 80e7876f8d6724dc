/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program that prints a token (az), without waiting for it.
 *
 * The program gets its arguments as they are, no shell, an environment of a
 * few named variables (none that holds a secret of ours), nothing on standard
 * input, and no descriptor but the standard ones. Its output has a named
 * maximum and it has a deadline; with either passed its whole process group is
 * killed.
 */
#ifndef AUTH_COMMAND_H
#define AUTH_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "http/answer.h"
#include "util/err.h"

#define COMMAND_OUTPUT_MAX 65536

struct command;

/* The absolute path of a program, searched in absolute folders of `path` (a
 * PATH). False if it is in none, or is where anybody may write. */
bool command_find(const char *path, const char *name, char *out, size_t size);

/* argv[0] is an absolute path; argv is ended by NULL. */
enum rc command_start(const char *const *argv, unsigned timeout_ms,
    struct command **cp, struct err *e);

/* Take what it printed; true once it has ended. Does not wait. */
bool command_poll(struct command *c);

/* After its end: HTTP_ANSWERED with the exit status as status and standard
 * output as body (standard error, if the status is not 0); HTTP_LOST with a
 * reason if it was killed. The texts live as long as the command. */
void command_answer(const struct command *c, struct http_answer *out);

/* Kill it if it runs, wipe its output. Takes NULL. */
void command_destroy(struct command *c);

#endif
