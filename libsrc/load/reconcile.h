/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves that everything arrived. An acknowledged request is no proof of
 * storage: load_push() knows what the service said, reconcile_run() what it
 * has.
 *
 * Offline it writes beside the checkpoint what a workspace must have:
 *
 *   expected.json   rows and different keys of each batch, and of each
 *                   computer, channel and hour
 *   reconcile.kql   queries that list what is missing and what is double
 *
 * With a workspace it reads the keys that are there, page by page, compares
 * them with those of the stagings, and writes
 *
 *   reconcile.json  what is missing, double or altered, by batch and key
 *
 * Records are missing if the workspace has fewer rows of their key than the
 * stagings have records; then all records of that key count, since nothing
 * tells which of them are there. A key is double if there are more rows. It is
 * altered if there are enough rows, but one of them has a content that was not
 * staged, or a record has its content in none of them (load/row_content.h).
 */
#ifndef LOAD_RECONCILE_H
#define LOAD_RECONCILE_H

#include "load/load.h"

struct reconcile_options {
	const char *workspace;      /* its id; NULL: offline */
	const char *query_endpoint; /* NULL: that of the cloud */
	const char *table;          /* NULL: as stream and schema say */
	const char *content; /* columns to compare (row_content.h), or NULL */
	bool resend;         /* send what is missing */
	uint64_t settle_ms;  /* counts must not change for so long */
};

struct reconcile_report {
	uint64_t rows;    /* records that must be there */
	uint64_t keyless; /* of rows: without a key, so not provable */
	uint64_t refused; /* refused for good, so not expected */
	/* Of the last comparison: */
	bool compared;
	bool content;     /* content was compared, too */
	bool settled;     /* the counts had stopped changing */
	uint64_t there;   /* records that are there */
	uint64_t missing; /* records */
	uint64_t doubles; /* keys */
	uint64_t extra;   /* rows of those keys beyond the expected ones */
	uint64_t altered; /* keys; 0 unless content is compared */
	uint64_t others;  /* keys of other loads */
	uint64_t resent;  /* records sent by this run */
	uint64_t closed;  /* open batches that were acknowledged */
	uint64_t kept; /* open batches that were not: they have records without
			* a key */
	uint64_t requests; /* to the query API */
};

/* The run's target names the checkpoint and, to resend, the service. The
 * checkpoint is only read unless records are sent.
 *
 *   RC_OK             see the report, which may have missing records
 *   RC_RETRY          temporary, or the counts kept changing: call again
 *   RC_FATAL          as of load_push() */
enum rc reconcile_run(const struct load_run *run,
    const struct reconcile_options *o, struct reconcile_report *report,
    struct err *e);

#endif
