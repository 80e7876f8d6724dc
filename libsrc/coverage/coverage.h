/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coverage of logs, found from their records. A log is one channel of one
 * computer. For each log: which EventRecordIDs exist and which are missing
 * between them, the times of its first and last event, how often its clock was
 * set back, and when it was cleared.
 *
 * There is one coverage of the run, which becomes logs.ndjson, and one of each
 * source while it is read: clocks are compared between records of one source.
 * Every readable record counts, selected or not, except records carved from
 * free space.
 */
#ifndef COVERAGE_COVERAGE_H
#define COVERAGE_COVERAGE_H

#include <stdbool.h>

#include "coverage/hash_index.h"
#include "util/arena.h"
#include "util/err.h"
#include "util/ranges.h"
#include "util/span.h"

/* EventRecordIDs above this are ignored: JSON numbers are exact up to here. */
#define COVERAGE_ID_MAX ((UINT64_C(1) << 53) - 1)

/* A clock was set back if an event is older than the event of the previous id
 * by more than this, in 100 ns. Smaller steps come from processors that race
 * for the next id. */
#define COVERAGE_CLOCK_SLACK (60 * UINT64_C(10000000))

static inline bool
coverage_clock_back(uint64_t before, uint64_t time)
{
	return time != 0 && before > COVERAGE_CLOCK_SLACK &&
	       time < before - COVERAGE_CLOCK_SLACK;
}

/* Longer texts are truncated; Windows allows 255 characters in a name. */
#define COVERAGE_NAME_MAX ((size_t)1024)

#define COVERAGE_NOTES_MAX ((size_t)10000)

/* Successive records of a log with consecutive EventRecordIDs. Times are
 * FILETIMEs; 0: no record has one. */
struct coverage_run {
	uint64_t n;
	/* EventRecordID of the first record; 0: the records have no id. */
	uint64_t first_id;
	uint64_t last_id;
	/* Times of the first and the last record, in the order of the log. */
	uint64_t first;
	uint64_t last;
	uint64_t least; /* the earliest and the latest time of the records */
	uint64_t most;
};

/* An event that reports that a log was cleared: 1102 in Security, 104 in
 * System. */
struct coverage_cleared {
	uint64_t event_id;
	uint64_t record_id;
	uint64_t time;
	struct span log; /* the channel that was cleared, may be empty */
	struct span by;  /* the account that cleared it, may be empty */
};

/* The log, the source and the position of records. */
struct coverage_place {
	struct span channel;
	struct span computer;
	uint64_t source;  /* number of the source */
	struct span name; /* name of the source */
	uint64_t offset;  /* offset of the first record in the source */
};

enum coverage_kind { COVERAGE_CLEARED, COVERAGE_JUMP };

/* Something that happened to a log: it was cleared, or its clock set back. The
 * texts belong to the coverage. */
struct coverage_note {
	enum coverage_kind kind;
	const char *channel; /* channel of the log */
	const char *computer;
	uint64_t source;  /* number of the source */
	const char *name; /* name of the source */
	uint64_t offset;  /* offset of the record in the source */
	uint64_t event_id;
	uint64_t record_id;
	uint64_t time;
	uint64_t before; /* COVERAGE_JUMP only: time of the previous record */
	/* COVERAGE_CLEARED only: see struct coverage_cleared. */
	const char *log;
	const char *by;
};

/* The texts of a note that is not in a coverage yet. */
struct coverage_note_texts {
	struct span name;
	struct span log;
	struct span by;
};

struct coverage_log {
	/* Name of the channel; equal names have the same pointer. */
	const char *channel;
	const char *computer;
	uint64_t records;
	uint64_t without_id;
	uint64_t cleared;
	uint64_t jumps;
	/* Earliest and latest time of the records; 0: no record has a time. */
	uint64_t first_time;
	uint64_t last_time;
	struct ranges ids;
	/* Id and time of the previous record of the source. */
	uint64_t before_id;
	uint64_t before_time;
	/* Number of gaps that logs.ndjson lists; these are the largest gaps. */
	size_t listed;
};

/* Only the files coverage_*.c use the members. */
struct coverage {
	/* Strings of channels and computers, each stored once. */
	struct arena names;
	const char **name;
	size_t n_names;
	size_t cap_names;
	struct hash_index name_index;
	struct coverage_log *logs;
	size_t n_logs;
	size_t cap_logs;
	struct hash_index log_index;
	size_t n_ranges;    /* approximate number of id ranges of all logs */
	struct arena texts; /* strings of the notes */
	struct coverage_note *notes;
	size_t n_notes;
	size_t cap_notes;
	/* Indexes of the logs, sorted by name; NULL before coverage_end(). */
	size_t *order;
};

enum rc coverage_create(struct coverage **cp, struct err *e);
void coverage_destroy(struct coverage *c); /* takes NULL */

/* Add records, or a cleared log, to the coverages of the run and of its
 * source. */
enum rc coverage_add(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_run *records,
    struct err *e);
enum rc coverage_clear(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_cleared *what,
    struct err *e);

/* Sort logs and notes for the functions below, after the last record. */
enum rc coverage_end(struct coverage *c, struct err *e);

struct coverage_log_view {
	const char *channel;
	const char *computer;
	uint64_t records;
	uint64_t without_id;
	uint64_t first_id; /* first EventRecordID; 0: no record has one */
	uint64_t last_id;
	uint64_t gaps;
	uint64_t missing;
	uint64_t repeated;
	uint64_t cleared;
	uint64_t jumps;
	/* Earliest time of the records; 0: no record has a time. */
	uint64_t first_time;
	uint64_t last_time;
};

/* Get the i-th log in the order of names; false if there are fewer logs. */
bool coverage_log(
    const struct coverage *c, size_t i, struct coverage_log_view *v);

/* The i-th note in the order of logs, sources and offsets; NULL if there are
 * fewer notes. At most COVERAGE_NOTES_MAX notes are kept; the counts of a log
 * include the others. */
const struct coverage_note *coverage_note(const struct coverage *c, size_t i);

/* For coverage_json.c and coverage_state.c: the log with these names, which is
 * added if it is new. If there are too many logs, the log "*". The pointer is
 * valid until the next call. */
enum rc coverage_find(struct coverage *c, struct span channel,
    struct span computer, struct coverage_log **log, struct err *e);

/* For the same files: add a note of a log, with copies of the texts, unless
 * there are too many notes. */
enum rc coverage_add_note(struct coverage *c, const struct coverage_log *log,
    const struct coverage_note *note, const struct coverage_note_texts *texts,
    struct err *e);

#endif
