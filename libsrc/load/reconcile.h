/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves that everything arrived. An acknowledged request does not prove that
 * records are stored: load_push() knows what the service answered,
 * reconcile_run() what the workspace has.
 *
 * Offline it writes beside the checkpoint what a workspace must have:
 *
 *   expected.json   rows and different keys of each batch, and of each
 *                   computer, channel and hour
 *   reconcile.kql   queries that list what is missing and what is double
 *
 * With a workspace it reads the keys of the table, page by page, compares them
 * with the keys of the stagings, and writes
 *
 *   reconcile.json  what is missing, double or altered, by batch and key
 *
 * Records are missing if the workspace has fewer rows of their key than the
 * stagings have records; then all records of that key count as missing, since
 * it is not known which of them arrived. A key is double if there are more
 * rows. It is altered if there are enough rows, but one of them has a content
 * that was not staged, or a record has its content in none of them
 * (load/row_content.h).
 */
#ifndef LOAD_RECONCILE_H
#define LOAD_RECONCILE_H

#include "load/load.h"

struct reconcile_options {
	const char *workspace; /* id of the workspace; NULL: no query is sent */
	/* URL of the query API; NULL: that of the target's cloud. */
	const char *query_endpoint;
	const char *table; /* name of the table; NULL: from stream and schema */
	/* Columns to compare, as in row_content.h; NULL: only keys. */
	const char *content;
	bool resend; /* send missing records */
	/* Time in ms for which the number of rows must not change. */
	uint64_t settle_ms;
};

struct reconcile_report {
	uint64_t rows;    /* records that the workspace must have */
	uint64_t keyless; /* records without a key, which cannot be compared */
	/* Records refused permanently, which are not expected. */
	uint64_t refused;
	/* Results of the last comparison: */
	bool compared;
	bool content;   /* contents were compared, not only keys */
	bool settled;   /* the counts had stopped changing */
	uint64_t there; /* number of expected records that the workspace has */
	/* Number of expected records that the workspace lacks. */
	uint64_t missing;
	/* Number of keys with too many rows in the workspace. */
	uint64_t doubles;
	/* Rows in the workspace beyond the expected ones, for the keys in
	 * `doubles`. */
	uint64_t extra;
	/* Keys with altered rows; 0 unless content is compared. */
	uint64_t altered;
	uint64_t others; /* keys in the workspace that were not staged */
	uint64_t resent; /* number of records that this run sent again */
	uint64_t closed; /* open batches that were marked as acknowledged */
	/* Open batches that stay open: they have records without a key. */
	uint64_t kept;
	uint64_t requests; /* number of requests to the query API */
};

/* The run's target names the checkpoint and, to resend, the service. The
 * checkpoint is only read unless records are sent.
 *
 *   RC_OK             see the report, which may have missing records
 *   RC_RETRY          temporary, or the counts kept changing: call again
 *   RC_FATAL          as for load_push() */
enum rc reconcile_run(const struct load_run *run,
    const struct reconcile_options *o, struct reconcile_report *report,
    struct err *e);

#endif
