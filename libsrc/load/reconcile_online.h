/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of reconcile_run() that queries a workspace: it waits until the
 * counts stop changing, compares, sends what is missing, and repeats this until
 * nothing is missing, at most three times.
 */
#ifndef LOAD_RECONCILE_ONLINE_H
#define LOAD_RECONCILE_ONLINE_H

#include "load/expected.h"
#include "load/reconcile.h"
#include "load/reconcile_kql.h"

struct reconcile_online {
	const struct load_run *run;
	const struct reconcile_options *o;
	const struct expected *expected;
	const struct reconcile_names *names;
	/* Columns whose content is compared; NULL: only keys are compared. */
	const struct row_content *content;
	const char *since;
	int dir;                 /* folder of the reports */
	struct scratch *scratch; /* folder of temporary files */
	struct reconcile_report *report;
};

/* WHY_USAGE if the options are not valid. Sends nothing. */
enum rc reconcile_online_check(const struct load_run *run,
    const struct reconcile_options *o, struct err *e);

/* Compare with the workspace, and resend on request. The results are those of
 * reconcile_run(). */
enum rc reconcile_online(struct reconcile_online *r, struct err *e);

#endif
