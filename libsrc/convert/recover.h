/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of a chunk that are read at the end of the run: those whose template
 * is missing, those that another record hides, and carved ones in free space. A
 * worker defers them in its job. Hidden records that will not be read are
 * reported as damage at once.
 */
#ifndef CONVERT_RECOVER_H
#define CONVERT_RECOVER_H

#include "convert/job.h"

/* The chunk that a worker is in. */
struct recover {
	struct job *job;
	const struct chunk_piece *cut;
	bool reads; /* hidden records are read; else they are only reported */
};

/* Defer a record whose template is missing. */
void recover_orphan(const struct recover *r, const struct chunk_record *h);

/* Defer or report the records that are hidden in one that the decoder has
 * found, even if it could not be read. */
void recover_hidden(const struct recover *r, const struct chunk *c,
    const struct record *record);

/* Defer carved records from one offset to another, except hidden ones. Those of
 * a chunk that lies inside this one are records of that chunk. */
void recover_carved(const struct recover *r, const struct chunk *c,
    uint32_t from, uint32_t end);

#endif
