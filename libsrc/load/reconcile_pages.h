/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a table, in order, asked for in pages that stay far below the
 * limits of the query API. Where the service says that an answer is partial,
 * the page is cut into sixteen by the next hex digit.
 */
#ifndef LOAD_RECONCILE_PAGES_H
#define LOAD_RECONCILE_PAGES_H

#include "load/api_client.h"
#include "load/expected.h"
#include "sink/workspace_query.h"

#define RECONCILE_PAGES_PARTS 16U
#define RECONCILE_PAGES_ROWS 50000U

struct reconcile_pages {
	struct api_client *client;
	struct workspace_query scope; /* prefix is set by the functions below */
	/* Told of each key, the smallest first. */
	enum rc (*tell)(void *arg, const uint8_t key[EXPECTED_KEY],
	    uint64_t copies, struct err *e);
	void *arg;
	char prefix[WORKSPACE_QUERY_KEY_HEX + 2];
	uint8_t last[EXPECTED_KEY]; /* the last key */
	bool any;
};

/* The number of rows by the first hex digit of their keys. */
enum rc reconcile_pages_count(struct reconcile_pages *p,
    uint64_t rows[RECONCILE_PAGES_PARTS], struct err *e);

/* All keys. RC_RETRY: the service gave no whole answer. */
enum rc reconcile_pages_walk(struct reconcile_pages *p, struct err *e);

#endif
