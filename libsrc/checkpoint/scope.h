/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scope of a run: which stagings and segments of the checkpoint it loads.
 */
#ifndef CHECKPOINT_SCOPE_H
#define CHECKPOINT_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/digest.h"
#include "util/err.h"

struct checkpoint;

struct scope_staging {
	const char *digest; /* SHA-256 of the staging's manifest as hex */
	const char *schema;
	const char *name;
	/* Add the staging even if the checkpoint has other stagings. */
	bool join;
	/* Returns true if the staging had this digest before records were
	 * appended to it. NULL: it had no other digest. */
	bool (*grew_from)(const void *arg, const char *digest);
	const void *arg;
};

/* Make a staging part of this run. WHY_USAGE if the checkpoint has other
 * stagings, `join` is false, and they are not all earlier states of this one.
 */
enum rc scope_add_staging(
    struct checkpoint *c, const struct scope_staging *staging, struct err *e);

/* True if the checkpoint has a staging with this digest. */
enum rc scope_has_staging(
    struct checkpoint *c, const char *digest, bool *has, struct err *e);

struct scope_segment {
	int64_t id;
	bool planned; /* the checkpoint has batches of the segment */
	bool seen;    /* the segment was already added in this run */
	/* How its batches were planned: the digest of the collection, or "",
	 * and the number of rows that the collection's skip list left out. */
	char collection[DIGEST_HEX];
	uint64_t skipped;
};

/* Make the segment with this SHA-256 part of this run. */
enum rc scope_add_segment(struct checkpoint *c, const char *sha256,
    struct scope_segment *out, struct err *e);

/* Find a segment of the checkpoint without making it part of this run; RC_END
 * if the checkpoint does not have it. `seen` is not set. */
enum rc scope_view_segment(struct checkpoint *c, const char *sha256,
    struct scope_segment *out, struct err *e);

/* Store the collection and the number of skipped rows of a segment. */
enum rc scope_set_segment(
    struct checkpoint *c, const struct scope_segment *segment, struct err *e);

/* The id of a segment of this run by its SHA-256; RC_END if it is not part of
 * the run. */
enum rc scope_find_segment(
    struct checkpoint *c, const char *sha256, int64_t *id, struct err *e);

#endif
