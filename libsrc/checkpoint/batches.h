/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the batches of a checkpoint by segment, for those that compare what
 * was sent with what is there. Works on a checkpoint that is only looked at.
 */
#ifndef CHECKPOINT_BATCHES_H
#define CHECKPOINT_BATCHES_H

#include <stddef.h>

#include "checkpoint/checkpoint.h"

/* All batches of the segment with this digest but those that were split, in
 * the order of their offsets. None if the checkpoint does not know it. free()
 * the array. */
enum rc batch_list(struct checkpoint *s, const char *sha256, struct batch **out,
    size_t *n, struct err *e);

/* When the first attempt of all began, less an hour for clocks that differ:
 * 2026-01-31T22:59:59Z, or "" if nothing was sent yet. */
enum rc history_first_attempt(
    struct checkpoint *s, char out[32], struct err *e);

#endif
