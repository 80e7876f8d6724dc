/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes of a template as bytes: two templates are the same if their bytes
 * are, whatever chunk they stand in, and the nodes can be made from the bytes
 * again. Each node is a head of 8 bytes, its name or text, its attributes and
 * its content; a list ends with a byte 0.
 */
#ifndef EVTX_TEMPLATE_CODEC_H
#define EVTX_TEMPLATE_CODEC_H

#include "event/tree.h"
#include "util/buf.h"

/* Append a list of nodes. */
void template_codec_write(struct buf *b, const struct node *n);

/* Make the list again, in the arena; names and texts point into the bytes,
 * which template_codec_write() has written. NULL when the arena is full, and
 * for an empty list. */
struct node *template_codec_read(struct span bytes, struct arena *into);

#endif
