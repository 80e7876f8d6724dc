/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which records are wanted: an event set, ids, and a span of time, met as an
 * intersection. The criteria are compiled against a tree, so that what is a
 * literal there is decided once, and run on each record's values.
 */
#ifndef SELECT_SELECT_H
#define SELECT_SELECT_H

#include "event/head.h"
#include "select/eventset.h"

struct select {
	struct eventset set;
	struct ids *include; /* NULL: no such criterion */
	struct ids *exclude;
	uint64_t from; /* FILETIME, included */
	uint64_t to;   /* FILETIME, not included; UINT64_MAX: open */
	bool timed;    /* from or to was given */
};

/* Why a record is not wanted; the order in which the criteria are asked. */
enum select_verdict {
	SELECT_KEEP,
	SELECT_EVENT_SET,
	SELECT_INCLUDE,
	SELECT_EXCLUDE,
	SELECT_TIME,
	SELECT_NO_TIME, /* a time was asked for and the record has none */
	SELECT_VERDICTS,
};

/* The names of the verdicts in manifests and summaries. */
extern const char *const select_reasons[SELECT_VERDICTS];

struct select_test {
	const struct select *select;
	struct head head;
	bool channel_known; /* the channel is a literal */
	uint64_t rules;     /* of the event set, if it is */
};

void select_init(struct select *s);
void select_free(struct select *s);

void select_compile(struct select_test *test, const struct select *s,
    const struct tree *t, const struct head *h);
enum select_verdict select_run(
    const struct select_test *test, const struct value *values);

#endif
