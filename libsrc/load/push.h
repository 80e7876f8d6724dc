/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads stagings into a target: every record arrives, and records that may
 * have arrived twice are known.
 *
 * load_push() verifies every segment, commits a plan of batches to the
 * checkpoint, then sends batch after batch and records the outcome of each. It
 * may be killed at any instant; called again with the same stagings and
 * target it resumes.
 *
 * The path of a batch to a remote target: planner_run() reads a segment and
 * batcher_scan() divides it; upload_run() takes the batch with trial_next()
 * into a slot of the window, attempt_prepare() has compress.c make its body,
 * rate_limit_due() says when it may be sent, attempt_record_start() writes that
 * it will be, session_commit() makes that durable, attempt_send() sends it, and
 * attempt_record_outcome() acts on the answer: acknowledged, planned again,
 * split, or refused. Into a database, insert_run() writes rows and
 * acknowledgement in one transaction. reports_write() writes the files below.
 *
 * At its end it writes files beside the checkpoint, each whole or not at all:
 *
 *   dead.ndjson       a line for each record that is refused permanently
 *   ambiguous.ndjson  a line for each batch that may be stored twice
 *   doubles.kql       a query that lists the rows stored twice
 *   receipts.ndjson   a line for each attempt, with the service's request id
 *
 * Everything in them is also in the checkpoint. Beside a database there is only
 * DATABASE-dead.ndjson.
 */
#ifndef LOAD_PUSH_H
#define LOAD_PUSH_H

#include "load/load.h"

/* Load the stagings. The report is complete up to the end of the run, also
 * after a failure.
 *
 *   RC_OK                      all records are stored or refused permanently
 *   RC_RETRY                   a temporary failure: call again later
 *   RC_FATAL, WHY_STOPPED      *stop was set
 *   RC_FATAL, WHY_DENIED       the target refuses all requests
 *   RC_FATAL, WHY_REFUSED      it refuses more records than max_dead
 *   RC_FATAL, WHY_LOCKED       another run uses the checkpoint
 *   RC_FATAL, WHY_TAMPERED, WHY_CORRUPT, WHY_USAGE, ... */
enum rc load_push(
    const struct load_run *run, struct load_report *report, struct err *e);

/* Write one line with the versions of libcurl and SQLite. */
void load_versions(char *out, size_t n);

#endif
