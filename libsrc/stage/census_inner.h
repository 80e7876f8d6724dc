/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a census is made of, for stage/census.c and stage/census_json.c.
 */
#ifndef STAGE_CENSUS_INNER_H
#define STAGE_CENSUS_INNER_H

#include "stage/census.h"
#include "util/arena.h"

#define CENSUS_NOTES_MAX ((size_t)10000)

/* A log, as one source has it, or the run. */
struct census_log {
	size_t source;
	char *channel; /* owned by the log of the run */
	char *computer;
	uint64_t records;
	uint64_t without_id;
	uint64_t cleared;
	uint64_t jumps;
	uint64_t first_time; /* least and largest; 0: none */
	uint64_t last_time;
	struct ranges ids;
	uint64_t before_id; /* of the record before, and its time */
	uint64_t before_time;
	size_t listed; /* so many gaps are listed, the largest ones */
};

struct census {
	struct census_log *logs;
	size_t n_logs;
	size_t cap_logs;
	size_t *slots; /* numbers of logs, counted from 1, by their names */
	size_t n_slots;
	size_t n_ranges;    /* of all logs, about */
	struct arena texts; /* of the notes */
	struct census_note *notes;
	size_t n_notes;
	size_t cap_notes;
	size_t *order; /* numbers of logs by source and name; NULL: not yet */
};

/* The log of the names in a source, made if there is none yet; `*made` is its
 * number. */
enum rc census_find(struct census *c, const struct census_place *at,
    size_t *made, struct err *e);

/* A text of a note; NULL without memory. */
const char *census_text(struct census *c, struct span text);

/* Append a note; beyond the maximum it is only counted elsewhere. */
enum rc census_note_add(
    struct census *c, const struct census_note *note, struct err *e);

/* The first in order that is of the source, or of one behind it. */
size_t census_first_log(const struct census *c, size_t source);
size_t census_first_note(const struct census *c, size_t source);

#endif
