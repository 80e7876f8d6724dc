/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batches of a checkpoint. A batch is a range of whole lines of a segment
 * that are sent together.
 *
 *   PLANNED -> SENT -> ACKED       accepted by the target
 *                   -> PLANNED     to be sent again later
 *                   -> SPLIT       replaced by two planned halves
 *                   -> REFUSED     for good, with the server's message
 *
 * SENT is committed before the first byte is sent. So a batch that is SENT when
 * the checkpoint is opened may have been delivered: it becomes *ambiguous*, is
 * sent again, and stays marked. The range of a batch never changes.
 */
#ifndef CHECKPOINT_BATCH_H
#define CHECKPOINT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

struct checkpoint;

/* The status of a batch. Its numbers are stored in the database and must not
 * change. */
enum batch_status {
	BATCH_PLANNED,
	BATCH_SENT,
	BATCH_ACKED,
	BATCH_REFUSED,
	BATCH_SPLIT,
};

struct batch {
	/* Number of the batch, ascending in the order of the plan. */
	int64_t id;
	int64_t segment; /* segment id from scope_add_segment() */
	uint64_t offset; /* offset of the batch in the segment, in bytes */
	uint64_t length; /* length of the batch in bytes */
	uint64_t records;
	uint8_t key[DIGEST_BYTES]; /* key of the batch, from batch_row_key() */
	enum batch_status status;
	/* An answer was lost: the target may have rows of the batch twice. */
	bool ambiguous;
	/* Number of records that were already in the target. */
	uint64_t already;
	uint64_t refused; /* number of records that were refused permanently */
	/* Number of records that have the key of another record of their
	 * staging. */
	uint64_t repeated;
	/* Number of records, of those counted in `already` and `repeated`,
	 * whose row differs from the stored row. */
	uint64_t conflicts;
	/* TimeGenerated of all rows of the batch in seconds since 1970; 0: each
	 * row keeps its own time. */
	int64_t stamp;
};

/* Add a planned batch of the segment with this SHA-256; sets its id and key. */
enum rc batch_add(
    struct checkpoint *c, const char *sha256, struct batch *b, struct err *e);

/* Store the status, ambiguous, the counts and the stamp of a batch. */
enum rc batch_update(
    struct checkpoint *c, const struct batch *b, struct err *e);

/* The first planned batch of this run with an id above `after`; RC_END if there
 * is none. */
enum rc batch_next(
    struct checkpoint *c, int64_t after, struct batch *out, struct err *e);

/* Let batch_next() skip ambiguous batches from now on. */
void batch_skip_ambiguous(struct checkpoint *c);

/* The first planned or sent batch of a segment at or after the offset `from`;
 * RC_END if there is none. */
enum rc batch_next_of_segment(struct checkpoint *c, int64_t segment,
    uint64_t from, struct batch *out, struct err *e);

/* The batch that contains this offset of the segment with this SHA-256, even if
 * the segment is not part of this run; RC_END if there is none. */
enum rc batch_at(struct checkpoint *c, const char *sha256, uint64_t offset,
    struct batch *out, struct err *e);

/* All batches of the segment with this SHA-256 except split ones, by offset;
 * none if the checkpoint does not have the segment. free() the array. */
enum rc batch_list(struct checkpoint *c, const char *sha256, struct batch **out,
    size_t *n, struct err *e);

/* Change all batches of this run that are SENT to PLANNED and ambiguous. *n is
 * set to their number. */
enum rc batch_requeue_unanswered(
    struct checkpoint *c, uint64_t *n, struct err *e);

struct batch_requeue {
	/* Called after each batch with the number of records so far; a result
	 * other than RC_OK ends the work. */
	enum rc (*each)(void *arg, uint64_t records, struct err *e);
	void *arg;
};

/* Change all batches of this run with records that the target refused to
 * PLANNED, and remove these refusals. The table is read once. */
enum rc batch_requeue_refused(
    struct checkpoint *c, const struct batch_requeue *requeue, struct err *e);

/* --- attempts and refusals ----------------------------------------------- */

/* Set the status to SENT and store the start of an attempt. */
enum rc batch_begin_attempt(
    struct checkpoint *c, struct batch *b, struct err *e);

struct batch_answer {
	/* Result of the attempt: acked, retry, split, refused, lost, ... */
	const char *outcome;
	long http;        /* HTTP status; 0 if there was no answer */
	const char *text; /* the server's message, or why there is no answer */
	/* Id that the server gave the request, or NULL. */
	const char *request_id;
};

/* Store the end of the batch's attempt that has no end yet. */
enum rc batch_end_attempt(struct checkpoint *c, const struct batch *b,
    const struct batch_answer *a, struct err *e);

/* A record that was refused permanently. */
struct batch_refusal {
	int64_t segment;
	uint64_t offset; /* offset of the record in the segment */
	uint64_t length; /* length of the record in bytes */
	long http; /* HTTP status; 0: evtxload refused the record itself */
	const char *text; /* why the record was refused */
	int64_t batch;    /* id of the batch */
	/* Id that the server gave the request, or NULL. */
	const char *request_id;
	/* Set by history_visit(), ignored by batch_add_refusal(): */
	const char *added; /* time at which the refusal was stored */
	const char *key;   /* key of the batch as hex */
};

/* Store a refusal, unless one is stored for this segment and offset. */
enum rc batch_add_refusal(
    struct checkpoint *c, const struct batch_refusal *r, struct err *e);

#endif
