/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What info --eids and --sids count: the event ids, computers and logons of
 * records, and the accounts that they name with a SID.
 *
 * Each list keeps the different items that come first, up to a maximum of
 * items and of bytes; records of further items are only counted. A worker
 * makes a survey of each job, and the main thread adds them up in the order of
 * the records, so the result does not depend on the number of workers.
 */
#ifndef CONVERT_SURVEY_H
#define CONVERT_SURVEY_H

#include "event/system_fields.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/err.h"

enum survey_list {
	SURVEY_EIDS,      /* names: channel, provider; the number is the id */
	SURVEY_COMPUTERS, /* names: computer */
	SURVEY_LOGONS,    /* names: account, address; the number is the type */
	SURVEY_SIDS,      /* names: SID, account; of info --sids */
	SURVEY_LISTS,
};

#define SURVEY_NAMES 2U

/* Longer names are cut; Windows has none that long. */
#define SURVEY_NAME_MAX ((size_t)512)

/* Maxima of a list: of a job, and of the run. */
#define SURVEY_JOB_ITEMS ((size_t)4096)
#define SURVEY_RUN_ITEMS ((size_t)10000)

struct survey_item {
	struct span names[SURVEY_NAMES]; /* the survey's */
	uint64_t number;
	uint64_t count;      /* records */
	uint64_t first_time; /* the earliest and the latest; 0: none has one */
	uint64_t last_time;
};

struct survey_table {
	struct survey_item *items;
	size_t n;
	size_t cap;
	size_t *slots; /* a hash table: indexes of items, from 1 */
	size_t n_slots;
	uint64_t others; /* records whose item had no room */
	struct arena texts;
};

struct survey {
	struct survey_table lists[SURVEY_LISTS];
	size_t max;      /* items of a list */
	struct buf text; /* for the names of one record */
	bool failed;     /* there was no memory */
};

void survey_init(struct survey *s, size_t max);
void survey_free(struct survey *s);
void survey_clear(struct survey *s);

/* True if the outline of the record is not enough: it is a logon. */
bool survey_wants_whole(const struct system_fields *h, const struct tree *t);

/* Count a record; time is 0 if it has none. */
void survey_add(struct survey *s, const struct system_fields *h,
    const struct tree *t, uint64_t time);

/* Count the accounts of a record, of which the outline is not enough. Only SIDs
 * of a domain, a machine or Entra ID: the others have no name of their own, the
 * system is named as its machine. */
void survey_add_sids(struct survey *s, const struct system_fields *h,
    const struct tree *t, uint64_t time);

/* Add the counts of records that follow. */
enum rc survey_merge(
    struct survey *to, const struct survey *from, struct err *e);

/* Put each list in order: the largest counts first, then by names and number.
 * Nothing can be added afterwards. */
void survey_sort(struct survey *s);

#endif
