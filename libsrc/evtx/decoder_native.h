/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder "native": our own.
 *
 * For each record it matches the descriptors of the template instance with the
 * known value layouts (value_layout.h) and returns the cached tree of that
 * layout; the values are spans of the chunk. A record without a cached tree (no
 * template, elements outside of templates, the first record of its layout) is
 * expanded to a tree of its own (template_expand.h).
 */
#ifndef EVTX_DECODER_NATIVE_H
#define EVTX_DECODER_NATIVE_H

#include "evtx/decoder.h"
#include "evtx/name_check.h"

extern const struct decoder_kind decoder_native;

/* The name check of the chunk. Its members `used` and `refused` describe the
 * record that was read last. */
const struct name_check *decoder_native_names(const struct decoder *d);

/* True if the trees of the chunk exceed their memory limit. */
bool decoder_native_over_limit(const struct decoder *d);

#endif
