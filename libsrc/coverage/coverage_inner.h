/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a coverage is made of, for coverage/coverage.c and
 * coverage/coverage_json.c.
 */
#ifndef COVERAGE_COVERAGE_INNER_H
#define COVERAGE_COVERAGE_INNER_H

#include "coverage/coverage.h"
#include "util/arena.h"

#define COVERAGE_NOTES_MAX ((size_t)10000)

struct coverage_log {
	char *channel; /* owned */
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

struct coverage {
	struct coverage_log *logs;
	size_t n_logs;
	size_t cap_logs;
	size_t *slots; /* numbers of logs, counted from 1, by their names */
	size_t n_slots;
	size_t n_ranges;    /* of all logs, about */
	size_t names_bytes; /* of all logs */
	struct arena texts; /* of the notes */
	struct coverage_note *notes;
	size_t n_notes;
	size_t cap_notes;
	size_t *order; /* numbers of logs by their names; NULL: not yet */
};

/* The log of these names, made if there is none yet; beyond the maximum it is
 * the one called "*". `*log` is its number. */
enum rc coverage_find(struct coverage *c, const struct coverage_place *at,
    size_t *log, struct err *e);

/* Append a note of a log, with texts of its own; beyond the maximum it is only
 * counted elsewhere. */
enum rc coverage_note_add(struct coverage *c, size_t log,
    const struct coverage_note *note, struct err *e);

#endif
