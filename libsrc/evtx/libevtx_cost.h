/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An estimate of the work that libevtx needs for the records of a chunk.
 *
 * libevtx parses a template again for each record that uses it, and its time
 * for the text of an element grows with the square of the number of text
 * pieces. So the work is estimated before libevtx is called: the bytes of the
 * template definitions that a record may use, and the pieces of text in them.
 * The estimate depends on the chunk alone.
 *
 * libevtx also trusts the number of values that a template instance claims, and
 * allocates memory for each value: a record of 2 KB can take 20 GB. A record
 * that claims too many values must not be passed to it.
 */
#ifndef EVTX_LIBEVTX_COST_H
#define EVTX_LIBEVTX_COST_H

#include "evtx/chunk.h"

#define LIBEVTX_COST_STEP 64U

/* Maximum cost of the records of a chunk. Real chunks cost less than 2 MiB. */
#define LIBEVTX_COST_MAX ((size_t)3 << 20)

/* The cost of opening the chunk again to read a hidden record. */
#define LIBEVTX_COST_OPEN ((size_t)32 << 10)

struct libevtx_cost {
	struct span chunk;
	/* The number of possible text tokens before each step of the chunk. */
	uint16_t before[CHUNK_BYTES / LIBEVTX_COST_STEP + 1];
	size_t spent;
};

/* Start a chunk of CHUNK_BYTES, which is borrowed. */
void libevtx_cost_start(struct libevtx_cost *w, struct span chunk);

/* Add the cost of a record; false if the chunk now exceeds LIBEVTX_COST_MAX. */
bool libevtx_cost_add(struct libevtx_cost *w, const struct chunk_record *r);

/* The largest number of values that a template instance of a record claims. A
 * chunk cannot hold more than LIBEVTX_COST_VALUES_MAX, because the size and
 * type of each value take four bytes. */
#define LIBEVTX_COST_VALUES_MAX (CHUNK_BYTES / 4)

uint32_t libevtx_cost_values(
    const struct libevtx_cost *w, const struct chunk_record *r);

#endif
