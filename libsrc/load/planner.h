/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies the segments of a run and commits their batches to the checkpoint.
 */
#ifndef LOAD_PLANNER_H
#define LOAD_PLANNER_H

#include "load/session.h"

/* Plan all segments. The session's checkpoint must be open. Segments that it
 * knows keep their batches; batches whose answer an earlier run lost, and on
 * request refused records, are planned again. All changes are one transaction:
 * after a failure the checkpoint has no trace of this run. Fills the session's
 * segments and its report. */
enum rc planner_run(struct session *s, struct err *e);

#endif
