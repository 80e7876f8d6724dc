/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of reconcile_run() that asks a workspace: waits until its counts
 * stand still, compares, sends what is missing, and begins again until nothing
 * is missing or three times were not enough.
 */
#ifndef LOAD_RECONCILE_ONLINE_H
#define LOAD_RECONCILE_ONLINE_H

#include "load/expected.h"
#include "load/reconcile.h"
#include "load/reconcile_kql.h"

struct reconcile_online {
	const struct load_run *run;
	const struct reconcile_options *o;
	const struct expected *expect;
	const struct reconcile_names *names;
	const char *since;
	int dir;                 /* of the files */
	struct scratch *scratch; /* of temporary files */
	struct reconcile_report *report;
};

/* Whether the options can be right; asks nobody. */
enum rc reconcile_online_check(const struct load_run *run,
    const struct reconcile_options *o, struct err *e);

/* As reconcile_run(). */
enum rc reconcile_online(struct reconcile_online *r, struct err *e);

#endif
