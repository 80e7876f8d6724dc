/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of a chunk that are read at the end of the run: those whose template
 * is missing, those that another record hides, and old ones in free space. A
 * worker sets them aside in its job. What nobody is going to read is named in
 * the job's lines of damage at once.
 */
#ifndef CONVERT_RECOVER_H
#define CONVERT_RECOVER_H

#include "convert/job.h"

/* The chunk that a worker is in. */
struct recover {
	struct job *job;
	const struct chunk_piece *cut;
	bool reads; /* hidden records: else they are only named */
};

/* A record without its template. */
void recover_orphan(const struct recover *r, const struct chunk_record *h);

/* The records that are hidden in one that the decoder has found, whether it
 * could read it or not. */
void recover_hidden(const struct recover *r, const struct chunk *c,
    const struct record *record);

/* Old records from one offset to another, but for what is hidden there. Those
 * of a chunk that lies inside this one are records of that one. */
void recover_carved(const struct recover *r, const struct chunk *c,
    uint32_t from, uint32_t end);

#endif
