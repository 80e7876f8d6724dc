/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources.ndjson of a staging: whether the account of each source balances, and
 * whether they add up to the account of the run. What it says of each source is
 * kept in a temporary file to be compared with its chunks
 * (audit/verify_chunks.h).
 */
#ifndef AUDIT_VERIFY_SOURCES_H
#define AUDIT_VERIFY_SOURCES_H

#include "audit/account_sums.h"
#include "audit/finding.h"
#include "stage/reader.h"

struct pages;

/* What sources.ndjson says of a source, and what its chunks add up to. */
struct verify_source {
	uint64_t name; /* a sum of it */
	struct account_sums whole;
	uint64_t chunks;
	uint64_t bad;
	struct account_sums seen;
	uint64_t chunks_seen;
	uint64_t bad_seen;
};

/* All of them, by their numbers, in a temporary file. */
struct verify_sources {
	struct pages *pages;
	uint64_t n;
};

enum rc verify_sources_get(struct verify_sources *s, uint64_t number,
    struct verify_source *one, struct err *e);
enum rc verify_sources_put(struct verify_sources *s, uint64_t number,
    const struct verify_source *one, struct err *e);

/* sources.ndjson, if there is one: each account closes, and they add up to that
 * of the run. `s` is empty before and freed by the caller. */
enum rc verify_sources(const struct reader *r,
    const struct finding_visit *visit, struct verify_sources *s, struct err *e);

#endif
