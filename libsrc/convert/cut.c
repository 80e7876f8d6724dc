/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/cut.h"
#include "util/cursor.h"

#define SIGNATURE SPAN("ElfChnk\0")
#define HEADER_SIZE 128U

static bool
has_signature(struct span bytes, size_t at)
{
	return at < bytes.n &&
	       span_starts(span_of(bytes.p + at, bytes.n - at), SIGNATURE);
}

/* A signature may stand in a record, too, as text of an event about logs. A
 * header says its own size, and offsets that lie in the chunk. */
static bool
is_believable(struct span bytes, size_t at)
{
	if (bytes.n - at < CHUNK_HEADER)
		return false;
	struct cursor c = cursor_of(span_of(bytes.p + at, bytes.n - at));
	cursor_skip(&c, 40);
	const uint32_t size = cursor_u32(&c);
	const uint32_t last = cursor_u32(&c);
	const uint32_t free_offset = cursor_u32(&c);
	return size == HEADER_SIZE && last < CHUNK_BYTES &&
	       free_offset >= CHUNK_HEADER && free_offset <= CHUNK_BYTES;
}

size_t
cut_find(struct span bytes, size_t from)
{
	while (from < bytes.n) {
		const uint8_t *const p = memmem(
		    bytes.p + from, bytes.n - from, SIGNATURE.p, SIGNATURE.n);
		if (p == NULL)
			return bytes.n;
		from = (size_t)(p - bytes.p);
		if (is_believable(bytes, from))
			return from;
		from++;
	}
	return bytes.n;
}

/* Where the chunk at `at` ends: at its full size if it is the last, or if
 * another one or nothing but zeros follows; else where one starts inside. */
static size_t
chunk_end(struct span bytes, size_t at)
{
	const size_t left = bytes.n - at;
	const size_t end = at + (left < CHUNK_BYTES ? left : CHUNK_BYTES);

	if (has_signature(bytes, end) && is_believable(bytes, end))
		return end;
	/* The other one may be most of a header behind the end of this. */
	const size_t behind = bytes.n - end;
	const size_t most = behind < CHUNK_HEADER ? behind : CHUNK_HEADER;
	const size_t inside =
	    cut_find(span_of(bytes.p, end + most), at + SIGNATURE.n);
	return inside < end ? inside : end;
}

/* Where what is no chunk ends. The last bytes may be the start of a header
 * that is not whole yet. */
static size_t
other_end(struct span bytes, size_t at, bool end)
{
	const size_t found = cut_find(bytes, at);

	if (found < bytes.n || end)
		return found;
	const size_t keep = CUT_LOOK_AHEAD;
	return bytes.n - at > keep ? bytes.n - keep : at;
}

size_t
cut_bytes(struct span bytes, bool end, struct cut_piece pieces[CUT_PIECES_MAX],
    size_t *n)
{
	size_t at = 0;

	*n = 0;
	while (at < bytes.n && *n < CUT_PIECES_MAX) {
		struct cut_piece *const p = &pieces[*n];
		const bool chunk = has_signature(bytes, at);
		if (chunk && !end &&
		    bytes.n - at < CHUNK_BYTES + CUT_LOOK_AHEAD)
			break;
		const size_t stop =
		    chunk ? chunk_end(bytes, at) : other_end(bytes, at, end);
		if (stop == at)
			break;
		*p = (struct cut_piece){ chunk ? CUT_CHUNK : CUT_OTHER, at,
			stop - at };
		at = stop;
		++*n;
	}
	return at;
}
