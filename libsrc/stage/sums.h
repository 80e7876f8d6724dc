/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terms of an account, as a manifest or a report has it: whether they close
 * and whether those of parts add up to those of the whole.
 */
#ifndef STAGE_SUMS_H
#define STAGE_SUMS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

struct cJSON;

/* found, emitted, duplicate, damaged; and in no sum: recovered, unchecked,
 * hidden, repaired */
#define SUMS_TERMS 10

struct sums {
	uint64_t term[SUMS_TERMS];
	uint64_t filtered;
};

/* Read an account. What is in no sum may be missing: it is 0, then. */
enum rc sums_read(const struct cJSON *account, struct sums *s, struct err *e);

/* found = emitted + filtered + duplicate + damaged; else WHY_TAMPERED. */
enum rc sums_close(const struct sums *s, struct err *e);

/* How many lines of the staging they are: emitted and recovered. */
uint64_t sums_lines(const struct sums *s);

/* Of one chunk: `unchecked` is all that was emitted, or 0 if its checksums
 * hold (sound); else WHY_TAMPERED. */
enum rc sums_check(const struct sums *s, bool sound, struct err *e);

void sums_add(struct sums *to, const struct sums *s);

/* Whether the parts, which are in `where`, add up to the whole; else
 * WHY_TAMPERED. */
enum rc sums_compare(const struct sums *whole, const struct sums *parts,
    const char *where, struct err *e);

#endif
