/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/chunk_finder.h"
#include "util/cursor.h"

#define SIGNATURE SPAN("ElfChnk\0")
#define HEADER_SIZE 128U
/* Length of a chunk header up to the last field that has_fields() reads. */
#define FIELDS 52U

static bool
has_signature(struct span bytes, size_t at)
{
	return at < bytes.n &&
	       span_starts(span_of(bytes.p + at, bytes.n - at), SIGNATURE);
}

/* True if the bytes have the fields of a chunk header: the size of a header,
 * and offsets inside of a chunk. The signature is not compared. */
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

/* True if a grid continues at an offset: with the end of the source or a chunk,
 * whose signature or whose fields may be damaged. */
static bool
continues_at(const struct chunk_finder_view *v, size_t place)
{
	return place == v->left || has_signature(v->bytes, place) ||
	       has_fields(v->bytes, place);
}

/* The offset of the first valid header from `from` to the end of the slot;
 * `end` if there is none. A part of the header may be behind `end`. */
static size_t
find_inside(const struct chunk_finder_view *v, size_t from, size_t end)
{
	const size_t behind = v->bytes.n - end;
	const size_t most = behind < CHUNK_HEADER ? behind : CHUNK_HEADER;
	const size_t found =
	    chunk_finder_next(span_of(v->bytes.p, end + most), from);

	return found < end ? found : end;
}

/* The end of the chunk at `at` if its grid does not continue at the next slot.
 * This is the end of its slot, unless the chunk has lost bytes and a whole
 * chunk starts inside of the slot. The latter must start a grid that continues
 * or ends with the source, or be where the records of the torn chunk break off.
 */
static size_t
moved_end(const struct chunk_finder_view *v, size_t at, size_t end)
{
	size_t torn = end;

	for (size_t k = 2; k <= CHUNK_FINDER_PLACES; k++) {
		if (continues_at(v, at + k * CHUNK_BYTES))
			return end;
	}
	for (size_t in = find_inside(v, at + 1, end); in < end;
	     in = find_inside(v, in + 1, end)) {
		if (v->bytes.n - in < CHUNK_BYTES)
			break;
		if (continues_at(v, in + CHUNK_BYTES) ||
		    (v->left != CHUNK_FINDER_UNKNOWN &&
			(v->left - in) % CHUNK_BYTES == 0))
			return in;
		if (torn == end &&
		    chunk_is_torn_at(span_of(v->bytes.p + at, CHUNK_BYTES),
			(uint32_t)(in - at)))
			torn = in;
	}
	return torn;
}

/* The end of the piece at `at`, whose slot ends at `end`; `at` itself if more
 * bytes are needed to decide. */
static size_t
piece_end(const struct chunk_finder_view *v, size_t at, size_t end)
{
	const bool enough =
	    v->bytes.n == v->left || v->bytes.n - at >= CHUNK_FINDER_ENOUGH;

	if (continues_at(v, at + CHUNK_BYTES))
		return end;
	const size_t inside = find_inside(v, at + 1, end);
	/* A signature without valid fields and without a first record may be
	 * garbage. With one of them it is a chunk with a damaged header. */
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
