/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the records of a job say of the logs that they are from, whether they
 * are selected or not: runs of consecutive EventRecordIDs, per channel and
 * computer, and the events that tell of a log that was cleared. It is made by
 * a worker, a few instructions for a record, and put together by the main
 * thread (stage/census.h).
 */
#ifndef CONVERT_TALLY_H
#define CONVERT_TALLY_H

#include "event/system_fields.h"
#include "evtx/chunk.h"
#include "stage/census.h"

enum tally_name { TALLY_CHANNEL, TALLY_COMPUTER, TALLY_NAMES };

/* A channel of a computer, in the records of a job. */
struct tally_log {
	struct span name[TALLY_NAMES]; /* as UTF-8 */
	struct value raw[TALLY_NAMES]; /* and as its first record has them */
	size_t run; /* the one that goes on, counted from 1 */
};

/* Records of a log with consecutive ids and a clock that does not go back. */
struct tally_run {
	size_t log;
	size_t offset; /* of the first record, as tally_at() says */
	struct census_run run;
};

/* A log that was cleared. */
struct tally_note {
	size_t log;
	size_t offset;
	struct census_cleared what; /* its texts are the tally's */
};

struct tally {
	uint64_t epoch; /* goes on when it is cleared */
	size_t at;      /* see tally_at() */
	struct tally_log *logs;
	size_t n_logs;
	size_t cap_logs;
	size_t *slots; /* a hash table: numbers of logs, from 1 */
	size_t n_slots;
	size_t rest; /* the log of those beyond the maximum, from 1; 0: none */
	struct tally_run *runs;
	size_t n_runs;
	size_t cap_runs;
	struct tally_note *notes;
	size_t n_notes;
	size_t cap_notes;
	struct arena texts;
	struct buf text; /* for one at a time */
	struct census_copy copy;
	uint64_t first_id; /* of the piece's records with one; 0: none */
	uint64_t last_id;
	size_t log;           /* of the record before in the piece, from 1 */
	uint64_t header_time; /* of its header, and its own time */
	uint64_t time;
	bool failed; /* there was no memory */
};

/* What is known of all records of a tree: zeroed when it is new. */
struct tally_place {
	const struct tally *of; /* the log below is this one's, */
	uint64_t epoch;         /* when it had this epoch */
	size_t log;             /* of the record before */
	bool known;             /* whether the two below are */
	bool fixed;             /* channel and computer are the tree's */
	bool watched; /* its provider is one that tells of cleared logs */
};

/* A record that is counted. */
struct tally_record {
	const struct system_fields *head;
	const struct tree *tree;
	const struct chunk_record *header;
	uint64_t time; /* 0: it has none */
};

void tally_init(struct tally *t);
void tally_free(struct tally *t);
void tally_clear(struct tally *t);

/* The next records are of a piece at that place in the job. */
void tally_at(struct tally *t, size_t at);

/* Whether more than the System of this record is to be told. */
bool tally_wants_whole(struct tally_place *p, const struct system_fields *head,
    const struct tree *tree);

void tally_add(
    struct tally *t, struct tally_place *p, const struct tally_record *r);

#endif
