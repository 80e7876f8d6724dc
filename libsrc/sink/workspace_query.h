/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries for the RecordKeys of a table, and for a digest of the rows' content,
 * by the query API of a Log Analytics workspace: the requests, and what their
 * answers mean.
 *
 * The service limits an answer to 500,000 rows and 100 MiB. The verdict on an
 * answer that it calls partial, or that is truncated, is SINK_SPLIT: ask for
 * fewer keys.
 */
#ifndef SINK_WORKSPACE_QUERY_H
#define SINK_WORKSPACE_QUERY_H

#include "sink/sink.h"

#define WORKSPACE_QUERY_KEY_HEX 32U

/* Maximum size of an answer, and maximum duration of a query in seconds. */
#define WORKSPACE_QUERY_BODY_MAX ((size_t)64 << 20)
#define WORKSPACE_QUERY_WAIT_S 600U

/* Selects the rows whose key begins with `prefix`. */
struct workspace_query {
	const char *table;
	const char *key;   /* the KQL expression of the key */
	const char *since; /* earliest time of arrival; "": any time */
	/* Common beginning of the keys, in lower-case hex. */
	const char *prefix;
	/* KQL expression of a content digest; NULL: only keys are queried. */
	const char *content;
};

/* A row in the answer to a query. */
struct workspace_row {
	/* Key of the rows, or the hex digit by which they were counted. */
	const char *text;
	/* Digest of the content; "": the query did not ask for contents. */
	const char *content;
	uint64_t n; /* number of rows with this text and content */
};

/* Append the body of a request for the number of rows by the hex digit that
 * follows the prefix in their keys. */
void workspace_query_put_counts(
    struct buf *out, const struct workspace_query *scope);

/* Append the body of a request for the number of rows of each key and content,
 * in the order of both. */
void workspace_query_put_keys(
    struct buf *out, const struct workspace_query *scope);

/* Append the URL, with a NUL. WHY_USAGE if the endpoint or the workspace is not
 * valid. */
enum rc workspace_query_put_url(const char *endpoint, const char *workspace,
    struct buf *out, struct err *e);

struct sink_verdict workspace_query_judge(const struct http_answer *answer);

/* Call visit() with each row of an acknowledged answer. */
enum rc workspace_query_each_row(const struct http_answer *answer,
    enum rc (*visit)(void *arg, const struct workspace_row *row, struct err *e),
    void *arg, struct err *e);

#endif
