/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Late jobs: the records of one chunk that were set aside, read again when the
 * templates of the whole run are known. Orphans end in the account like every
 * record; old ones have terms of their own. Each leaves a line of damage, and
 * each line says in itself that it is not like the others.
 */
#ifndef CONVERT_DEFERRED_H
#define CONVERT_DEFERRED_H

#include "convert/job.h"
#include "convert/recorder.h"
#include "evtx/decoder.h"
#include "util/stop.h"

/* What a worker has. */
struct deferred_tools {
	const struct decoder_kind *kind;
	struct decoder *decoder;
	struct recorder *recorder;
	uint8_t *padded;     /* CHUNK_BYTES, */
	uint8_t *mended;     /* and as many */
	char *repaired;      /* SIGNATURE_REPAIR_TEXT_MAX */
	bool says_recovered; /* lines of recovered records say so already */
	struct stop *stop;
};

/* Fill the results of a late job, which were cleared. */
void deferred_run(const struct deferred_tools *t, struct job *j);

#endif
