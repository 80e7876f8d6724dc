/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of all lines of a run, by which lines of records that come more than
 * once are removed (--dedupe).
 */
#ifndef CONVERT_DUPLICATE_RECORDS_H
#define CONVERT_DUPLICATE_RECORDS_H

#include "convert/dedupe.h"
#include "convert/job.h"
#include "schema/schema.h"
#include "stage/writer.h"
#include "util/state_codec.h"

struct duplicate_records;

struct duplicate_records_options {
	enum dedupe mode; /* DEDUPE_NONE: the functions below do nothing */
	size_t memory;    /* bytes of keys in memory */
	int dirfd;        /* of the state folder, or -1: */
	struct scratch *scratch; /* a folder for the rest; borrowed */
	bool journal;            /* the run can be resumed */
};

enum rc duplicate_records_create(struct duplicate_records **dp,
    const struct duplicate_records_options *o, struct err *e);
void duplicate_records_destroy(struct duplicate_records *d); /* takes NULL */

/* Remove the lines of duplicates from a job's results, and count them in the
 * accounts of the job and of its pieces. */
enum rc duplicate_records_remove(
    struct duplicate_records *d, struct job *j, struct err *e);

/* With DEDUPE_RUN: the rows of the staging that is added to come first. */
enum rc duplicate_records_add_base(struct duplicate_records *d,
    struct writer *out, const struct schema *schema, struct err *e);

/* Checkpoints; see convert/key_journal.h. */
enum rc duplicate_records_write_state(
    struct duplicate_records *d, struct state_writer *w, struct err *e);
enum rc duplicate_records_read_state(
    struct duplicate_records *d, struct state_reader *r, struct err *e);

#endif
