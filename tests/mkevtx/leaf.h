/* SPDX-License-Identifier: Apache-2.0 */
/* The leaf elements of an event's body as JSON objects: see expect.h. */
#ifndef MKEVTX_LEAF_H
#define MKEVTX_LEAF_H

#include "buf.h"
#include "event.h"

/* Appends the objects with commas between, without brackets. */
void leaf_json(struct buf *out, const struct event *e);

#endif
