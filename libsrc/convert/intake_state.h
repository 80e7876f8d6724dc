/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a run is in its inputs, and what it has found there: what a checkpoint
 * must know of them.
 */
#ifndef CONVERT_INTAKE_STATE_H
#define CONVERT_INTAKE_STATE_H

#include "convert/source.h"
#include "input/nested.h"
#include "input/walk.h"
#include "select/names.h"
#include "util/state_codec.h"

/* The member of an archive, and what was used before it was read. */
struct intake_level {
	uint64_t member; /* counted from 1 */
	struct unpack_used used;
};

/* Where the run reads. */
struct intake_point {
	bool resumes;    /* the last pending source is resumed from there */
	uint64_t entry;  /* of the walk */
	uint64_t levels; /* archives that the source is in; the outer first */
	struct intake_level level[NESTED_MAX + 1];
	struct source_point source;
};

struct intake_state {
	struct intake_point point;
	uint64_t passed;   /* members of archives that are not logs, */
	uint64_t unseen;   /* of them: their first bytes cannot be read, */
	uint64_t left_out; /* and logs that --name leaves out */
	size_t n_operands;
	bool *found; /* for each operand: it has a log, or an error */
};

enum rc intake_state_init(
    struct intake_state *s, const struct walk *w, struct err *e);
void intake_state_reset(struct intake_state *s);

/* True if --name leaves the input out: nothing of it is read. A glob is for
 * names in folders; those of an archive are compared with its members. */
bool intake_state_leaves_out(
    const struct names *names, const struct walk_entry *entry);

/* Checkpoints. What was passed over in folders is counted by each walk. */
void intake_state_write(const struct intake_state *s, struct state_writer *w);
void intake_state_read(struct intake_state *s, struct state_reader *r);

#endif
