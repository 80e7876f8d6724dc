/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The coverage of finished sources, for a caller that shows it at the end of
 * the run. It is kept as text in a temporary file with an index of 8 bytes a
 * source: memory does not grow with the number of sources.
 */
#ifndef CONVERT_COVERAGE_STORE_H
#define CONVERT_COVERAGE_STORE_H

#include "coverage/coverage.h"

struct coverage_store;
struct scratch;

/* The file has no name; it is in the folder `dirfd` or, if that is -1, in that
 * of `scratch`, which is borrowed. */
enum rc coverage_store_create(struct coverage_store **kp, int dirfd,
    struct scratch *scratch, struct err *e);
void coverage_store_destroy(struct coverage_store *k); /* takes NULL */

/* Store the coverage of a source, instead of an earlier one. */
enum rc coverage_store_put(struct coverage_store *k, uint64_t number,
    struct coverage *coverage, struct err *e);

/* A copy of the coverage of a source, to be destroyed by the caller, before
 * coverage_end(); NULL: there is none. */
enum rc coverage_store_get(struct coverage_store *k, uint64_t number,
    struct coverage **found, struct err *e);

#endif
