/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the loader on one checkpoint: what is loaded, the open checkpoint
 * with its transaction, the segments of the run, the clock and the report.
 * Planning, uploading and inserting use it.
 */
#ifndef LOAD_SESSION_H
#define LOAD_SESSION_H

#include "checkpoint/batch.h"
#include "checkpoint/totals.h"
#include "load/load.h"
#include "sink/sink.h"
#include "util/buf.h"

/* A segment of the run: its id in the checkpoint, and where to read it. */
struct session_segment {
	int64_t id;
	size_t staging; /* index of the staging in run->stagings */
	size_t index;   /* index of the segment in that staging */
};

struct session {
	const struct load_run *run;
	const struct sink *sink;
	const struct load_environment *environment;
	struct load_report *report;
	struct checkpoint *checkpoint;
	bool in_transaction;
	/* Segments of the run, sorted by id; filled by planner_run(). */
	struct session_segment *segments;
	size_t n; /* number of segments */
	int64_t began_ms;
};

/* Initialize the session and clear the report. */
void session_init(
    struct session *s, const struct load_run *run, struct load_report *report);

/* Roll back an open transaction and close the checkpoint. */
void session_close(struct session *s);

/* --- the run ------------------------------------------------------------- */

/* Returns the run's environment, or else the system's. */
const struct load_environment *session_environment(const struct load_run *run);

/* True if the caller has asked the run to stop. */
bool session_is_stopped(const struct load_run *run);

/* WHY_STOPPED if the caller has asked the run to stop. */
enum rc session_check_stop(const struct load_run *run, struct err *e);

/* Pass a message to the run's `note`. */
void session_note(const struct load_run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Return the time: milliseconds of a clock that never goes back, and seconds
 * since 1970. */
int64_t session_ms(const struct session *s);
int64_t session_now(const struct session *s);

/* True if --max-duration is over. */
bool session_is_expired(const struct session *s);

/* Set the error of a run that a limit of the user ended; `why` names the limit.
 */
enum rc session_limit_error(
    const struct session *s, const char *why, struct err *e);

/* Call the run's `progress` with the report. */
void session_progress(struct session *s);

/* --- the checkpoint ------------------------------------------------------ */

/* Begin or commit a transaction. session_begin() does nothing if a transaction
 * is open, session_commit() if none is open. */
enum rc session_begin(struct session *s, struct err *e);
enum rc session_commit(struct session *s, struct err *e);
void session_rollback(struct session *s);

/* Copy totals of a checkpoint into a report. */
void session_put_totals(const struct totals *from, struct load_report *report);

/* Fill the report with the totals of the run's segments. */
enum rc session_count(struct session *s, struct err *e);

/* WHY_REFUSED if more records were refused than the user tolerates. */
enum rc session_check_refused(const struct session *s, struct err *e);

/* --- segments ------------------------------------------------------------ */

/* Sort the segments by id, for the functions below. */
void session_sort_segments(struct session *s);

/* Returns the segment with this id; NULL if it is not part of this run. */
const struct session_segment *session_find_segment(
    const struct session *s, int64_t id);

/* Returns the segment of a batch, which must be part of this run. */
const struct reader_segment *session_segment_of(
    const struct session *s, const struct batch *b);

/* Extend b->length, which covers rows, by the skipped rows before, among and
 * directly after them. */
enum rc session_stretch(
    const struct session *s, struct batch *b, struct err *e);

/* Set `row` to the place of the only row of a batch, without skipped rows
 * around it. If the batch has more rows, to the place of the first rows that
 * follow each other. */
enum rc session_first_row(const struct session *s, const struct batch *b,
    struct reader_range *row, struct err *e);

/* Append the lines of a batch of this run, without skipped rows. */
enum rc session_read_batch(const struct session *s, const struct batch *b,
    struct buf *out, struct err *e);

#endif
