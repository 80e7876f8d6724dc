/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defers records of a chunk to the end of the run: records whose template is
 * missing, records that another record hides, and old records in free space
 * (carved). Hidden records that will not be read are reported as damage at
 * once.
 */
#ifndef CONVERT_RECOVER_H
#define CONVERT_RECOVER_H

#include "convert/job.h"

/* The chunk that a worker processes. */
struct recover {
	struct job *job;
	const struct chunk_piece *cut;
	/* Hidden records are deferred and read; false: they are only reported.
	 */
	bool reads;
};

/* Defer a record whose template is missing. */
void recover_orphan(const struct recover *r, const struct chunk_record *h);

/* Defer or report the records that are hidden in a record which the decoder has
 * found, even if that record cannot be read. */
void recover_hidden(const struct recover *r, const struct chunk *c,
    const struct record *record);

/* Defer carved records between two offsets, except hidden ones. Records of a
 * chunk inside of this one are deferred as records of the inner chunk. */
void recover_carved(const struct recover *r, const struct chunk *c,
    uint32_t from, uint32_t end);

#endif
