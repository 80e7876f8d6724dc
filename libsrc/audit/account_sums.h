/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terms of an account, as a manifest or a report has it: whether they close
 * and whether those of parts add up to those of the whole.
 */
#ifndef AUDIT_ACCOUNT_SUMS_H
#define AUDIT_ACCOUNT_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct cJSON;

/* found, emitted, duplicate, damaged; and in no sum: recovered, unchecked,
 * hidden, repaired */
#define ACCOUNT_SUMS_TERMS 10

struct account_sums {
	uint64_t term[ACCOUNT_SUMS_TERMS];
	uint64_t filtered;
};

/* Read an account. What is in no sum may be missing: it is 0, then. */
enum rc account_sums_read(
    const struct cJSON *account, struct account_sums *s, struct err *e);

/* found = emitted + filtered + duplicate + damaged; else WHY_TAMPERED. */
enum rc account_sums_balance(const struct account_sums *s, struct err *e);

/* How many lines of the staging they are: emitted and recovered. */
uint64_t account_sums_lines(const struct account_sums *s);

/* Of one chunk: `unchecked` is all that was emitted, or 0 if its checksums
 * hold (sound); else WHY_TAMPERED. */
enum rc account_sums_check_unchecked(
    const struct account_sums *s, bool sound, struct err *e);

void account_sums_add(struct account_sums *to, const struct account_sums *s);

/* Whether the parts, which are in `where`, add up to the whole; else
 * WHY_TAMPERED. */
enum rc account_sums_compare(const struct account_sums *whole,
    const struct account_sums *parts, const char *where, struct err *e);

#endif
