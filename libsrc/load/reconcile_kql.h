/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.kql: what a person runs in the portal. Paragraphs of one query
 * each; a list of groups that is too long for one is split among several.
 */
#ifndef LOAD_RECONCILE_KQL_H
#define LOAD_RECONCILE_KQL_H

#include "load/expected.h"
#include "load/report_file.h"

/* How a table names things, as KQL. */
struct reconcile_names {
	const char *table;
	const char *key;
	const char *computer;
	const char *channel;
	const char *hour;
};

/* For a schema; `table` is NULL or a name that counts instead. */
void reconcile_kql_names(
    const char *schema, const char *table, struct reconcile_names *out);

/* since: a time, or "" for all time. */
enum rc reconcile_kql(struct report_file *f, const struct expected *x,
    const struct reconcile_names *names, const char *since, struct err *e);

#endif
