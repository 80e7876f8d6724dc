/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of stage/verify.h have in common. Nobody else sees it.
 */
#ifndef STAGE_VERIFY_INNER_H
#define STAGE_VERIFY_INNER_H

#include "stage/verify.h"

struct cJSON;

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

/* Read a file of the staging, beside its segments, and compare it with what the
 * manifest wants. The error goes to the look. */
enum rc verify_file(const struct reader *r, struct verify_look *l,
    const struct cJSON *want, const struct scan_visit *lines);

/* The account of each chunk, if the staging has them. */
enum rc verify_chunks(
    const struct reader *r, const struct verify_visit *visit, struct err *e);

#endif
