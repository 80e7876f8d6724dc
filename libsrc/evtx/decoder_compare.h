/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder "both": runs both decoders at once.
 *
 * Their records are matched by the offset of the record header in the chunk. If
 * both read a record, their trees are compared (tree_compare.h) and the native
 * tree is returned; a record that only one of them finds or can read is
 * returned as that one reads it. The note of a record says how the decoders
 * differ.
 */
#ifndef EVTX_DECODER_COMPARE_H
#define EVTX_DECODER_COMPARE_H

#include "evtx/decoder.h"

extern const struct decoder_kind decoder_compare;

#endif
