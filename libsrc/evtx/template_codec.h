/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converts the nodes of a template to bytes and back. Two templates are equal
 * if their bytes are equal, even if they come from different chunks.
 *
 * Each node is a head of 8 bytes, its name or text, its attributes and its
 * content; a list ends with a byte 0. The head has the kind of node + 1, the
 * index of a substitution (2 bytes), the length of the name or text or the type
 * of a substitution (3 bytes), and two flags: has attributes, has content.
 */
#ifndef EVTX_TEMPLATE_CODEC_H
#define EVTX_TEMPLATE_CODEC_H

#include "event/tree.h"
#include "util/buf.h"

/* Append a list of nodes as bytes. */
void template_codec_write(struct buf *b, const struct node *n);

/* Read the list of nodes from bytes that template_codec_write() wrote. Names
 * and texts point into the bytes. NULL if the arena is full or the list is
 * empty. */
struct node *template_codec_read(struct span bytes, struct arena *into);

#endif
