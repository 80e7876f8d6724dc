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
	const struct row_content *content; /* compare it, too; may be NULL */
	const char *since;
	int dir;                 /* for the reports */
	struct scratch *scratch; /* for temporary files */
	struct reconcile_report *report;
};

/* WHY_USAGE if the options cannot be right. Sends nothing. */
enum rc reconcile_online_check(const struct load_run *run,
    const struct reconcile_options *o, struct err *e);

/* As reconcile_run(). */
enum rc reconcile_online(struct reconcile_online *r, struct err *e);

#endif
