/* SPDX-License-Identifier: Apache-2.0 */
#include "convert/chunk_finder.h"
#include "tests/unit/helper.h"

#define ROOM (4 * CHUNK_BYTES)

static uint8_t raw[ROOM];
static struct chunk_piece pieces[CHUNK_PIECES_MAX];
static size_t n_pieces;

/* A header that is believable, in front of zeros. */
static void
chunk_at(size_t at)
{
	memcpy(raw + at, "ElfChnk", 8);
	raw[at + 40] = 128;
	raw[at + 45] = 2; /* the last record at 512 */
	raw[at + 49] = 4; /* free from 1024 */
}

static int
clear(void **state)
{
	(void)state;
	memset(raw, 0, sizeof(raw));
	return 0;
}

static size_t
cut(size_t n, bool end)
{
	const struct chunk_finder_view v = { span_of(raw, n),
		end ? n : CHUNK_FINDER_UNKNOWN };

	return chunk_finder_split(&v, pieces, &n_pieces);
}

static void
assert_piece(size_t i, enum chunk_piece_kind kind, size_t at, size_t n)
{
	assert_true(i < n_pieces);
	assert_int_equal(pieces[i].kind, kind);
	assert_int_equal(pieces[i].at, at);
	assert_int_equal(pieces[i].n, n);
}

static void
chunks_one_behind_the_other(void **state)
{
	(void)state;
	chunk_at(0);
	chunk_at(CHUNK_BYTES);
	assert_int_equal(cut(2 * CHUNK_BYTES, true), 2 * CHUNK_BYTES);
	assert_int_equal(n_pieces, 2);
	assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
	assert_piece(1, PIECE_CHUNK, CHUNK_BYTES, CHUNK_BYTES);
}

static void
the_last_chunk_waits_for_what_comes(void **state)
{
	(void)state;
	chunk_at(0);
	chunk_at(CHUNK_BYTES);
	assert_int_equal(cut(2 * CHUNK_BYTES, false), CHUNK_BYTES);
	assert_int_equal(n_pieces, 1);
	assert_int_equal(
	    cut(2 * CHUNK_BYTES + CHUNK_FINDER_AHEAD, false), 2 * CHUNK_BYTES);
}

static void
garbage_between_chunks_at_any_place(void **state)
{
	(void)state;
	chunk_at(0);
	memset(raw + CHUNK_BYTES, 0xee, 12345);
	chunk_at(CHUNK_BYTES + 12345);
	assert_int_equal(
	    cut(2 * CHUNK_BYTES + 12345, true), 2 * CHUNK_BYTES + 12345);
	assert_int_equal(n_pieces, 3);
	assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
	assert_piece(1, PIECE_OTHER, CHUNK_BYTES, 12345);
	assert_piece(2, PIECE_CHUNK, CHUNK_BYTES + 12345, CHUNK_BYTES);
}

static void
a_chunk_that_was_cut_off_ends_where_the_next_begins(void **state)
{
	(void)state;
	chunk_at(0);
	chunk_at(30000);
	assert_int_equal(cut(30000 + CHUNK_BYTES, true), 30000 + CHUNK_BYTES);
	assert_int_equal(n_pieces, 2);
	assert_piece(0, PIECE_CHUNK, 0, 30000);
	assert_piece(1, PIECE_CHUNK, 30000, CHUNK_BYTES);
}

static void
the_next_header_reaches_behind_the_end_of_what_was_cut_off(void **state)
{
	(void)state;
	for (size_t n = CHUNK_BYTES - 600; n < CHUNK_BYTES; n++) {
		(void)clear(NULL);
		chunk_at(0);
		chunk_at(n);
		assert_int_equal(cut(n + CHUNK_BYTES, true), n + CHUNK_BYTES);
		assert_int_equal(n_pieces, 2);
		assert_piece(0, PIECE_CHUNK, 0, n);
		assert_piece(1, PIECE_CHUNK, n, CHUNK_BYTES);
	}
}

static void
a_signature_in_a_record_does_not_cut(void **state)
{
	(void)state;
	chunk_at(0);
	memcpy(raw + 20000, "ElfChnk", 8);
	assert_int_equal(cut(CHUNK_BYTES + 4096, true), CHUNK_BYTES + 4096);
	assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
	/* Not even a whole header, where a chunk follows at its place. */
	chunk_at(20000);
	chunk_at(CHUNK_BYTES);
	assert_int_equal(cut(2 * CHUNK_BYTES, true), 2 * CHUNK_BYTES);
	assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
}

static void
the_end_of_a_file_inside_a_chunk(void **state)
{
	(void)state;
	chunk_at(0);
	assert_int_equal(cut(1000, true), 1000);
	assert_piece(0, PIECE_CHUNK, 0, 1000);
	assert_int_equal(cut(1000, false), 0);
	assert_int_equal(cut(0, true), 0);
	assert_int_equal(n_pieces, 0);
}

static void
only_believable_chunks_are_found(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = { { 40, 127 }, { 46, 2 }, { 49, 1 }, { 50, 2 }, { 7, 1 } };

	(void)state;
	chunk_at(777);
	assert_int_equal(chunk_finder_next(span_of(raw, CHUNK_BYTES), 0), 777);
	assert_int_equal(
	    chunk_finder_next(span_of(raw, CHUNK_BYTES), 777), 777);
	assert_int_equal(
	    chunk_finder_next(span_of(raw, CHUNK_BYTES), 778), CHUNK_BYTES);
	assert_int_equal(chunk_finder_next(span_of(raw, 1000), 0), 1000);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		(void)clear(NULL);
		chunk_at(777);
		raw[777 + wrong[i].at] = wrong[i].value;
		assert_int_equal(
		    chunk_finder_next(span_of(raw, CHUNK_BYTES), 0),
		    CHUNK_BYTES);
	}
}

static void
a_header_inside_a_slot_is_no_chunk(void **state)
{
	(void)state;
	for (size_t at = 600; at < CHUNK_BYTES; at += 977) {
		(void)clear(NULL);
		chunk_at(0);
		chunk_at(at);
		/* The source ends behind the slot, goes on there, or ends in
		 * it; nothing is known of it; unused slots are behind. */
		(void)cut(CHUNK_BYTES, true);
		assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
		chunk_at(CHUNK_BYTES);
		(void)cut(2 * CHUNK_BYTES, true);
		assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
		(void)cut(CHUNK_BYTES - 50, true);
		assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES - 50);
		memset(raw + CHUNK_BYTES, 0, CHUNK_BYTES);
		(void)cut(ROOM, false);
		assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
		(void)cut(ROOM, true);
		assert_piece(0, PIECE_CHUNK, 0, CHUNK_BYTES);
	}
}

/* Neither where a bit of its own header is flipped, nor where one of the next
 * header is. */
static void
a_damaged_header_owns_its_slot(void **state)
{
	static const size_t spoiled[] = { 0, 3, 40, 47, 51 };

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(spoiled); i++) {
		(void)clear(NULL);
		for (size_t at = 0; at < ROOM; at += CHUNK_BYTES)
			chunk_at(at);
		chunk_at(12345);
		raw[spoiled[i / 2] + i % 2 * CHUNK_BYTES] ^= 0x40;
		(void)cut(ROOM, true);
		assert_int_equal(n_pieces, ROOM / CHUNK_BYTES);
		for (size_t k = 0; k < n_pieces; k++)
			assert_int_equal(pieces[k].at, k * CHUNK_BYTES);
	}
}

/* The second chunk is n bytes too early, and unused slots are behind it: the
 * end of the source tells. */
static void
the_end_of_the_source_tells_the_grid(void **state)
{
	(void)state;
	chunk_at(0);
	chunk_at(50000);
	const struct chunk_finder_view v = { span_of(raw, ROOM),
		50000 + 9 * CHUNK_BYTES };
	(void)chunk_finder_split(&v, pieces, &n_pieces);
	assert_piece(0, PIECE_CHUNK, 0, 50000);
	assert_piece(1, PIECE_CHUNK, 50000, CHUNK_BYTES);
}

static void
more_is_asked_for_where_it_is_needed(void **state)
{
	(void)state;
	chunk_at(0);
	chunk_at(CHUNK_BYTES);
	chunk_at(CHUNK_BYTES + 30000);
	chunk_at(2 * CHUNK_BYTES + 30000);
	/* The second piece has a header inside, and its grid ends. */
	assert_int_equal(cut(ROOM - CHUNK_BYTES, false), CHUNK_BYTES);
	assert_int_equal(n_pieces, 1);
	(void)cut(ROOM - 1000, true);
	assert_piece(1, PIECE_CHUNK, CHUNK_BYTES, 30000);
	assert_piece(2, PIECE_CHUNK, CHUNK_BYTES + 30000, CHUNK_BYTES);
}

/* Whatever the bytes are: pieces stand one behind the other, none is empty or
 * larger than a chunk may be, and there is progress. */
static void
any_bytes_are_covered(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		(void)clear(NULL);
		for (unsigned i = dice(20); i > 0; i--)
			chunk_at(dice(ROOM - 512));
		const bool end = dice(2) == 0;
		const size_t n = end ? dice(ROOM)
				     : CHUNK_FINDER_ENOUGH +
					   dice(ROOM - CHUNK_FINDER_ENOUGH);
		const size_t covered = cut(n, end);
		size_t at = 0;
		for (size_t i = 0; i < n_pieces; at += pieces[i++].n) {
			assert_int_equal(pieces[i].at, at);
			assert_true(pieces[i].n > 0);
			assert_true(pieces[i].kind == PIECE_OTHER ||
				    pieces[i].n <= CHUNK_BYTES);
		}
		assert_int_equal(at, covered);
		assert_true(covered > 0 || n == 0);
		if (end && n_pieces < CHUNK_PIECES_MAX)
			assert_int_equal(covered, n);
	}
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup(test, clear)
	const struct CMUnitTest tests[] = {
		EACH(chunks_one_behind_the_other),
		EACH(the_last_chunk_waits_for_what_comes),
		EACH(garbage_between_chunks_at_any_place),
		EACH(a_chunk_that_was_cut_off_ends_where_the_next_begins),
		EACH(
		    the_next_header_reaches_behind_the_end_of_what_was_cut_off),
		EACH(a_signature_in_a_record_does_not_cut),
		EACH(the_end_of_a_file_inside_a_chunk),
		EACH(only_believable_chunks_are_found),
		EACH(a_header_inside_a_slot_is_no_chunk),
		EACH(a_damaged_header_owns_its_slot),
		EACH(the_end_of_the_source_tells_the_grid),
		EACH(more_is_asked_for_where_it_is_needed),
		EACH(any_bytes_are_covered),
	};

	return RUN(tests);
}
