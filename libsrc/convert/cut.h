/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where chunks are in the bytes of a file.
 *
 * Chunks follow each other without gaps behind the header block. Where the
 * next one is not at its place (garbage in between, a chunk that was cut off,
 * a header block of another size), the next signature with a believable header
 * is looked for, at any offset. A chunk that is followed by something else is
 * searched for the start of another one inside it, so that what was cut off
 * does not swallow what stands behind it.
 */
#ifndef CONVERT_CUT_H
#define CONVERT_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "evtx/chunk.h"

#define CUT_PIECES_MAX 16U

enum cut_kind {
	CUT_CHUNK, /* starts with a chunk's signature */
	CUT_OTHER, /* something else */
};

struct cut_piece {
	enum cut_kind kind;
	size_t at; /* in the bytes */
	size_t n;  /* of a chunk at most CHUNK_BYTES, fewer if it was cut off */
};

/* How many bytes behind the last whole chunk are needed to judge it. */
#define CUT_LOOK_AHEAD CHUNK_HEADER

/* Cut bytes into pieces, *n of them. Returns how many bytes they cover; what
 * is left (never all of it, if there are CHUNK_BYTES + CUT_LOOK_AHEAD) is to
 * come again with more behind it. `end`: there is nothing more. */
size_t cut_bytes(struct span bytes, bool end,
    struct cut_piece pieces[CUT_PIECES_MAX], size_t *n);

/* Where the first believable chunk starts in bytes, or bytes.n. */
size_t cut_find(struct span bytes, size_t from);

#endif
