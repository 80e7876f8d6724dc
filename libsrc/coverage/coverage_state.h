/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A coverage in a saved state, which may be a checkpoint.
 */
#ifndef COVERAGE_COVERAGE_STATE_H
#define COVERAGE_COVERAGE_STATE_H

#include "coverage/coverage.h"
#include "util/state_codec.h"

void coverage_state_write(const struct coverage *c, struct state_writer *w);

/* Read it into a coverage that is new, or that has read the logs of a staging
 * to which the saved run was adding. RC_FATAL only without memory; values that
 * are not valid fail with state_codec_read_end(). */
enum rc coverage_state_read(
    struct coverage *c, struct state_reader *r, struct err *e);

#endif
