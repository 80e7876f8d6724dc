/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a QueryList, as Event Viewer shows it on the XML page of a filter or
 * exports it in a view (win32 documentation, "Query Schema"):
 *
 *   <QueryList><Query Id="0" Path="Security">
 *     <Select Path="Security">*[System[(EventID=4624)]]</Select>
 *     <Suppress Path="Security">*[System[(Level=4)]]</Suppress>
 *   </Query></QueryList>
 */
#ifndef SELECT_QUERIES_LIST_H
#define SELECT_QUERIES_LIST_H

#include "select/queries.h"

/* Add the queries of a file. RC_FATAL with WHY_USAGE names the file, the query
 * and the reason why the query is refused. */
enum rc queries_list_add(struct queries *q, const char *path, struct err *e);

#endif
