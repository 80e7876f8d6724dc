/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes request bodies in other threads: reads a batch from its segment,
 * frames it as the sink wants it, and compresses it.
 *
 * Each thread has one uncompressed batch in memory; waiting jobs hold only
 * compressed bytes. Jobs finish in the order in which they were submitted.
 */
#ifndef LOAD_COMPRESS_H
#define LOAD_COMPRESS_H

#include "load/session.h"

struct http;
struct compress;

/* One batch. Its memory belongs to the caller, who must not touch it between
 * compress_submit() and compress_finished(). */
struct compress_job {
	const struct batch *batch;
	struct buf *body; /* the compressed body */
	uint64_t plain;   /* size of the body before compression */
	enum rc rc;
	struct err e;
	void *owner;
};

/* Create the threads. At most `slots` jobs may be submitted at a time. `http`,
 * which must live longer, is woken whenever a job finishes. compress_destroy()
 * waits for running jobs; takes NULL. */
enum rc compress_create(const struct session *s, struct http *http,
    size_t slots, struct compress **cp, struct err *e);
void compress_destroy(struct compress *c);

void compress_submit(struct compress *c, struct compress_job *job);

/* Returns the oldest job if it has finished, else NULL. Does not wait. */
struct compress_job *compress_finished(struct compress *c);

#endif
