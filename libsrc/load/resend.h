/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends the records that a workspace does not have, and nothing else, and
 * closes the batches whose fate was open: after it each of their records was
 * seen there or acknowledged now.
 *
 * It keeps no notes of its own. When it is killed, what it sent is found by
 * the next comparison.
 */
#ifndef LOAD_RESEND_H
#define LOAD_RESEND_H

#include "load/inner.h"
#include "load/reconcile_match.h"

struct resend_report {
	uint64_t sent;    /* records */
	uint64_t refused; /* records, for good */
	uint64_t closed;  /* batches */
};

/* close: whether batches may be closed, since every record has a key. Counts
 * are added. */
enum rc resend_missing(const struct load_run *run, const struct match *m,
    bool close, struct resend_report *report, struct err *e);

#endif
