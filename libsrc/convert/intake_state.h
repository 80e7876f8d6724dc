/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a run is in its inputs, and what it has found there: what a checkpoint
 * must know of them.
 */
#ifndef CONVERT_INTAKE_STATE_H
#define CONVERT_INTAKE_STATE_H

#include "convert/source.h"
#include "input/input.h"
#include "select/names.h"
#include "util/state_codec.h"

/* Where the run reads. */
struct intake_point {
	bool resumes; /* the last pending source is resumed from there */
	struct input_position input;
	struct source_point source;
};

struct intake_state {
	struct intake_point point;
	struct input_counts counts;
	size_t n_operands; /* of counts.found */
};

enum rc intake_state_init(
    struct intake_state *s, const struct walk *w, struct err *e);
void intake_state_reset(struct intake_state *s);

/* The filter of --name. */
struct input_filter intake_state_filter(const struct names *names);

/* Checkpoints. What was passed over in folders is counted by each walk. */
void intake_state_write(const struct intake_state *s, struct state_writer *w);
void intake_state_read(struct intake_state *s, struct state_reader *r);

#endif
