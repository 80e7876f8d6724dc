/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of NDJSON in the order of their records, with the account of these
 * records and what is known of each line: the result of one job.
 */
#ifndef CONVERT_LINES_H
#define CONVERT_LINES_H

#include "coverage/event_counts.h"
#include "coverage/job_coverage.h"
#include "stage/account.h"
#include "util/buf.h"
#include "util/keyset.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)

/* A line without a time before the first record that has one: its time is
 * filled in later. */
struct line_patch {
	size_t at;        /* in text */
	uint64_t written; /* time of the record header: the last resort */
};

/* The RecordKey of a line, to find duplicates. */
struct line_key {
	struct key_entry entry;
	size_t at;          /* where the line begins */
	bool none;          /* the record has no key: it is never a duplicate */
	bool other_channel; /* see the account */
	enum keyset_answer answer; /* AGAIN: the line was removed */
};

/* Lines in the order of their records, and the account of those records. */
struct lines {
	struct buf text;
	struct buf
	    spilled;     /* long values of theirs: value_limit_next_spilled() */
	size_t limit;    /* text may not grow beyond this: see lines_limit() */
	size_t rendered; /* bytes since lines_limit(), dropped lines too */
	struct account account;
	struct job_coverage job_coverage; /* of all records, selected or not, */
	struct event_counts event_counts; /* and this, where it is asked for */
	uint64_t first_time; /* of the first and the last record with one */
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

/* The lines are not needed any more: give back memory that ordinary jobs do not
 * need. */
void lines_trim(struct lines *l);

/* A chunk begins: its lines may have n bytes. lines.rendered counts from here,
 * including lines that are dropped because of their length. */
void lines_limit(struct lines *l, size_t n);

/* Fill in the missing times. `before` is the time of the last record before
 * these lines; 0: there is none. */
void lines_patch(struct lines *l, uint64_t before);

/* Write a time over a placeholder, which has no room for years of five
 * digits. */
void lines_put_time(struct lines *l, size_t at, uint64_t time);

/* Let lines_patch() write a time there. False without memory. */
bool lines_add_patch(struct lines *l, size_t at, uint64_t written);

/* Add an entry for the line that is written next; its key is filled in
 * later. */
enum rc lines_add_key(struct lines *l, bool none, struct err *e);

#endif
