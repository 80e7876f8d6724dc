/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a table, in order, asked for in pages that stay far below the
 * limits of the query API. Where the service says that an answer is partial,
 * the page is cut into sixteen by the next hex digit.
 */
#ifndef LOAD_RECONCILE_PAGES_H
#define LOAD_RECONCILE_PAGES_H

#include "load/ask.h"
#include "load/expect.h"
#include "sink/workspace_query.h"

#define PAGES_PARTS 16U
#define PAGES_ROWS 50000U

struct pages {
	struct ask *ask;
	struct workspace_query scope; /* prefix is set by the functions below */
	/* Told of each key, the smallest first. */
	enum rc (*tell)(void *arg, const uint8_t key[EXPECT_KEY],
	    uint64_t copies, struct err *e);
	void *arg;
	char prefix[WORKSPACE_QUERY_KEY_HEX + 2];
	uint8_t last[EXPECT_KEY]; /* the last key */
	bool any;
};

/* The number of rows by the first hex digit of their keys. */
enum rc pages_count(struct pages *p, uint64_t rows[PAGES_PARTS], struct err *e);

/* All keys. RC_RETRY: the service gave no whole answer. */
enum rc pages_walk(struct pages *p, struct err *e);

#endif
