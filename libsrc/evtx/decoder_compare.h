/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both decoders at once ("both").
 *
 * Their records are matched by the offset of the record header in the chunk.
 * What both read is compared (tree_compare.h), and the native tree is lent;
 * what only one of them finds or can read is taken from that one. The note of a
 * record says how they differ.
 */
#ifndef EVTX_DECODER_COMPARE_H
#define EVTX_DECODER_COMPARE_H

#include "evtx/decoder.h"

extern const struct decoder_kind decoder_compare;

#endif
