/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the records that a workspace lacks. If all of them are accepted, it
 * also closes the open batches of the checkpoint: each of their records was
 * found in the workspace or has been accepted now. A batch that has records
 * without a key stays open, since nothing proves that these arrived.
 *
 * It records nothing while it sends. If it is killed, the next comparison
 * finds what it sent.
 */
#ifndef LOAD_RESEND_H
#define LOAD_RESEND_H

#include "load/load.h"
#include "load/reconcile_match.h"

struct resend_report {
	uint64_t sent;    /* number of records that the service accepted */
	uint64_t refused; /* number of records that were refused permanently */
	uint64_t closed;  /* batches that were marked as acknowledged */
	uint64_t kept;    /* open batches that have records without a key */
};

/* Send the missing records. The counts are added to the report. */
enum rc resend_missing(const struct load_run *run,
    const struct reconcile_match *m, struct resend_report *report,
    struct err *e);

#endif
