/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the xPathQueries of a data collection rule, at any depth of its JSON: a
 * template's resources have them under properties.dataSources.windowsEventLogs,
 * `az monitor data-collection rule show` under dataSources.windowsEventLogs.
 */
#ifndef SELECT_QUERIES_RULE_H
#define SELECT_QUERIES_RULE_H

#include "select/queries.h"

/* Add the queries of a file. RC_FATAL with WHY_USAGE names the file, the query
 * and the reason why the query is refused. Sets q->transformed if the rule
 * changes records with a transformKql. */
enum rc queries_rule_add(struct queries *q, const char *path, struct err *e);

#endif
