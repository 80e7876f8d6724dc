/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verifies sources.ndjson of a staging: the record counts of each source
 * balance, and they add up to those of the run. The counts are kept in a
 * temporary file, to be compared with the chunks of each source
 * (audit/verify_chunks.h).
 */
#ifndef AUDIT_VERIFY_SOURCES_H
#define AUDIT_VERIFY_SOURCES_H

#include "audit/account_sums.h"
#include "audit/finding.h"
#include "stage/reader.h"

struct pages;

/* The counts of a source in sources.ndjson, and the sums of its chunks so far.
 */
struct verify_source {
	uint64_t name; /* hash of the source's name */
	struct account_sums whole;
	uint64_t chunks;
	uint64_t bad; /* number of chunks whose checksums fail */
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

/* Report the findings, and add the sources to `s`; the caller owns s->pages.
 * Without sources.ndjson only the record counts of the run are checked. */
enum rc verify_sources(const struct reader *r,
    const struct finding_visit *visit, struct verify_sources *s, struct err *e);

#endif
