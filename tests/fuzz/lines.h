/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a chunk to the lines of every schema, by our own decoder, and back to a
 * check of each line. What the decoder has learned of a chunk is kept for the
 * next one, as in a run over a file; each chunk is read twice, so that what
 * was learned from it is used.
 */
#ifndef FUZZ_LINES_H
#define FUZZ_LINES_H

#include <stdint.h>

#include "evtx/chunk.h"

/* Make the header of a chunk believable: signature, the end of the used area,
 * checksums. With `frames` record headers, too, so that what is between them
 * is looked at. `used` bytes are in use at most. */
void lines_seal(uint8_t chunk[CHUNK_BYTES], size_t used, bool frames);

/* Fail unless every record comes out as a good line or is refused. */
void lines_check(const uint8_t chunk[CHUNK_BYTES]);

#endif
