/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the records that a workspace lacks. If all of them are accepted, it
 * also closes the open batches of the checkpoint: each of their records was
 * found in the workspace or has been accepted now.
 *
 * It records nothing while it sends. If it is killed, the next comparison
 * finds what it sent.
 */
#ifndef LOAD_RESEND_H
#define LOAD_RESEND_H

#include "load/load.h"
#include "load/reconcile_match.h"

struct resend_report {
	uint64_t sent;    /* records */
	uint64_t refused; /* records, for good */
	uint64_t closed;  /* batches */
};

/* close: batches may be closed, since every record has a key. The counts are
 * added to the report. */
enum rc resend_missing(const struct load_run *run,
    const struct reconcile_match *m, bool close, struct resend_report *report,
    struct err *e);

#endif
