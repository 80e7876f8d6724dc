/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of evtxstage that say what is read: names of logs, lists of
 * operands, what archives may unpack to, their password, and after how much of
 * it there is a checkpoint.
 */
#ifndef TOOLS_STAGE_INPUTS_H
#define TOOLS_STAGE_INPUTS_H

#include "input/unpack.h"
#include "tools/stage_select.h"

#define STAGE_PASSWORD_MAX 1024U

/* Texts are borrowed from argv and the environment; NULL: not given. */
struct stage_inputs {
	struct stage_list names;
	const char *ratio;
	const char *member;
	const char *total;
	const char *members;
	const char *spool;
	const char *levels;
	const char *checkpoint;
	const char *password_file;
	const char *password_fd;

	/* What they mean. */
	uint64_t checkpoint_bytes; /* from one to the next */
	struct unpack_options unpack;
	uint64_t spool_bytes; /* of temporary copies */
	unsigned nesting;     /* levels of archives inside archives */
	char password[STAGE_PASSWORD_MAX];
	char **operands; /* with those of lists in their place; NULL behind */
	size_t n_operands;
};

/* RC_FATAL with WHY_USAGE says what is wrong. */
enum rc stage_inputs_read(
    struct stage_inputs *in, char *const *operands, size_t n, struct err *e);

/* Also after a failure. The password is wiped. */
void stage_inputs_free(struct stage_inputs *in);

/* Read a number with K, M, G or T behind it for powers of 1024. False: it is
 * none, or 0. */
bool stage_inputs_size(const char *text, uint64_t *value);

#endif
