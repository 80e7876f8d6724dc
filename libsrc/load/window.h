/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The batches that an upload works on. A slot holds one batch from its first
 * attempt to its end, through all waits in between.
 */
#ifndef LOAD_WINDOW_H
#define LOAD_WINDOW_H

#include "checkpoint/batch.h"
#include "load/compress.h"

struct window_slot {
	struct batch batch; /* batch in the slot; id 0: the slot is free */
	struct compress_job job;
	struct buf body;  /* compressed body, kept for further attempts */
	bool compressing; /* the body is being compressed */
	bool recorded;  /* the attempt is recorded; the request is sent next */
	bool in_flight; /* a request is open */
	unsigned tries; /* number of attempts of this run */
	unsigned generation; /* generation of the token that was used */
	int64_t due_ms;      /* time before which there is no attempt */
};

struct window {
	struct window_slot *slots;
	unsigned n;
	unsigned requests; /* maximum number of open requests */
};

/* Create slots for `requests` open requests and `ahead` batches that are
 * compressed in advance. Must be reset also after a failure. */
enum rc window_create(struct window *w, unsigned requests, unsigned ahead,
    size_t body_max, struct err *e);
void window_reset(struct window *w);

/* True if a slot holds the batch with this id. */
bool window_has(const struct window *w, int64_t id);

/* True if no slot holds a batch. */
bool window_is_empty(const struct window *w);

/* Returns the number of open requests. */
unsigned window_in_flight(const struct window *w);

/* True if the slot has a batch that could be sent. */
bool window_is_ready(const struct window_slot *s);

#endif
