/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records say of the logs that they are from: a log is one channel of one
 * computer. Of each it is known which EventRecordIDs are there and which are
 * missing between them, when the first and the last of its events happened, how
 * often its clock went back and when it was cleared.
 *
 * There is one coverage of the run, which becomes logs.ndjson, and one of each
 * source while the source is being read: the clock of a log is compared from
 * record to record of one source.
 *
 * All records that could be read count, whether they are selected or not; old
 * ones from free space do not.
 */
#ifndef COVERAGE_COVERAGE_H
#define COVERAGE_COVERAGE_H

#include <stdbool.h>

#include "stage/scan_lines.h"
#include "util/ranges.h"
#include "util/save.h"
#include "util/span.h"

/* A larger id is none: Windows counts from 1, and JSON's numbers are exact so
 * far. */
#define COVERAGE_ID_MAX ((UINT64_C(1) << 53) - 1)

/* The clock went back if an event is so much older than the one with the id
 * before it, in 100 ns. Less is how processors race for the next id. */
#define COVERAGE_CLOCK_SLACK (60 * UINT64_C(10000000))

static inline bool
coverage_clock_back(uint64_t before, uint64_t time)
{
	return time != 0 && before > COVERAGE_CLOCK_SLACK &&
	       time < before - COVERAGE_CLOCK_SLACK;
}

/* Texts are cut there: a name has at most 255 characters. */
#define COVERAGE_NAME_MAX ((size_t)1024)

/* Records of a log, one behind the other, with consecutive ids. */
struct coverage_run {
	uint64_t n;
	uint64_t first_id; /* 0: they have none, */
	uint64_t last_id;
	uint64_t first; /* times of the first and of the last; 0: none */
	uint64_t last;
	uint64_t least;
	uint64_t most;
};

/* The event that says that a log was cleared: 1102 of Security, 104 of
 * System. */
struct coverage_cleared {
	uint64_t event_id;
	uint64_t record_id;
	uint64_t time;
	struct span log; /* that was cleared, and by whom; may be empty */
	struct span by;
};

struct coverage;
struct cJSON;

enum rc coverage_create(struct coverage **cp, struct err *e);
void coverage_destroy(struct coverage *c); /* takes NULL */

/* Where records are: the log's names, the source's number and name, the offset
 * of the first record in the source. */
struct coverage_place {
	struct span channel;
	struct span computer;
	uint64_t source;
	struct span name;
	uint64_t offset;
};

/* Add records to the coverage of the run and to that of their source. */
enum rc coverage_add(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_run *records,
    struct err *e);
enum rc coverage_clear(struct coverage *run, struct coverage *source,
    const struct coverage_place *at, const struct coverage_cleared *what,
    struct err *e);

/* Nothing more comes: it is put in order for what is below. */
enum rc coverage_end(struct coverage *c, struct err *e);

struct coverage_log_view {
	const char *channel;
	const char *computer;
	uint64_t records;
	uint64_t without_id;
	uint64_t first_id; /* 0: none has an id */
	uint64_t last_id;
	uint64_t gaps;
	uint64_t missing;
	uint64_t repeated;
	uint64_t cleared;
	uint64_t jumps;
	uint64_t first_time; /* 0: none has one */
	uint64_t last_time;
};

enum coverage_kind { COVERAGE_CLEARED, COVERAGE_JUMP };

/* Something that happened to a log. */
struct coverage_note {
	enum coverage_kind kind;
	const char *channel; /* of the log */
	const char *computer;
	uint64_t source;  /* number */
	const char *name; /* of the source; the coverage's */
	uint64_t offset;
	uint64_t event_id;
	uint64_t record_id;
	uint64_t time;
	uint64_t before; /* time of the record before, of a jump */
	const char *log; /* the coverage's */
	const char *by;
};

/* After coverage_end(): the i-th log in the order of names, and the i-th thing
 * that happened, by log, source and offset; at most so many are kept, the
 * counts are of all. False, NULL: there are not so many. */
bool coverage_log(
    const struct coverage *c, size_t i, struct coverage_log_view *v);
const struct coverage_note *coverage_note(const struct coverage *c, size_t i);

/* The i-th log as a line of logs.ndjson has it, with `log_cleared` and
 * `clock_back` where there are any; NULL: there are not so many. */
struct cJSON *coverage_json(const struct coverage *c, size_t i);
/* Add the logs of the run to an object, as `logs`. */
void coverage_json_run(const struct coverage *c, struct cJSON *object);
/* Add `logs`, and where there are any `log_cleared` and `clock_jumps`, to the
 * object of the source that this is the coverage of. */
void coverage_json_source(const struct coverage *c, struct cJSON *object);

/* Add what a line of logs.ndjson says. */
enum rc coverage_json_read(
    struct coverage *c, const struct cJSON *line, struct err *e);
/* The same as a visitor for scan_lines(). */
enum rc coverage_json_read_line(
    void *coverage, const struct scan_line *line, struct err *e);

/* All of it, as part of a checkpoint. */
enum rc coverage_save(struct coverage *c, struct save *s, struct err *e);

#endif
