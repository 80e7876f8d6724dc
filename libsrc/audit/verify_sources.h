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

/* What sources.ndjson says of a source, and the sums of its chunks so far. */
struct verify_source {
	uint64_t name; /* a hash of it */
	struct account_sums whole;
	uint64_t chunks;
	uint64_t bad; /* of the chunks: their checksums fail */
	struct account_sums seen;
	uint64_t chunks_seen;
	uint64_t bad_seen;
};

/* All sources by number, in a temporary file. */
struct verify_sources {
	struct pages *pages;
	uint64_t n;
};

enum rc verify_sources_get(struct verify_sources *s, uint64_t number,
    struct verify_source *one, struct err *e);
enum rc verify_sources_put(struct verify_sources *s, uint64_t number,
    const struct verify_source *one, struct err *e);

/* Report the findings, and fill `s`, whose pages are the caller's. Without
 * sources.ndjson only the account of the run is checked. */
enum rc verify_sources(const struct reader *r,
    const struct finding_visit *visit, struct verify_sources *s, struct err *e);

#endif
