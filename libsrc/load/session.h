/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of the loader on one checkpoint: what is loaded, the open checkpoint
 * with its transaction, the segments of the run, the clock and the report.
 * Planning, uploading and inserting stand on it.
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
	size_t staging; /* index in run->stagings */
	size_t index;   /* of the segment in that staging */
};

struct session {
	const struct load_run *run;
	const struct sink *sink;
	const struct load_environment *environment;
	struct load_report *report;
	struct checkpoint *checkpoint;
	bool in_transaction;
	struct session_segment *segments; /* by id; filled by planner_run() */
	size_t n;                         /* of them */
	int64_t began_ms;
};

/* Clears the report. */
void session_init(
    struct session *s, const struct load_run *run, struct load_report *report);

/* Close the checkpoint, and roll an open transaction back. */
void session_close(struct session *s);

/* --- the run ------------------------------------------------------------- */

/* The run's own environment, or that of the system. */
const struct load_environment *session_environment(const struct load_run *run);

/* True if the caller has asked the run to stop. */
bool session_is_stopped(const struct load_run *run);

/* WHY_STOPPED if it has. */
enum rc session_check_stop(const struct load_run *run, struct err *e);

/* Pass a message to the run's `note`. */
void session_note(const struct load_run *run, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Milliseconds of a clock that never goes back; seconds since 1970. */
int64_t session_ms(const struct session *s);
int64_t session_now(const struct session *s);

/* True if --max-duration is over. */
bool session_is_expired(const struct session *s);

/* The error of a run that a limit of the user ended; `why` names the limit. */
enum rc session_limit_error(
    const struct session *s, const char *why, struct err *e);

/* Call the run's `progress` with the report. */
void session_progress(struct session *s);

/* --- the checkpoint ------------------------------------------------------ */

/* Begin a transaction, or commit it. Nothing happens if there is one already,
 * or none. */
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

/* NULL if the segment is not part of this run. */
const struct session_segment *session_find_segment(
    const struct session *s, int64_t id);

/* The segment of a batch, which must be part of this run. */
const struct reader_segment *session_segment_of(
    const struct session *s, const struct batch *b);

/* b->length is the size of rows: add the skipped ones before, among and
 * directly after them. */
enum rc session_stretch(
    const struct session *s, struct batch *b, struct err *e);

/* The place of the one row of a batch, without skipped ones around it; with
 * more rows, of the first that follow each other. */
enum rc session_first_row(const struct session *s, const struct batch *b,
    struct reader_range *row, struct err *e);

/* Append the lines of a batch of this run, without skipped ones. */
enum rc session_read_batch(const struct session *s, const struct batch *b,
    struct buf *out, struct err *e);

#endif
