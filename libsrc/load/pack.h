/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches become request bodies off the sending thread: read from their
 * segment, framed in place, compressed.
 *
 * A thread has room for one batch, so memory does not grow with what waits; a
 * job keeps the compressed bytes only. Jobs come back in the order given.
 */
#ifndef LOAD_PACK_H
#define LOAD_PACK_H

#include "checkpoint/batch.h"
#include "load/inner.h"

struct http;
struct pack;

/* One batch to pack: the owner's memory, not touched by it until taken. */
struct pack_job {
	const struct batch *batch;
	struct buf *body; /* gets the compressed body, instead of its own */
	uint64_t plain;   /* bytes of the body before */
	enum rc rc;       /* how it went, */
	struct err e;     /* and why */
	void *owner;
};

/* `slots` jobs may be out at once; http is woken when one is done, and must
 * live longer. Destroy waits for what runs, and takes NULL. */
enum rc pack_create(const struct load *load, struct http *http, size_t slots,
    struct pack **pp, struct err *e);
void pack_destroy(struct pack *p);

void pack_give(struct pack *p, struct pack_job *job);

/* The oldest job if it is done, else NULL. Never waits. */
struct pack_job *pack_take(struct pack *p);

#endif
