/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile.kql: queries to run in the portal, one in each paragraph. A list of
 * groups that is too long for one query is divided among several.
 */
#ifndef LOAD_RECONCILE_KQL_H
#define LOAD_RECONCILE_KQL_H

#include "load/expected.h"
#include "load/report_file.h"

/* The names of a table and its columns, as KQL expressions. */
struct reconcile_names {
	const char *table;
	const char *key;
	const char *computer;
	const char *channel;
	const char *hour;
};

/* Set the names for a schema. `table` replaces the schema's table unless it is
 * NULL. */
void reconcile_kql_names(
    const char *schema, const char *table, struct reconcile_names *out);

/* Write the queries. since: earliest time of arrival; "": any time. */
enum rc reconcile_kql(struct report_file *f, const struct expected *x,
    const struct reconcile_names *names, const char *since, struct err *e);

#endif
