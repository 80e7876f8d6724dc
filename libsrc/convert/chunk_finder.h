/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where chunks are in the bytes of a file.
 *
 * Position comes first. Chunks follow each other without gaps, so each accepted
 * chunk starts a grid of slots of CHUNK_BYTES. What starts with a chunk's
 * signature at its place owns its slot: a header inside it (in free space, in a
 * value that somebody logged) is no chunk, however good its checksums are. The
 * checksums of the slot's own chunk do not matter for that: one flipped bit
 * spoils them, and a forged chunk has two good ones.
 *
 * The grid moves only where bytes are lost or too many: the source does not go
 * on at the next places of the grid, and either the chunk of the slot is cut
 * off in the middle of its records, or the source goes on at the next place of
 * the other grid. Where no chunk starts at its place, the next believable
 * header at any offset starts a new grid, unless the old one goes on behind the
 * slot.
 */
#ifndef CONVERT_CHUNK_FINDER_H
#define CONVERT_CHUNK_FINDER_H

#include <stdbool.h>
#include <stdint.h>

#include "evtx/chunk.h"

#define CHUNK_PIECES_MAX 16U
#define CHUNK_FINDER_UNKNOWN UINT64_MAX

enum chunk_piece_kind {
	PIECE_CHUNK, /* starts with a chunk's signature */
	PIECE_OTHER, /* something else */
};

/* A slot, or what is left of one. */
struct chunk_piece {
	enum chunk_piece_kind kind;
	size_t at; /* in the bytes */
	size_t n;  /* at most CHUNK_BYTES, fewer if it was cut off */
};

/* Bytes of a source. */
struct chunk_finder_view {
	struct span bytes;
	uint64_t left; /* to the end of the source, these bytes included, or
			* CHUNK_FINDER_UNKNOWN */
};

/* How many places of a grid are looked at. */
#define CHUNK_FINDER_PLACES 3U

/* So many bytes are enough to cut at least one piece. */
#define CHUNK_FINDER_ENOUGH (CHUNK_FINDER_PLACES * CHUNK_BYTES + CHUNK_HEADER)

/* How many bytes behind the last whole chunk are needed to judge it, as a
 * rule. */
#define CHUNK_FINDER_AHEAD CHUNK_HEADER

/* Cut bytes, which start at a place of the grid, into pieces, *n of them.
 * Returns how many bytes they cover. The rest must come again with more bytes
 * behind it; there is none if the view has all that is left. */
size_t chunk_finder_split(const struct chunk_finder_view *v,
    struct chunk_piece pieces[CHUNK_PIECES_MAX], size_t *n);

/* A chunk that lies inside another one's slot: where its header is, and where
 * the records end that it claims. */
struct chunk_finder_inner {
	size_t at;   /* in the slot; 0: there is none */
	size_t end;  /* in the slot */
	size_t next; /* where to look for the next one; 1 to begin with */
};

/* The chunk inside the slot that claims the offset, with a header whose
 * checksum holds; offsets do not go back from call to call. */
void chunk_finder_inner_at(
    struct chunk_finder_inner *in, struct span slot, size_t offset);

/* Where the first believable chunk starts in bytes, or bytes.n. */
size_t chunk_finder_next(struct span bytes, size_t from);

#endif
