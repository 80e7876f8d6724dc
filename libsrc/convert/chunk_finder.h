/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the chunks in the bytes of a file.
 *
 * Chunks are recognized by their position. They follow each other without gaps,
 * so each accepted chunk starts a grid of slots of CHUNK_BYTES. A chunk
 * signature at the start of a slot makes the slot a chunk: a header inside of
 * the slot (in free space, in a value that somebody logged) is not a chunk,
 * even if its checksums are right. The checksums of the chunk itself do not
 * matter: one flipped bit makes them wrong, and a forged chunk has right ones.
 *
 * The grid moves only where bytes were lost or added. Then no chunk starts at
 * the next slots of the grid, and either the chunk in the slot breaks off in
 * the middle of its records, or a chunk starts at the next slot of the new
 * grid. If no chunk starts at a slot of the grid, the next valid header at any
 * offset starts a new grid, unless the old grid continues behind the slot.
 */
#ifndef CONVERT_CHUNK_FINDER_H
#define CONVERT_CHUNK_FINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "evtx/chunk.h"

#define CHUNK_PIECES_MAX 16U
#define CHUNK_FINDER_UNKNOWN UINT64_MAX

enum chunk_piece_kind {
	PIECE_CHUNK, /* the piece starts with a chunk's signature */
	PIECE_OTHER, /* the piece starts with other bytes */
};

/* A slot of the grid, or a part of one where the grid moves in the middle of a
 * slot. */
struct chunk_piece {
	enum chunk_piece_kind kind;
	size_t at; /* offset of the piece in the bytes that were split */
	size_t n;  /* length of the piece in bytes, at most CHUNK_BYTES */
};

/* Bytes of a source in which chunks are searched. */
struct chunk_finder_view {
	struct span bytes;
	/* Number of bytes from the start of `bytes` to the end of the source,
	 * or CHUNK_FINDER_UNKNOWN. */
	uint64_t left;
};

/* Number of slots behind a chunk that are examined before the grid moves. */
#define CHUNK_FINDER_PLACES 3U

/* With this number of bytes, chunk_finder_split() finds at least one piece. */
#define CHUNK_FINDER_ENOUGH (CHUNK_FINDER_PLACES * CHUNK_BYTES + CHUNK_HEADER)

/* Number of bytes behind a chunk that are usually needed to accept it. */
#define CHUNK_FINDER_AHEAD CHUNK_HEADER

/* Split bytes, which start at a slot of the grid, into *n pieces. Returns the
 * number of bytes that the pieces cover. The rest must be passed again with
 * more bytes behind it. There is no rest if the view has all bytes that are
 * left and CHUNK_PIECES_MAX is not reached. */
size_t chunk_finder_split(const struct chunk_finder_view *v,
    struct chunk_piece pieces[CHUNK_PIECES_MAX], size_t *n);

/* A chunk inside of the slot of another chunk. */
struct chunk_finder_inner {
	/* Offset of the inner chunk's header in the slot; 0: there is none. */
	size_t at;
	/* Offset in the slot at which the inner chunk's records end. */
	size_t end;
	/* Offset in the slot at which the search continues; at first 1. */
	size_t next;
};

/* Find the inner chunk whose header has a right checksum and whose records
 * contain this offset of the slot. From call to call the offset must not
 * decrease. */
void chunk_finder_inner_at(
    struct chunk_finder_inner *in, struct span slot, size_t offset);

/* The offset of the first believable chunk header at or behind `from`; bytes.n
 * if there is none. */
size_t chunk_finder_next(struct span bytes, size_t from);

#endif
