/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a coverage to a saved state, such as a checkpoint, and reads it again.
 */
#ifndef COVERAGE_COVERAGE_STATE_H
#define COVERAGE_COVERAGE_STATE_H

#include "coverage/coverage.h"
#include "util/state_codec.h"

void coverage_state_write(const struct coverage *c, struct state_writer *w);

/* Read a saved coverage into a coverage that is empty or has the logs of the
 * staging to which the saved run was adding. RC_FATAL only if memory is
 * exhausted; invalid values are reported by state_codec_read_end(). */
enum rc coverage_state_read(
    struct coverage *c, struct state_reader *r, struct err *e);

#endif
