/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies the segments of a run and commits their batches to the checkpoint.
 */
#ifndef LOAD_PLANNER_H
#define LOAD_PLANNER_H

#include "load/session.h"

/* Divide all segments of the run into batches and store the batches in the
 * session's checkpoint, which must be open. Segments that the checkpoint
 * already contains keep their batches. Batches that an earlier run sent without
 * recording an answer are planned again; so are refused records if
 * run->retry_dead is set. All changes are one transaction: after a failure the
 * checkpoint is unchanged. Fills the session's segments and its report. */
enum rc planner_run(struct session *s, struct err *e);

#endif
