/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/chunk_finder.h"
#include "util/cursor.h"

#define SIGNATURE SPAN("ElfChnk\0")
#define HEADER_SIZE 128U
#define FIELDS 52U /* bytes of a header with what is_believable() looks at */

static bool
has_signature(struct span bytes, size_t at)
{
	return at < bytes.n &&
	       span_starts(span_of(bytes.p + at, bytes.n - at), SIGNATURE);
}

/* Apart from its signature, a header says its own size, and offsets that lie
 * in the chunk. */
static bool
has_fields(struct span bytes, size_t at)
{
	if (at > bytes.n || bytes.n - at < FIELDS)
		return false;
	struct cursor c = cursor_of(span_of(bytes.p + at, FIELDS));
	cursor_skip(&c, 40);
	const uint32_t size = cursor_u32(&c);
	const uint32_t last = cursor_u32(&c);
	const uint32_t free_offset = cursor_u32(&c);
	return size == HEADER_SIZE && last < CHUNK_BYTES &&
	       free_offset >= CHUNK_HEADER && free_offset <= CHUNK_BYTES;
}

size_t
chunk_finder_next(struct span bytes, size_t from)
{
	while (from < bytes.n) {
		const uint8_t *const p = memmem(
		    bytes.p + from, bytes.n - from, SIGNATURE.p, SIGNATURE.n);
		if (p == NULL)
			return bytes.n;
		from = (size_t)(p - bytes.p);
		if (bytes.n - from >= CHUNK_HEADER && has_fields(bytes, from))
			return from;
		from++;
	}
	return bytes.n;
}

/* Whether a grid goes on at a place: with a chunk, though its signature or its
 * fields may be damaged, or with the end of the source. */
static bool
goes_on(const struct chunk_finder_view *v, size_t place)
{
	return place == v->left || has_signature(v->bytes, place) ||
	       has_fields(v->bytes, place);
}

/* The first believable header of the slot at or behind `from`; `end` if there
 * is none. It may be most of a header behind the slot's end. */
static size_t
find_inside(const struct chunk_finder_view *v, size_t from, size_t end)
{
	const size_t behind = v->bytes.n - end;
	const size_t most = behind < CHUNK_HEADER ? behind : CHUNK_HEADER;
	const size_t found =
	    chunk_finder_next(span_of(v->bytes.p, end + most), from);

	return found < end ? found : end;
}

/* Whether the source goes on at the grid of the header at `inside`. */
static bool
starts_grid(const struct chunk_finder_view *v, size_t inside)
{
	return goes_on(v, inside + CHUNK_BYTES) ||
	       (v->left != CHUNK_FINDER_UNKNOWN &&
		   (v->left - inside) % CHUNK_BYTES == 0);
}

static bool
is_torn(const struct chunk_finder_view *v, size_t at, size_t inside)
{
	return chunk_is_torn_at(
	    span_of(v->bytes.p + at, CHUNK_BYTES), (uint32_t)(inside - at));
}

/* Where the chunk at `at`, whose grid does not go on at its next place, ends:
 * at its full size, unless it lost bytes and a whole chunk starts inside. */
static size_t
moved_end(const struct chunk_finder_view *v, size_t at, size_t end)
{
	size_t torn = end;

	for (size_t k = 2; k <= CHUNK_FINDER_PLACES; k++) {
		if (goes_on(v, at + k * CHUNK_BYTES))
			return end;
	}
	for (size_t in = find_inside(v, at + 1, end); in < end;
	     in = find_inside(v, in + 1, end)) {
		if (v->bytes.n - in < CHUNK_BYTES)
			break;
		if (starts_grid(v, in))
			return in;
		if (torn == end && is_torn(v, at, in))
			torn = in;
	}
	return torn;
}

/* Where the piece at `at` ends, whose slot ends at `end`; `at` itself if more
 * bytes are needed to tell. */
static size_t
piece_end(const struct chunk_finder_view *v, size_t at, size_t end)
{
	const bool enough =
	    v->bytes.n == v->left || v->bytes.n - at >= CHUNK_FINDER_ENOUGH;

	if (goes_on(v, at + CHUNK_BYTES))
		return end;
	const size_t inside = find_inside(v, at + 1, end);
	/* A signature alone may be garbage, and a damaged header owns its slot,
	 * too. */
	if (inside == end ||
	    (!has_fields(v->bytes, at) &&
		!chunk_has_first_record(span_of(v->bytes.p + at, end - at))))
		return inside;
	return enough ? moved_end(v, at, end) : at;
}

size_t
chunk_finder_split(const struct chunk_finder_view *v,
    struct chunk_piece pieces[CHUNK_PIECES_MAX], size_t *n)
{
	const size_t whole = v->bytes.n;
	const bool all = whole == v->left;
	size_t at = 0;

	*n = 0;
	while (at < whole && *n < CHUNK_PIECES_MAX) {
		struct chunk_piece *const p = &pieces[*n];
		const size_t left = whole - at;
		if (!all && left < CHUNK_BYTES + CHUNK_FINDER_AHEAD)
			break;
		p->kind =
		    has_signature(v->bytes, at) ? PIECE_CHUNK : PIECE_OTHER;
		p->at = at;
		const size_t end =
		    at + (left < CHUNK_BYTES ? left : CHUNK_BYTES);
		const size_t stop = piece_end(v, at, end);
		if (stop == at)
			break;
		p->n = stop - at;
		at = stop;
		++*n;
	}
	return at;
}

void
chunk_finder_inner_at(
    struct chunk_finder_inner *in, struct span slot, size_t offset)
{
	if (in->end <= offset)
		in->at = in->end = 0;
	while (in->at == 0 && in->next < offset) {
		const size_t at = chunk_finder_next(slot, in->next);
		if (at >= offset)
			return;
		const uint32_t end =
		    chunk_claimed_end(span_of(slot.p + at, slot.n - at));
		in->next = at + 1;
		if (end > offset - at) {
			in->at = at;
			in->end = at + end;
		}
	}
}
