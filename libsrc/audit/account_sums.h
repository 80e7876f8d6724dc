/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record counts (stage/account.h) as JSON has them. Checks that they balance,
 * and that the counts of parts add up to those of the whole.
 */
#ifndef AUDIT_ACCOUNT_SUMS_H
#define AUDIT_ACCOUNT_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct cJSON;

#define ACCOUNT_SUMS_TERMS 10

struct account_sums {
	/* Record counts, in the order of `terms` in account_sums.c. */
	uint64_t term[ACCOUNT_SUMS_TERMS];
	uint64_t filtered; /* number of records that any filter removed */
};

/* Read the record counts from the manifest's object `account`. A missing count
 * is 0, unless account_sums_balance() needs it. */
enum rc account_sums_read(
    const struct cJSON *account, struct account_sums *s, struct err *e);

/* WHY_TAMPERED unless found = emitted + filtered + duplicate + damaged. */
enum rc account_sums_balance(const struct account_sums *s, struct err *e);

/* The number of lines in the staging that these counts require. */
uint64_t account_sums_lines(const struct account_sums *s);

/* WHY_TAMPERED unless the count `unchecked` of a chunk is right: 0 if the
 * checksums of the chunk hold (`sound`), else the number of emitted records. */
enum rc account_sums_check_unchecked(
    const struct account_sums *s, bool sound, struct err *e);

void account_sums_add(struct account_sums *to, const struct account_sums *s);

/* WHY_TAMPERED unless the counts of the parts add up to those of the whole.
 * `where` names the file of the parts in the message. */
enum rc account_sums_compare(const struct account_sums *whole,
    const struct account_sums *parts, const char *where, struct err *e);

#endif
