/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.json: the result of a comparison, with every key that is missing,
 * double or altered, by batch. Only one batch is in memory at a time.
 */
#ifndef LOAD_RECONCILE_JSON_H
#define LOAD_RECONCILE_JSON_H

#include "load/reconcile.h"
#include "load/reconcile_match.h"

struct reconcile_facts {
	const struct load_run *run;
	const struct reconcile_report *report;
	const struct reconcile_match *match; /* finished comparison */
	/* Columns whose content was compared; NULL: only keys were compared. */
	const struct row_content *content;
	const char *workspace;
	const char *table;
	const char *since;
};

/* Write the file `name` into the open folder `dir`. */
enum rc reconcile_json(
    int dir, const char *name, const struct reconcile_facts *f, struct err *e);

#endif
