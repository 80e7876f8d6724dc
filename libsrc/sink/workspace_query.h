/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The query API of a Log Analytics workspace, as far as it is needed to ask for
 * the keys of a table: the requests, and what their answers mean.
 *
 * An answer may have at most 500,000 rows and 100 MiB. One that the service
 * calls partial, and one that is cut, is no answer: the verdict is SINK_SPLIT,
 * ask for less.
 */
#ifndef SINK_WORKSPACE_QUERY_H
#define SINK_WORKSPACE_QUERY_H

#include "sink/sink.h"

#define WORKSPACE_QUERY_KEY_HEX 32U

/* The largest answer that is read, and the longest that a query may take. */
#define WORKSPACE_QUERY_BODY_MAX ((size_t)64 << 20)
#define WORKSPACE_QUERY_WAIT_S 600U

/* Which rows: those with a key that starts with `prefix`, lower-case hex. */
struct workspace_query {
	const char *table;
	const char *key;   /* an expression that gives it */
	const char *since; /* of arrival; "" for all time */
	const char *prefix;
};

/* Append the body of a request: the number of rows by the next hex digit of
 * their keys, */
void workspace_query_put_counts(
    struct buf *out, const struct workspace_query *scope);
/* or the number of rows of each key, in the order of the keys. */
void workspace_query_put_keys(
    struct buf *out, const struct workspace_query *scope);

/* Append the address, with a NUL. WHY_USAGE: one of both cannot be right. */
enum rc workspace_query_put_url(const char *endpoint, const char *workspace,
    struct buf *out, struct err *e);

struct sink_verdict workspace_query_judge(const struct http_answer *answer);

/* Call tell with each row of an answer that was acknowledged: its first column,
 * a text, and its second, a number. */
enum rc workspace_query_each_row(const struct http_answer *answer,
    enum rc (*tell)(void *arg, const char *text, uint64_t n, struct err *e),
    void *arg, struct err *e);

#endif
