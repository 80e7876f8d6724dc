/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The position of a run in its inputs and its counts of them, which a
 * checkpoint contains.
 */
#ifndef CONVERT_INTAKE_STATE_H
#define CONVERT_INTAKE_STATE_H

#include "convert/source.h"
#include "input/input.h"
#include "select/names.h"
#include "util/state_codec.h"

/* The position in the inputs at which the run reads. */
struct intake_point {
	/* The next source that is read is the last pending one, and is resumed
	 * at this point. */
	bool resumes;
	struct input_position input;
	struct source_point source;
};

struct intake_state {
	struct intake_point point;
	struct input_counts counts;
	size_t n_operands; /* number of elements of counts.found */
};

enum rc intake_state_init(
    struct intake_state *s, const struct walk *w, struct err *e);
void intake_state_reset(struct intake_state *s);

/* Make the filter for the patterns of --name. */
struct input_filter intake_state_filter(const struct names *names);

/* For checkpoints. They do not contain what was passed over in folders, because
 * each walk counts it again. */
void intake_state_write(const struct intake_state *s, struct state_writer *w);
void intake_state_read(struct intake_state *s, struct state_reader *r);

#endif
