/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs that read deferred records: those of one chunk, read when the templates
 * of the whole run are known. Orphans are counted like every record, recovered
 * records in terms of their own. Each leaves a line of damage, and each of
 * their rows says that it is not like the others.
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
	uint8_t *padded;     /* CHUNK_BYTES */
	uint8_t *mended;     /* CHUNK_BYTES */
	char *repaired;      /* SIGNATURE_REPAIR_TEXT_MAX */
	bool says_recovered; /* rows have Recovered_CF without being marked */
	struct stop *stop;
};

/* Fill the results of such a job, which are cleared. */
void deferred_run(const struct deferred_tools *t, struct job *j);

#endif
