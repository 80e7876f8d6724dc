/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The censuses of sources that are done, for a caller that wants to see them at
 * the end of the run. They are kept as text in a temporary file, with an index
 * of 8 bytes a source: memory does not grow with the number of sources.
 */
#ifndef CONVERT_CENSUS_STORE_H
#define CONVERT_CENSUS_STORE_H

#include "stage/census.h"

struct census_store;
struct scratch;

/* The file has no name; it is in the folder `dirfd`, or if that is -1 in `dir`,
 * which is borrowed. */
enum rc census_store_create(struct census_store **kp, int dirfd,
    struct scratch *scratch, struct err *e);
void census_store_destroy(struct census_store *k); /* takes NULL */

/* Keep the census of a source, in the place of an earlier one. */
enum rc census_store_put(struct census_store *k, uint64_t number,
    struct census *census, struct err *e);

/* A copy of the census of a source, to be destroyed by the caller, before
 * census_end(); NULL: there is none. */
enum rc census_store_get(struct census_store *k, uint64_t number,
    struct census **found, struct err *e);

#endif
