/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own decoder ("native").
 *
 * For each record it matches the descriptors of the template instance with the
 * value layouts that are known (value_layout.h) and lends the cached tree of
 * that layout, with the values as spans of the chunk. A record without a cached
 * tree (no template, elements outside of templates, the first of its layout) is
 * expanded to a tree of its own (template_expand.h).
 */
#ifndef EVTX_DECODER_NATIVE_H
#define EVTX_DECODER_NATIVE_H

#include "evtx/decoder.h"
#include "evtx/name_check.h"

extern const struct decoder_kind decoder_native;

/* The names of the chunk; `used` and `refused` are those of the record that was
 * read last. */
const struct name_check *decoder_native_names(const struct decoder *d);

/* True if the trees of the chunk have taken all the memory that they may. */
bool decoder_native_over_limit(const struct decoder *d);

#endif
