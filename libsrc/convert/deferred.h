/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that read the deferred records of one chunk, when the templates of the
 * whole run are known. Records whose template is missing (orphans) are counted
 * like every record, recovered records separately. Columns in their rows mark
 * both, and lines of damage report them.
 */
#ifndef CONVERT_DEFERRED_H
#define CONVERT_DEFERRED_H

#include "convert/job.h"
#include "convert/recorder.h"
#include "evtx/decoder.h"
#include "util/stop.h"

/* The parts of a worker that deferred records need; borrowed. */
struct deferred_tools {
	const struct decoder_kind *kind;
	struct decoder *decoder;
	struct recorder *recorder;
	/* Buffer of CHUNK_BYTES for a chunk that is cut short. */
	uint8_t *padded;
	/* Buffer of CHUNK_BYTES for a chunk with repaired signatures. */
	uint8_t *mended;
	/* Buffer of SIGNATURE_REPAIR_TEXT_MAX for a list of repairs. */
	char *repaired;
	/* The schema already writes Recovered_CF into the rows. */
	bool says_recovered;
	struct stop *stop;
};

/* Read the deferred records of a job and set its results, which must be
 * cleared. */
void deferred_run(const struct deferred_tools *t, struct job *j);

#endif
