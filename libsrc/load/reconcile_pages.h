/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the keys of a workspace's table in order, and on request the content of
 * their rows, in pages that stay far below the limits of the query API. A page
 * is the keys with a common prefix. If the service answers only in part, the
 * page is split into sixteen by the next hex digit.
 */
#ifndef LOAD_RECONCILE_PAGES_H
#define LOAD_RECONCILE_PAGES_H

#include "load/api_client.h"
#include "load/reconcile_match.h"
#include "sink/workspace_query.h"

#define RECONCILE_PAGES_PARTS 16U
#define RECONCILE_PAGES_ROWS 50000U

/* The caller sets the first four members. */
struct reconcile_pages {
	struct api_client *client;
	/* The query; `prefix` is filled in for each page. */
	struct workspace_query scope;
	/* Called for the rows of each key and content, in ascending order. */
	enum rc (*each)(
	    void *arg, const struct reconcile_row *row, struct err *e);
	void *arg;
	/* Common prefix of the page's keys; empty again after each call. */
	char prefix[WORKSPACE_QUERY_KEY_HEX + 2];
	struct reconcile_row last; /* last row that was read */
	bool any;                  /* `last` contains a row */
};

/* Count the rows whose key begins with the prefix, which is empty at first, by
 * the next hex digit of the key. */
enum rc reconcile_pages_count(struct reconcile_pages *p,
    uint64_t rows[RECONCILE_PAGES_PARTS], struct err *e);

/* Read all rows. RC_RETRY: the service gave no complete answer. */
enum rc reconcile_pages_walk(struct reconcile_pages *p, struct err *e);

#endif
