/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terms of an account (stage/account.h) as JSON has them: whether they
 * balance, and whether those of parts add up to those of the whole.
 */
#ifndef AUDIT_ACCOUNT_SUMS_H
#define AUDIT_ACCOUNT_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct cJSON;

#define ACCOUNT_SUMS_TERMS 10

struct account_sums {
	uint64_t term[ACCOUNT_SUMS_TERMS]; /* see account_sums.c */
	uint64_t filtered;                 /* for any reason */
};

/* Read the terms. Those that are not part of the balance are 0 if missing. */
enum rc account_sums_read(
    const struct cJSON *account, struct account_sums *s, struct err *e);

/* WHY_TAMPERED unless found = emitted + filtered + duplicate + damaged. */
enum rc account_sums_balance(const struct account_sums *s, struct err *e);

/* The number of lines that these records have in the staging. */
uint64_t account_sums_lines(const struct account_sums *s);

/* WHY_TAMPERED unless `unchecked` of a chunk is 0, if its checksums hold
 * (sound), or else the number of emitted records. */
enum rc account_sums_check_unchecked(
    const struct account_sums *s, bool sound, struct err *e);

void account_sums_add(struct account_sums *to, const struct account_sums *s);

/* WHY_TAMPERED unless the parts, which are in the file or list `where`, add up
 * to the whole. */
enum rc account_sums_compare(const struct account_sums *whole,
    const struct account_sums *parts, const char *where, struct err *e);

#endif
