/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checkpoint: which batches there are and what became of each.
 *
 * One SQLite file per target, or tables inside the target database itself. It
 * is locked as long as it is open, by a lock that dies with the process. What
 * was committed survives a crash; what does not hold together is refused
 * (WHY_CORRUPT), never started anew.
 *
 * The life of a batch:
 *
 *   PLANNED -> SENT -> ACKED
 *                   -> PLANNED     the answer says: later
 *                   -> SPLIT       replaced by two planned halves
 *                   -> REFUSED     for good, with the server's words
 *
 * SENT is committed before the first byte goes out, so a batch that is found
 * SENT when the state is opened may have arrived: it is *ambiguous*, is sent
 * again, and stays marked for ever. A batch keeps its bounds for ever.
 */
#ifndef CHECKPOINT_CHECKPOINT_H
#define CHECKPOINT_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

struct sqlite3;
struct checkpoint;

enum batch_status {
	BATCH_PLANNED,
	BATCH_SENT,
	BATCH_ACKED,
	BATCH_REFUSED,
	BATCH_SPLIT,
};

struct checkpoint_place {
	const char *file;   /* the database */
	const char *lock;   /* the file to lock; may be the database */
	const char *target; /* what it is for; refused for another */
	bool embedded;      /* our tables live in the target's database */
};

struct batch {
	int64_t id;
	int64_t segment; /* as scope_add_segment() numbered it */
	uint64_t offset;
	uint64_t length;
	uint64_t records;
	uint8_t key[DIGEST_BYTES];
	enum batch_status status;
	bool ambiguous;   /* an answer was lost: may be there twice */
	uint64_t already; /* records the target had before */
	uint64_t refused; /* records of it refused for good */
	uint64_t
	    repeated; /* records with the key of another of their staging */
	uint64_t conflicts; /* of already and repeated: with another row */
	int64_t stamp;      /* the time that its rows carry; 0: their own */
};

/* Open, creating what is not there, and lock. WHY_LOCKED: another loader has
 * it. WHY_USAGE: it belongs to another target; one to which nothing can have
 * been delivered is forgotten for the new. Close takes NULL. */
enum rc checkpoint_open(const struct checkpoint_place *where,
    struct checkpoint **sp, struct err *e);

/* Open what is there to look at it, without a lock and without writing, also
 * where nothing can be written; RC_END if there is no state yet. */
enum rc checkpoint_open_read_only(const struct checkpoint_place *where,
    struct checkpoint **sp, struct err *e);
void checkpoint_close(struct checkpoint *s);

/* The connection, for a sink whose rows live in the same database. */
struct sqlite3 *checkpoint_db(struct checkpoint *s);

/* Everything between begin and commit is there whole or not at all. */
enum rc checkpoint_begin(struct checkpoint *s, struct err *e);
enum rc checkpoint_commit(struct checkpoint *s, struct err *e);
void checkpoint_rollback(struct checkpoint *s);

/* --- what belongs to it -------------------------------------------------- */

struct scope_staging {
	const char *digest; /* of its manifest */
	const char *schema;
	const char *name;
	bool join; /* add it to a state that knows others */
	/* Whether it had that digest before it was added to, or NULL. */
	bool (*grew_from)(const void *arg, const char *digest);
	const void *arg;
};

/* Make a staging part of this run. WHY_USAGE if the state was made for other
 * stagings and this is not to join them. */
enum rc scope_add_staging(
    struct checkpoint *s, const struct scope_staging *staging, struct err *e);

/* The rows of an embedded checkpoint have keys of one version. Remember the
 * first one, refuse another with WHY_USAGE; 0 is not known and fits all. */
enum rc meta_check_key_version(
    struct checkpoint *s, uint64_t version, struct err *e);

struct scope_segment {
	int64_t id;
	bool planned; /* its batches are there already */
	bool again;   /* it was met before in this run */
};

/* Make a segment part of this run, by its digest. */
enum rc scope_add_segment(struct checkpoint *s, const char *sha256,
    struct scope_segment *out, struct err *e);

/* The id of a segment of this run by its digest, or RC_END. */
enum rc scope_find_segment(
    struct checkpoint *s, const char *sha256, int64_t *id, struct err *e);

/* --- batches ------------------------------------------------------------- */

/* The name of a range of bytes: SHA-256 of the segment's digest as hex, offset
 * and length as decimal text, NUL between them. */
enum rc batch_row_key(const char *sha256, const struct batch *b,
    uint8_t key[DIGEST_BYTES], struct err *e);

/* Add a planned batch of a segment with this digest; fills id and key. */
enum rc batch_add(
    struct checkpoint *s, const char *sha256, struct batch *b, struct err *e);

/* All batches of this run that were SENT without a recorded answer become
 * PLANNED and ambiguous; how many is in *n. */
enum rc batch_requeue_unanswered(
    struct checkpoint *s, uint64_t *n, struct err *e);

/* The first planned batch of this run with an id above `after`, or RC_END. */
enum rc batch_next(
    struct checkpoint *s, int64_t after, struct batch *out, struct err *e);

/* From now on batch_next() leaves out what is ambiguous. */
void batch_hold_ambiguous(struct checkpoint *s);

/* Batches of this run with records that were refused by the target become
 * PLANNED again, and their refusals are forgotten. each is called after each
 * batch with the number of records so far; anything but RC_OK from it ends the
 * work. One pass: the time grows with the number of batches. */
struct batch_requeue {
	enum rc (*each)(void *arg, uint64_t records, struct err *e);
	void *arg;
};

enum rc batch_requeue_refused(
    struct checkpoint *s, const struct batch_requeue *revival, struct err *e);

/* The first batch of a segment at or after an offset that is not there yet, or
 * RC_END. */
enum rc batch_next_of_segment(struct checkpoint *s, int64_t segment,
    uint64_t from, struct batch *out, struct err *e);

/* Write down what became of b: its status, ambiguous, and its counts. */
enum rc batch_update(
    struct checkpoint *s, const struct batch *b, struct err *e);

/* An attempt begins (with status SENT), and ends as told. */
struct batch_answer {
	const char *outcome;    /* acked, retry, split, refused, lost, ... */
	long http;              /* 0 if there was no answer */
	const char *text;       /* the server's words, or why there is none */
	const char *request_id; /* the server's, or NULL */
};

enum rc batch_begin_attempt(
    struct checkpoint *s, struct batch *b, struct err *e);
enum rc batch_end_attempt(struct checkpoint *s, const struct batch *b,
    const struct batch_answer *a, struct err *e);

/* A record that is refused for good, by its place. Not stored twice. */
struct batch_refusal {
	int64_t segment;
	uint64_t offset;
	uint64_t length;
	long http; /* 0: we refused it ourselves */
	const char *text;
	int64_t batch;
	const char *request_id; /* the server's, or NULL */
	const char *added;      /* when; set by us */
	const char *key;        /* of the batch as hex; set by us */
};

enum rc batch_add_refusal(
    struct checkpoint *s, const struct batch_refusal *r, struct err *e);

/* Call tell with the attempts of any run that began within the last seconds:
 * how many milliseconds ago, and how many bytes of lines they carried. */
enum rc history_recent_attempts(struct checkpoint *s, unsigned seconds,
    void (*tell)(void *arg, uint64_t age_ms, uint64_t bytes), void *arg,
    struct err *e);

/* The target asked that nothing goes out before this time (seconds since
 * 1970); 0: nothing such is known. */
enum rc meta_set_pause(struct checkpoint *s, int64_t until, struct err *e);
enum rc meta_get_pause(struct checkpoint *s, int64_t *until, struct err *e);

/* --- the whole ----------------------------------------------------------- */

struct totals_count {
	uint64_t batches;
	uint64_t records;
	uint64_t bytes;
};

struct totals {
	struct totals_count all; /* but those that were split */
	struct totals_count acked;
	struct totals_count left;
	struct totals_count ambiguous;
	struct totals_count doubtful; /* ambiguous and not acknowledged yet */
	struct totals_count refused;  /* whole batches */
	uint64_t split;               /* batches that were */
	uint64_t already;
	uint64_t repeated; /* same key as another of the run, or sent again */
	uint64_t conflicts;
	uint64_t refused_records;
	uint64_t attempts;
};

/* Of this run if a staging was given, else of everything. */
enum rc totals_read(struct checkpoint *s, struct totals *out, struct err *e);

/* One attempt to send a batch. Texts are "" where there is none. */
struct batch_attempt {
	const struct batch *batch;
	const char *sha256; /* of its segment */
	uint64_t number;    /* the batch's attempts count from 1 */
	const char *begun;  /* 2026-01-31T23:59:59.999Z */
	const char *ended;
	struct batch_answer answer;
};

/* Call each that is not NULL with the target, every staging, refusal (by
 * segment and offset), attempt (by time) or ambiguous batch of the state. Texts
 * live until it returns; anything but RC_OK from it ends the walk. */
struct history_visitor {
	enum rc (*target)(void *arg, const char *name);
	enum rc (*staging)(void *arg, const struct scope_staging *staging);
	enum rc (*refusal)(void *arg, const struct batch_refusal *r,
	    const char *sha256, struct err *e);
	enum rc (*attempt)(
	    void *arg, const struct batch_attempt *a, struct err *e);
	/* begun is that of its first attempt, ended that of its last; number
	 * is how many there were. */
	enum rc (*ambiguous)(
	    void *arg, const struct batch_attempt *a, struct err *e);
	void *arg;
};

enum rc history_visit(
    struct checkpoint *s, const struct history_visitor *each, struct err *e);

#endif
