/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of a job: lines of NDJSON in the order of their records, with the
 * record counts and the keys of the lines.
 */
#ifndef CONVERT_LINES_H
#define CONVERT_LINES_H

#include "coverage/event_counts.h"
#include "coverage/job_coverage.h"
#include "stage/account.h"
#include "util/buf.h"
#include "util/keyset.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)

/* A line of a record without a time, before the first record with a time. Its
 * time is filled in later. */
struct line_patch {
	size_t at; /* offset of the line's time in lines.text */
	/* Time in the record header, used if the line gets no better time. */
	uint64_t written;
};

/* The RecordKey of a line, to find duplicates. */
struct line_key {
	struct key_entry entry;
	size_t at; /* offset of the line in lines.text */
	bool none; /* the record has no key: it is never a duplicate */
	/* The record is counted in account.other_channels. */
	bool other_channel;
	/* Result of the search for duplicates; KEYSET_AGAIN: the line was
	 * removed. */
	enum keyset_answer answer;
};

/* Lines in the order of their records, and the counts of those records. */
struct lines {
	struct buf text;
	/* Long values of the lines, for value_limit_next_spilled(). */
	struct buf spilled;
	size_t limit; /* maximum length of `text` in bytes, see lines_limit() */
	/* Cost of making lines since lines_limit(), in bytes; includes dropped
	 * lines. */
	size_t rendered;
	struct account account;
	/* Both count all records, selected or not; event_counts only if it was
	 * requested. */
	struct job_coverage job_coverage;
	struct event_counts event_counts;
	/* Times of the first and the last record that has a time; 0: no record
	 * has one. */
	uint64_t first_time;
	uint64_t last_time;
	struct line_patch *patches;
	size_t n_patches;
	size_t cap_patches;
	struct line_key *keys;
	size_t n_keys;
	size_t cap_keys;
};

void lines_init(struct lines *l, size_t max);
void lines_free(struct lines *l);
void lines_clear(struct lines *l);

/* Free memory that ordinary jobs do not need. The lines may be lost. */
void lines_trim(struct lines *l);

/* Start a new chunk, whose lines may have n bytes. Sets lines.rendered to 0;
 * it also counts lines that are dropped because of their length. */
void lines_limit(struct lines *l, size_t n);

/* Fill in the missing times. `before` is the time of the previous record before
 * these lines; 0: it has none. */
void lines_patch(struct lines *l, uint64_t before);

/* Write a time over a placeholder. Times with a year of five digits do not fit
 * and become the time 0. */
void lines_put_time(struct lines *l, size_t at, uint64_t time);

/* Let lines_patch() write a time at this offset. False if memory is exhausted.
 */
bool lines_add_patch(struct lines *l, size_t at, uint64_t written);

/* Add a line_key for the line that is written next; the key itself is set
 * later. */
enum rc lines_add_key(struct lines *l, bool none, struct err *e);

#endif
