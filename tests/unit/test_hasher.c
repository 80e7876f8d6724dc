/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/unit/helper.h"
#include "util/hasher.h"

#define PIECE 40000U
#define PIECES 50U /* more than can be under way at once */

static struct err error;

static void
digest_of(const uint8_t *p, size_t n, char hex[DIGEST_HEX])
{
	uint8_t raw[DIGEST_BYTES];

	assert_ok(digest_once(span_of(p, n), raw, &error));
	digest_hex(raw, sizeof(raw), hex);
}

static void
pieces_of_any_size_make_the_digest_of_the_whole(void **state)
{
	static uint8_t all[PIECES * PIECE];
	struct hasher *h;
	char got[DIGEST_HEX];
	char want[DIGEST_HEX];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i * 31 + i / 256);
	assert_ok(hasher_create(&h, &error));
	for (unsigned round = 0; round < 2; round++) {
		assert_ok(hasher_restart(h, &error));
		n = 0;
		for (size_t i = 0; i < PIECES; i++) {
			const size_t len = i % 3 == round ? 7 : PIECE;
			(void)hasher_add(h, span_of(all + n, len));
			n += len;
		}
		assert_ok(hasher_final_hex(h, got, &error));
		digest_of(all, n, want);
		assert_string_equal(got, want);
	}
	hasher_destroy(h);
}

static void
bytes_may_change_behind_their_mark(void **state)
{
	uint8_t piece[PIECE];
	struct hasher *h;
	char got[DIGEST_HEX];
	char want[DIGEST_HEX];
	static uint8_t all[4 * PIECE];

	(void)state;
	assert_ok(hasher_create(&h, &error));
	for (size_t i = 0; i < 4; i++) {
		memset(piece, (int)('a' + i), sizeof(piece));
		memcpy(all + i * PIECE, piece, sizeof(piece));
		const uint64_t mark =
		    hasher_add(h, span_of(piece, sizeof(piece)));
		assert_ok(hasher_wait(h, mark, &error));
	}
	assert_ok(hasher_final_hex(h, got, &error));
	digest_of(all, sizeof(all), want);
	assert_string_equal(got, want);
	hasher_destroy(h);
	hasher_destroy(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    pieces_of_any_size_make_the_digest_of_the_whole),
		cmocka_unit_test(bytes_may_change_behind_their_mark),
	};

	return RUN(tests);
}
