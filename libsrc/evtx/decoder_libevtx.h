/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder "libevtx": the library libevtx, for a second opinion.
 *
 * libevtx reads files, not chunks. So each chunk is passed to it as a file in
 * memory: a generated file header and the chunk. What libevtx thinks of the
 * real file (dirty flag, number of chunks, limit of 4 GiB) then does not
 * matter, and chunks can be decoded in parallel. In a test of 361 public files
 * it read the same records this way as from the whole files.
 */
#ifndef EVTX_DECODER_LIBEVTX_H
#define EVTX_DECODER_LIBEVTX_H

#include "evtx/decoder.h"

extern const struct decoder_kind decoder_libevtx;

/* The XML of the record that next() returned last, valid until the next
 * call. */
struct span decoder_libevtx_xml(const struct decoder *d);

/* The version of libevtx, for --version. */
const char *decoder_libevtx_version(void);

#endif
