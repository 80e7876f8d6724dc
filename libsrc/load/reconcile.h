/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof that everything arrived. An acknowledged request is no proof of
 * storage: load_push() knows what the service said, this what it has.
 *
 * Offline it writes beside the checkpoint what a workspace must have:
 *
 *   expected.json   rows and different keys of each batch, and of each
 *                   computer, channel and hour
 *   reconcile.kql   queries that list what is missing and what is double
 *
 * With a workspace it asks for the keys that are there, page by page, compares
 * them with those of the stagings, and writes
 *
 *   reconcile.json  what is missing and what is double, by batch and key
 *
 * A record is missing if the workspace has fewer rows of its key than the
 * stagings have; then all records of that key count, since nothing says which
 * of them is there. A key is double if there are more rows.
 */
#ifndef LOAD_RECONCILE_H
#define LOAD_RECONCILE_H

#include "load/load.h"

struct reconcile_options {
	const char *workspace;      /* its id; NULL: offline */
	const char *query_endpoint; /* NULL: that of the cloud */
	const char *table;          /* NULL: what stream or schema say */
	bool resend;                /* send what is missing */
	uint64_t settle_ms;         /* so long counts must stand still */
};

struct reconcile_report {
	uint64_t rows;    /* records that must be there */
	uint64_t keyless; /* of them without a key: nothing can be proved */
	uint64_t refused; /* refused for good: not expected */
	/* Of the last comparison: */
	bool compared;
	bool settled;      /* counts stood still */
	uint64_t there;    /* records that are there */
	uint64_t missing;  /* records */
	uint64_t doubles;  /* keys */
	uint64_t extra;    /* rows of those keys beyond the expected ones */
	uint64_t others;   /* keys of other loads */
	uint64_t resent;   /* records sent by this run */
	uint64_t closed;   /* batches whose fate was open, and is known now */
	uint64_t requests; /* to the query API */
};

/* The run's target says where the checkpoint is and, to resend, where to send.
 * The checkpoint is only looked at unless records are to be sent.
 *
 *   RC_OK             see the report: missing and the like may not be 0
 *   RC_RETRY          temporary, or counts did not settle: call again later
 *   RC_FATAL          as of load_push() */
enum rc reconcile_run(const struct load_run *run,
    const struct reconcile_options *o, struct reconcile_report *report,
    struct err *e);

#endif
