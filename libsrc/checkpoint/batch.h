/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batches of a checkpoint. A batch is a range of whole lines of a segment
 * that is loaded as one.
 *
 *   PLANNED -> SENT -> ACKED
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

/* The numbers are stored in the database. */
enum batch_status {
	BATCH_PLANNED,
	BATCH_SENT,
	BATCH_ACKED,
	BATCH_REFUSED,
	BATCH_SPLIT,
};

struct batch {
	int64_t id;      /* ascends in the order of the plan */
	int64_t segment; /* the id of scope_add_segment() */
	uint64_t offset; /* in the segment, bytes */
	uint64_t length;
	uint64_t records;
	uint8_t key[DIGEST_BYTES]; /* the same for the same range */
	enum batch_status status;
	bool ambiguous; /* an answer was lost: its rows may be doubled */
	/* Records: */
	uint64_t already;   /* that the target had before */
	uint64_t refused;   /* refused for good */
	uint64_t repeated;  /* with the key of another one of their staging */
	uint64_t conflicts; /* of already and repeated: with another row */
	int64_t stamp; /* the time that its rows carry; 0: their own time */
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

/* From now on batch_next() skips ambiguous batches. */
void batch_skip_ambiguous(struct checkpoint *c);

/* The first batch of a segment at or after an offset that is planned or sent;
 * RC_END if there is none. */
enum rc batch_next_of_segment(struct checkpoint *c, int64_t segment,
    uint64_t from, struct batch *out, struct err *e);

/* The batch that has this offset of the segment with this SHA-256, whether or
 * not the run has the segment; RC_END if there is none. */
enum rc batch_at(struct checkpoint *c, const char *sha256, uint64_t offset,
    struct batch *out, struct err *e);

/* All batches of the segment with this SHA-256 but split ones, by offset; none
 * if the checkpoint does not have the segment. free() the array. */
enum rc batch_list(struct checkpoint *c, const char *sha256, struct batch **out,
    size_t *n, struct err *e);

/* Make all batches of this run that are SENT planned and ambiguous. *n is their
 * number. */
enum rc batch_requeue_unanswered(
    struct checkpoint *c, uint64_t *n, struct err *e);

/* Make all batches of this run with records that the target refused planned
 * again and remove these refusals. each() is called after each batch with the
 * number of records so far; a result other than RC_OK ends the work. The table
 * is read once. */
struct batch_requeue {
	enum rc (*each)(void *arg, uint64_t records, struct err *e);
	void *arg;
};

enum rc batch_requeue_refused(
    struct checkpoint *c, const struct batch_requeue *requeue, struct err *e);

/* --- attempts and refusals ----------------------------------------------- */

/* Make the batch SENT and store the start of an attempt. */
enum rc batch_begin_attempt(
    struct checkpoint *c, struct batch *b, struct err *e);

struct batch_answer {
	const char *outcome;    /* acked, retry, split, refused, lost, ... */
	long http;              /* the status; 0 if there was no answer */
	const char *text;       /* the server's message, or why there is none */
	const char *request_id; /* the server's, or NULL */
};

/* Store the end of the batch's open attempt. */
enum rc batch_end_attempt(struct checkpoint *c, const struct batch *b,
    const struct batch_answer *a, struct err *e);

/* A record that is refused for good. */
struct batch_refusal {
	int64_t segment;
	uint64_t offset; /* of the record in the segment */
	uint64_t length;
	long http; /* the status; 0: evtxload refused it itself */
	const char *text;
	int64_t batch;
	const char *request_id; /* the server's, or NULL */
	/* Set when it is read: */
	const char *added; /* the time */
	const char *key;   /* of the batch as hex */
};

/* Store a refusal, unless there is one for this offset. */
enum rc batch_add_refusal(
    struct checkpoint *c, const struct batch_refusal *r, struct err *e);

#endif
