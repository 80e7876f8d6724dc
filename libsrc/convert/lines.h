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

/* A line whose time is to be filled in: it came before the first record that
 * has one. */
struct line_patch {
	size_t at;        /* in text */
	uint64_t written; /* the record header's time, if all else fails */
};

/* The RecordKey of a line, to find records that come more than once. */
struct line_key {
	struct key_entry entry;
	size_t at;          /* where the line begins */
	bool none;          /* the record has no key: it is never a duplicate */
	bool other_channel; /* see the account */
	enum keyset_answer answer; /* AGAIN: the line was taken out */
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

/* A chunk begins: its lines have at most n bytes. What is rendered for it has a
 * maximum as well, lines that are dropped because of their length included. */
void lines_limit(struct lines *l, size_t n);

/* Fill in the times that are missing: `before` is the time of the last record
 * before these, 0 if there is none. */
void lines_patch(struct lines *l, uint64_t before);

/* Write a time over room that was kept for one. Years of five digits, which no
 * clock has shown yet, have no room there. */
void lines_put_time(struct lines *l, size_t at, uint64_t time);

/* lines_patch() will write a time there; false without memory. */
bool lines_add_patch(struct lines *l, size_t at, uint64_t written);

/* An entry for the line that is about to be written; its key is filled in
 * later. */
enum rc lines_add_key(struct lines *l, bool none, struct err *e);

#endif
