/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes lines from decoded records: selects, renders and counts them.
 *
 * What depends only on a record's tree (the places of its fields, the test and
 * the plans) is compiled once and kept in the slot that the decoder provides
 * for the tree.
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
    "an account has a count for every verdict");

struct recorder_options {
	const struct schema *schema;
	const struct select *select;
	struct schema_options line;
	/* Value of the column CaseId_CF; NULL: rows do not have it. */
	const char *case_id;
	bool keys; /* set lines.keys for all lines, to find duplicates */
	bool event_counts; /* count all records in lines.event_counts */
	bool sids; /* also count the accounts (SIDs) that records name */
};

struct recorder;

enum rc recorder_create(
    struct recorder **rp, const struct recorder_options *o, struct err *e);
void recorder_destroy(struct recorder *r);

/* Set the chunk of the next records and its provenance, whose offset is that of
 * the chunk in the source. The chunk and what `chunk` points to must stay valid
 * until the next call. */
void recorder_from(struct recorder *r, const struct provenance *chunk,
    const struct chunk *bytes);

/* Set the channel patterns that match the log which contains the next records;
 * see select_worker_log(). */
void recorder_log(struct recorder *r, const struct program_channels *log);

/* Free what the recorder keeps in a slot, for struct decoder_options. */
void recorder_drop(void *kept);

/* Append the line of a decoded record and count it as emitted, or count the
 * record as filtered. RC_SKIP: the record cannot be rendered and e says why; it
 * is neither appended nor counted. RC_RETRY: the record is System-only, and the
 * whole record is needed. */
enum rc recorder_add(struct recorder *r, const struct record *record,
    struct lines *out, struct err *e);

/* Fill in the keys that are not computed yet. Call it after the last record of
 * these lines. */
enum rc recorder_settle(struct recorder *r, struct lines *out, struct err *e);

#endif
