/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options and operands of evtxstage that say what is read: lists of
 * operands, limits and passwords of archives, and the checkpoint interval.
 */
#ifndef TOOLS_STAGE_INPUTS_H
#define TOOLS_STAGE_INPUTS_H

#include "input/unpack.h"
#include "tools/options.h"

#define STAGE_PASSWORD_MAX 1024U

struct stage_inputs {
	uint64_t checkpoint_bytes; /* bytes of input between two checkpoints */
	struct unpack_options unpack;
	struct archive_library *library; /* NULL: it was not loaded */
	/* Maximum size in bytes of temporary copies of archives. */
	uint64_t spool_bytes;
	unsigned nesting; /* maximum depth of archives inside archives */
	char password[STAGE_PASSWORD_MAX];
	/* Operands, with @FILE replaced by its lines; owned, ends with NULL. */
	char **operands;
	size_t n_operands;
};

/* Read the options, and replace each operand @FILE by the operands that the
 * file lists. WHY_USAGE with a sentence on failure. Free in any case. */
enum rc stage_inputs_read(struct stage_inputs *in, const struct options *given,
    char *const *operands, size_t n, struct err *e);

/* Load what reads archives. Must be called before the sandbox is entered, if an
 * input may be an archive. */
enum rc stage_inputs_read_archives(struct stage_inputs *in, struct err *e);

/* Free the operands and wipe the password. */
void stage_inputs_free(struct stage_inputs *in);

/* The value of an option or its default: a number, with K, M, G or T for powers
 * of 1024. WHY_USAGE if it is 0 or another text. */
enum rc stage_inputs_size(
    const struct options *given, unsigned id, uint64_t *value, struct err *e);

#endif
