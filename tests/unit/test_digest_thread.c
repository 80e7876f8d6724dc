/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/unit/helper.h"
#include "util/digest_thread.h"

#define PIECE 40000U
#define PIECES 50U /* more pieces than can be pending */

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
	struct digest_thread *h;
	char got[DIGEST_HEX];
	char want[DIGEST_HEX];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i * 31 + i / 256);
	assert_ok(digest_thread_create(&h, &error));
	for (unsigned round = 0; round < 2; round++) {
		assert_ok(digest_thread_restart(h, &error));
		n = 0;
		for (size_t i = 0; i < PIECES; i++) {
			const size_t len = i % 3 == round ? 7 : PIECE;
			(void)digest_thread_add(h, span_of(all + n, len));
			n += len;
		}
		assert_ok(digest_thread_final_hex(h, got, &error));
		digest_of(all, n, want);
		assert_string_equal(got, want);
	}
	digest_thread_destroy(h);
}

static void
bytes_may_change_behind_their_mark(void **state)
{
	uint8_t piece[PIECE];
	struct digest_thread *h;
	char got[DIGEST_HEX];
	char want[DIGEST_HEX];
	static uint8_t all[4 * PIECE];

	(void)state;
	assert_ok(digest_thread_create(&h, &error));
	for (size_t i = 0; i < 4; i++) {
		memset(piece, (int)('a' + i), sizeof(piece));
		memcpy(all + i * PIECE, piece, sizeof(piece));
		const uint64_t mark =
		    digest_thread_add(h, span_of(piece, sizeof(piece)));
		assert_ok(digest_thread_wait(h, mark, &error));
	}
	assert_ok(digest_thread_final_hex(h, got, &error));
	digest_of(all, sizeof(all), want);
	assert_string_equal(got, want);
	digest_thread_destroy(h);
	digest_thread_destroy(NULL);
}

static void
a_digest_goes_on_where_it_was(void **state)
{
	static const size_t cuts[] = { 0, 1, 63, 64, 65, 40000 };
	static uint8_t all[2 * PIECE];
	struct digest_state saved;
	struct digest_thread *h;
	char got[DIGEST_HEX];
	char want[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i * 13 + i / 256);
	digest_of(all, sizeof(all), want);
	assert_ok(digest_thread_create(&h, &error));
	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		const size_t n = cuts[i];
		assert_ok(digest_thread_restart(h, &error));
		(void)digest_thread_add(h, span_of(all, n));
		assert_ok(digest_thread_save(h, &saved, &error));
		(void)digest_thread_add(h, span_of(all, 99));
		assert_ok(digest_thread_restore(h, &saved, &error));
		(void)digest_thread_add(h, span_of(all + n, sizeof(all) - n));
		assert_ok(digest_thread_final_hex(h, got, &error));
		assert_string_equal(got, want);
	}
	digest_thread_destroy(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_goes_on_where_it_was),
		cmocka_unit_test(
		    pieces_of_any_size_make_the_digest_of_the_whole),
		cmocka_unit_test(bytes_may_change_behind_their_mark),
	};

	return RUN(tests);
}
