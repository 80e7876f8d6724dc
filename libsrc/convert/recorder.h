/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From decoded records to lines: select, render, count.
 *
 * What depends only on a record's tree (the places of its fields, the test and
 * the plans) is compiled once and kept in the slot that the decoder lends for
 * it.
 */
#ifndef CONVERT_RECORDER_H
#define CONVERT_RECORDER_H

#include "convert/lines.h"
#include "evtx/decoder.h"
#include "schema/event_key.h"
#include "schema/provenance.h"
#include "schema/schema.h"
#include "select/select.h"

_Static_assert((int)SELECT_VERDICTS <= (int)ACCOUNT_REASONS,
    "an account has a term for every verdict");

struct recorder_options {
	const struct schema *schema;
	const struct select *select;
	struct schema_options line;
	const char *case_id; /* or NULL */
	bool keys;           /* of all lines, in lines.keys */
	bool event_counts;   /* of all records, in lines.event_counts, */
	bool sids;           /* and of the accounts that they name */
};

struct recorder;

enum rc recorder_create(
    struct recorder **rp, const struct recorder_options *o, struct err *e);
void recorder_destroy(struct recorder *r);

/* The chunk that the next records are from; its offset is that of the chunk.
 * What it points to, and the chunk, stay the caller's until the next call. */
void recorder_from(struct recorder *r, const struct provenance *chunk,
    const struct chunk *bytes);

/* The log that the next records lie in; see select_worker_log(). */
void recorder_log(struct recorder *r, const struct program_channels *log);

/* For struct decoder_options: frees what is kept in a slot. */
void recorder_drop(void *kept);

/* Count one decoded record in exactly one term of the account: a line is
 * appended, or it is filtered. RC_SKIP: it cannot be rendered, e says why, and
 * nothing is appended. RC_RETRY: more than its System is needed. */
enum rc recorder_add(struct recorder *r, const struct record *record,
    struct lines *out, struct err *e);

/* To be called after the last record of these lines: fills in the last key. */
enum rc recorder_settle(struct recorder *r, struct lines *out, struct err *e);

#endif
