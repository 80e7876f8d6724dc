/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From decoded records to lines: select, render, account.
 *
 * What depends on a record's tree alone (where its fields are, the test, the
 * plans) is made once and kept in the slot that the decoder lends for it.
 */
#ifndef CONVERT_RECORD_H
#define CONVERT_RECORD_H

#include "convert/survey.h"
#include "convert/tally.h"
#include "evtx/decoder.h"
#include "schema/key.h"
#include "schema/origin.h"
#include "schema/schema.h"
#include "select/select.h"
#include "stage/account.h"
#include "util/keyset.h"

#define LINE_MAX_BYTES ((size_t)4 << 20)

_Static_assert((int)SELECT_VERDICTS <= (int)ACCOUNT_REASONS,
    "an account has a term for every verdict");

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
	struct buf spilled; /* long values of theirs: longfield_next() */
	size_t limit;    /* text may not grow beyond this: see lines_limit() */
	size_t rendered; /* bytes since lines_limit(), dropped lines too */
	struct account account;
	struct tally tally;   /* of all records, selected or not, */
	struct survey survey; /* and this, where it is asked for */
	uint64_t first_time;  /* of the first and the last record with one */
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

/* A chunk begins: its lines have at most n bytes. What is rendered for it has a
 * maximum as well, lines that are dropped because of their length included. */
void lines_limit(struct lines *l, size_t n);

/* Fill in the times that are missing: `before` is the time of the last record
 * before these, 0 if there is none. */
void lines_patch(struct lines *l, uint64_t before);

struct recorder_options {
	const struct schema *schema;
	const struct select *select;
	struct schema_options line;
	const char *case_id; /* or NULL */
	bool keys;           /* of all lines, in lines.keys */
	bool survey;         /* of all records, in lines.survey */
};

struct recorder;

enum rc recorder_create(
    struct recorder **rp, const struct recorder_options *o, struct err *e);
void recorder_destroy(struct recorder *r);

/* The chunk that the next records are from: its offset, not theirs. What it
 * points to, and the chunk, stay the caller's until the next call. */
void recorder_from(
    struct recorder *r, const struct origin *chunk, const struct chunk *bytes);

/* The log that the next records lie in; see select_worker_log(). */
void recorder_log(struct recorder *r, const struct program_channels *log);

/* For struct decoder_options: frees what was kept in a slot. */
void recorder_drop(void *kept);

/* Put one decoded record into exactly one account: a line is appended, or it
 * is filtered. RC_SKIP: it cannot be rendered, and e says why; nothing was
 * appended. RC_RETRY: its outline is not enough to tell. */
enum rc recorder_add(struct recorder *r, const struct record *record,
    struct lines *out, struct err *e);

#endif
