/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records say of the logs that they are from: a log is one channel of one
 * computer. Of each it is known which EventRecordIDs are there and which are
 * missing between them, when the first and the last of its events happened, how
 * often its clock went back and when it was cleared.
 *
 * There is one census of the run, which becomes logs.ndjson, and one of each
 * source while the source is being read: the clock of a log is compared from
 * record to record of one source.
 *
 * All records that could be read count, whether they are selected or not; old
 * ones from free space do not.
 */
#ifndef STAGE_CENSUS_H
#define STAGE_CENSUS_H

#include <stdbool.h>

#include "util/ranges.h"
#include "util/save.h"
#include "util/span.h"

/* A larger id is none: Windows counts from 1, and JSON's numbers are exact so
 * far. */
#define CENSUS_ID_MAX ((UINT64_C(1) << 53) - 1)

/* The clock went back if an event is so much older than the one with the id
 * before it, in 100 ns. Less is how processors race for the next id. */
#define CENSUS_CLOCK_SLACK (60 * UINT64_C(10000000))

static inline bool
census_clock_back(uint64_t before, uint64_t time)
{
	return time != 0 && before > CENSUS_CLOCK_SLACK &&
	       time < before - CENSUS_CLOCK_SLACK;
}

/* Texts are cut there: a name has at most 255 characters. */
#define CENSUS_NAME_MAX ((size_t)1024)

/* Records of a log, one behind the other, with consecutive ids. */
struct census_run {
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
struct census_cleared {
	uint64_t event_id;
	uint64_t record_id;
	uint64_t time;
	struct span log; /* that was cleared, and by whom; may be empty */
	struct span by;
};

/* How the copy of a log was made: an export numbers the record headers anew and
 * gives each the time of the event behind it; a raw copy does not. A collector
 * numbers what computers forward to it, too, which then come in turns. */
struct census_copy {
	uint64_t records;    /* with an EventRecordID */
	uint64_t ids_differ; /* from that of the record header */
	uint64_t pairs;      /* records with a record before, both with times */
	uint64_t times_shift; /* the header before has this event's time */
	uint64_t turns;       /* records of another log than the one before */
};

void census_copy_add(struct census_copy *to, const struct census_copy *from);
/* "exported", "exported or forwarded", "raw", or NULL without records that
 * tell. */
const char *census_copy_name(const struct census_copy *c);

struct census;
struct cJSON;

enum rc census_create(struct census **cp, struct err *e);
void census_destroy(struct census *c); /* takes NULL */

/* Where records are: the log's names, the source's number and name, the offset
 * of the first record in the source. */
struct census_place {
	struct span channel;
	struct span computer;
	uint64_t source;
	struct span name;
	uint64_t offset;
};

/* Add records to the census of the run and to that of their source. */
enum rc census_add(struct census *run, struct census *source,
    const struct census_place *at, const struct census_run *records,
    struct err *e);
enum rc census_clear(struct census *run, struct census *source,
    const struct census_place *at, const struct census_cleared *what,
    struct err *e);

/* Nothing more comes: it is put in order for what is below. */
enum rc census_end(struct census *c, struct err *e);

struct census_view {
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

enum census_kind { CENSUS_CLEARED, CENSUS_JUMP };

/* Something that happened to a log. */
struct census_note {
	enum census_kind kind;
	const char *channel; /* of the log */
	const char *computer;
	uint64_t source;  /* number */
	const char *name; /* of the source; the census's */
	uint64_t offset;
	uint64_t event_id;
	uint64_t record_id;
	uint64_t time;
	uint64_t before; /* time of the record before, of a jump */
	const char *log; /* the census's */
	const char *by;
};

/* After census_end(): the i-th log in the order of names, and the i-th thing
 * that happened, by log, source and offset; at most so many are kept, the
 * counts are of all. False, NULL: there are not so many. */
bool census_log(const struct census *c, size_t i, struct census_view *v);
const struct census_note *census_note(const struct census *c, size_t i);

/* The i-th log as a line of logs.ndjson has it, with `log_cleared` and
 * `clock_back` where there are any; NULL: there are not so many. */
struct cJSON *census_json(const struct census *c, size_t i);
/* Add the logs of the run to an object, as `logs`. */
void census_json_run(const struct census *c, struct cJSON *object);
/* Add `logs`, and where there are any `log_cleared` and `clock_jumps`, to the
 * object of the source that this is the census of. */
void census_json_source(const struct census *c, struct cJSON *object);

/* Add what a line of logs.ndjson says. */
enum rc census_read(struct census *c, const struct cJSON *line, struct err *e);

/* All of it, as part of a checkpoint. */
enum rc census_save(struct census *c, struct save *s, struct err *e);

#endif
