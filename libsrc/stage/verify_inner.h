/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of stage/verify.h have in common. Nobody else sees it.
 */
#ifndef STAGE_VERIFY_INNER_H
#define STAGE_VERIFY_INNER_H

#include "stage/sums.h"
#include "stage/verify.h"

struct pages;

/* A thing that is being looked at: what is said of it in the end. */
struct verify_look {
	const struct verify_visit *visit;
	struct verify_item item;
	struct err err;
};

struct verify_look verify_look_at(
    const struct verify_visit *visit, enum verify_part part, const char *name);

/* Tell what was found; RC_FATAL only without memory. */
enum rc verify_told(struct verify_look *l, enum rc rc, struct err *e);

/* Read a file of lines and compare it with what the manifest says: nothing may
 * follow the bytes that it counts. The error goes to the look. */
enum rc verify_listing(const struct reader *r, struct verify_look *l,
    const char *which, const struct scan_visit *lines);

/* What sources.ndjson says of a source, and what its chunks add up to. */
struct verify_source {
	uint64_t name; /* a sum of it */
	struct sums whole;
	uint64_t chunks;
	uint64_t bad;
	struct sums seen;
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
enum rc verify_sources(const struct reader *r, const struct verify_visit *visit,
    struct verify_sources *s, struct err *e);

/* The account of each chunk, if the staging has them. */
enum rc verify_chunks(const struct reader *r, const struct verify_visit *visit,
    struct verify_sources *s, struct err *e);

#endif
