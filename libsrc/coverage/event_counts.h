/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counts of `info --eids` and `info --sids`: event ids, computers and
 * logons of records, and the accounts that they name with a SID.
 *
 * Each list keeps the first different items, up to a maximum of items and of
 * bytes; records of further items are only counted. A worker counts the records
 * of each job, and the main thread adds the counts up in the order of the
 * records, so the result does not depend on the number of workers.
 */
#ifndef COVERAGE_EVENT_COUNTS_H
#define COVERAGE_EVENT_COUNTS_H

#include "coverage/hash_index.h"
#include "event/system_fields.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

enum event_counts_list {
	EVENT_COUNTS_EIDS, /* names: channel and provider; number: event id */
	EVENT_COUNTS_COMPUTERS, /* name: computer; the number is not used */
	/* Names: account and address; number: logon type. */
	EVENT_COUNTS_LOGONS,
	/* Names: SID and account; counted only for info --sids. */
	EVENT_COUNTS_SIDS,
	EVENT_COUNTS_LISTS,
};

#define EVENT_COUNTS_NAMES 2U

/* Maximum length of a name in bytes; longer names are truncated. Windows has
 * none that long. */
#define EVENT_COUNTS_NAME_MAX ((size_t)512)

/* Maximum number of items in a list, for one job and for the whole run. */
#define EVENT_COUNTS_JOB_ITEMS ((size_t)4096)
#define EVENT_COUNTS_RUN_ITEMS ((size_t)10000)

struct event_counts_item {
	/* The names by which records are counted; their bytes belong to the
	 * table. */
	struct span names[EVENT_COUNTS_NAMES];
	uint64_t number;
	uint64_t count; /* number of records with these names and this number */
	/* Earliest and latest time of the records; 0: no record has a time. */
	uint64_t first_time;
	uint64_t last_time;
};

struct event_counts_table {
	struct event_counts_item *items;
	size_t n;
	size_t cap;
	struct hash_index index;
	/* Number of records that are counted in no item because the list is
	 * full. */
	uint64_t others;
	struct arena texts;
};

struct event_counts {
	struct event_counts_table lists[EVENT_COUNTS_LISTS];
	size_t max;      /* maximum number of items in a list */
	struct buf text; /* buffer for the names of one record */
	bool failed;     /* memory was exhausted, so counts are missing */
};

void event_counts_init(struct event_counts *s, size_t max);
void event_counts_free(struct event_counts *s);
void event_counts_clear(struct event_counts *s);

/* True if event_counts_add() needs more of this event than its System element,
 * because the event is a logon. */
bool event_counts_needs_event(
    const struct system_fields *h, const struct tree *t);

/* Count a record. `time` is 0 if the record has no time. */
void event_counts_add(struct event_counts *s, const struct system_fields *h,
    const struct tree *t, uint64_t time);

/* Count the accounts that a whole event names. Only SIDs of a domain, a machine
 * or Entra ID count: well-known SIDs have no account name of their own. */
void event_counts_add_sids(struct event_counts *s,
    const struct system_fields *h, const struct tree *t, uint64_t time);

/* Add the counts of later records to `to`. */
enum rc event_counts_merge(
    struct event_counts *to, const struct event_counts *from, struct err *e);

/* Sort each list by descending count, then by names and number. Nothing can be
 * added afterwards. */
void event_counts_sort(struct event_counts *s);

#endif
