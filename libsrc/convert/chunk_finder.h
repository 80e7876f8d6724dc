/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the chunks in the bytes of a file.
 *
 * The position decides. Chunks follow each other without gaps, so each accepted
 * chunk starts a grid of slots of CHUNK_BYTES. A chunk signature at the start
 * of a slot makes the slot a chunk: a header inside it (in free space, in a
 * value that somebody logged) is not one, even if its checksums are right. The
 * checksums of the slot's own chunk do not matter: one flipped bit breaks them,
 * and a forged chunk has right ones.
 *
 * The grid moves only where bytes were lost or added: the source does not
 * continue at the next places of the grid, and either the chunk of the slot
 * breaks off in the middle of its records, or the source continues at the next
 * place of the other grid. If no chunk starts at a place of the grid, the next
 * valid header at any offset starts a new grid, unless the old one continues
 * behind the slot.
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

/* Number of places, one chunk apart, that are examined. */
#define CHUNK_FINDER_PLACES 3U

/* Bytes that are enough to find at least one piece. */
#define CHUNK_FINDER_ENOUGH (CHUNK_FINDER_PLACES * CHUNK_BYTES + CHUNK_HEADER)

/* Bytes behind the last whole chunk that are usually needed to accept it. */
#define CHUNK_FINDER_AHEAD CHUNK_HEADER

/* Split bytes, which start at a place of the grid, into *n pieces. Returns how
 * many bytes the pieces cover. The rest must be passed again with more bytes
 * behind it; there is no rest if the view has all bytes that are left. */
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
