/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the records of a chunk may cost libevtx.
 *
 * libevtx parses a template again for each record that uses it, and its time
 * for the text of an element grows with the square of the number of pieces. So
 * the work is estimated before libevtx is asked: bytes of the definitions that
 * a record may use, and the pieces of text in them. It depends on the chunk
 * alone.
 */
#ifndef EVTX_LIBEVTX_COST_H
#define EVTX_LIBEVTX_COST_H

#include "evtx/chunk.h"

#define LIBEVTX_COST_STEP 64U

/* Of a chunk. Real ones stay below 2 MiB. */
#define LIBEVTX_COST_MAX ((size_t)3 << 20)

struct libevtx_cost {
	struct span chunk;
	/* How many bytes before each step may be tokens of text. */
	uint16_t before[CHUNK_BYTES / LIBEVTX_COST_STEP + 1];
	size_t spent;
};

/* What it costs to open the chunk again for a record that is hidden. */
#define LIBEVTX_COST_OPEN ((size_t)32 << 10)

/* chunk: CHUNK_BYTES, borrowed. */
void libevtx_cost_start(struct libevtx_cost *w, struct span chunk);

/* Add a record; false if the chunk has spent too much with it. */
bool libevtx_cost_add(struct libevtx_cost *w, const struct chunk_record *r);

#endif
