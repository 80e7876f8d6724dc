/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores the coverage of finished sources, for a caller that shows it at the
 * end of the run. Each is text in a temporary file; another file is an index
 * with 8 bytes for each source. So memory does not grow with the number of
 * sources.
 */
#ifndef CONVERT_COVERAGE_STORE_H
#define CONVERT_COVERAGE_STORE_H

#include "coverage/coverage.h"

struct coverage_store;
struct scratch;

/* The files have no names. They are in the folder `dirfd` or, if that is -1, in
 * the folder of `scratch`, which is borrowed. */
enum rc coverage_store_create(struct coverage_store **kp, int dirfd,
    struct scratch *scratch, struct err *e);
void coverage_store_destroy(struct coverage_store *k); /* takes NULL */

/* Store the coverage of the source with this number; it replaces an earlier
 * one. */
enum rc coverage_store_put(struct coverage_store *k, uint64_t number,
    struct coverage *coverage, struct err *e);

/* Get a copy of the coverage of a source, for which coverage_end() has not been
 * called; NULL if none is stored. The caller destroys it. */
enum rc coverage_store_get(struct coverage_store *k, uint64_t number,
    struct coverage **found, struct err *e);

#endif
