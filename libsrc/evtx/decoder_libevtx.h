/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libevtx as a decoder ("libevtx"), for a second opinion.
 *
 * libevtx reads files, not chunks. So it is given each chunk as a file of its
 * own in memory: a generated file header and the chunk. Its view of the real
 * file (dirty flag, number of chunks, 4 GiB) does not matter then, and chunks
 * can be decoded in parallel. It reads the same records this way as from whole
 * files, as a test of 361 public files showed.
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
