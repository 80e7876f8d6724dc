/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/unit/helper.h"
#include "util/digest_thread.h"

#define PIECE 40000U
#define LARGE 270000U /* a piece that is not kept back */
#define PIECES 50U    /* more pieces than can be pending */
#define BYTES (4U << 20)

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
	assert_ok(digest_thread_create(&h, NULL, &error));
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
	assert_ok(digest_thread_create(&h, NULL, &error));
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
	assert_ok(digest_thread_create(&h, NULL, &error));
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

/* What was passed on, and when to fail. */
struct passed {
	uint8_t bytes[BYTES];
	size_t n;
	size_t fails_at;
};

static enum rc
keep(void *arg, struct span s, struct err *e)
{
	struct passed *const p = arg;

	if (p->n + s.n > p->fails_at)
		return err_set(e, RC_FATAL, WHY_SYSTEM, "no room");
	memcpy(p->bytes + p->n, s.p, s.n);
	p->n += s.n;
	return RC_OK;
}

/* Memory for a copy, in pieces of many sizes. */
static uint8_t *
room_for_copy(void *arg, size_t *n)
{
	struct passed *const p = arg;
	const size_t most = 1 + p->n * 31 % 70001;

	if (*n > most)
		*n = most;
	return p->bytes + p->n;
}

static enum rc
keep_copy(void *arg, struct span s, struct err *e)
{
	struct passed *const p = arg;

	if (p->n + s.n > p->fails_at)
		return err_set(e, RC_FATAL, WHY_SYSTEM, "no room");
	/* The bytes are in the memory of room_for_copy() already. */
	if (s.p == p->bytes + p->n)
		p->n += s.n;
	return RC_OK;
}

static void
digest_is(struct digest_thread *h, const uint8_t *bytes, size_t n)
{
	char got[DIGEST_HEX];
	char want[DIGEST_HEX];

	assert_ok(digest_thread_final_hex(h, got, &error));
	digest_of(bytes, n, want);
	assert_string_equal(got, want);
}

/* Pieces of both digests in each order and of sizes that end anywhere in a
 * block; bytes are overwritten behind their marks. */
static void
share_a_thread(const struct digest_thread_options *first)
{
	static const size_t sizes[2][7] = { { 1, 63, 40000, 64, LARGE, 20000,
						0 },
		{ 30000, 5, LARGE, 0, 16383, 40000, 129 } };
	static uint8_t all[2][BYTES];
	static uint8_t buffer[2][8][LARGE];
	struct passed *const passed = first->arg;
	struct digest_thread *h[2];
	uint64_t mark[2][8];
	unsigned random = 1;

	for (size_t i = 0; i < sizeof(all); i++)
		all[i / sizeof(*all)][i % sizeof(*all)] =
		    (uint8_t)(i * 31 + i / 256);
	assert_ok(digest_thread_create(&h[0], first, &error));
	assert_ok(digest_thread_create(
	    &h[1], &(struct digest_thread_options){ .beside = h[0] }, &error));
	for (unsigned round = 0; round < 8; round++) {
		size_t n[2] = { 0, 0 };
		size_t count[2] = { 0, 0 };
		memset(mark, 0, sizeof(mark));
		passed->n = 0;
		assert_ok(digest_thread_restart(h[0], &error));
		assert_ok(digest_thread_restart(h[1], &error));
		while (count[0] + count[1] < PIECES) {
			random = random * 1103515245U + 12345U;
			const unsigned side = random >> 16 & 1U;
			const size_t slot = count[side]++ % 8;
			const size_t size = sizes[side][(random >> 20) % 7];
			uint8_t *const p = buffer[side][slot];
			assert_true(n[side] + size <= sizeof(all[side]));
			assert_ok(digest_thread_wait(
			    h[side], mark[side][slot], &error));
			memcpy(p, all[side] + n[side], size);
			mark[side][slot] =
			    digest_thread_add(h[side], span_of(p, size));
			n[side] += size;
		}
		digest_is(h[round % 2], all[round % 2], n[round % 2]);
		digest_is(
		    h[1 - round % 2], all[1 - round % 2], n[1 - round % 2]);
		assert_int_equal(passed->n, n[0]);
		assert_memory_equal(passed->bytes, all[0], n[0]);
	}
	/* Waiting bytes are dropped; the other digest continues. */
	(void)digest_thread_add(h[1], span_of(all[1], PIECE));
	digest_thread_destroy(h[1]);
	passed->n = 0;
	assert_ok(digest_thread_restart(h[0], &error));
	(void)digest_thread_add(h[0], span_of(all[0], PIECE));
	digest_is(h[0], all[0], PIECE);
	digest_thread_destroy(h[0]);
}

static void
two_digests_share_a_thread(void **state)
{
	static struct passed passed = { .fails_at = SIZE_MAX };

	(void)state;
	share_a_thread(
	    &(struct digest_thread_options){ .put = keep, .arg = &passed });
}

static void
bytes_are_copied_while_they_are_digested(void **state)
{
	static struct passed passed = { .fails_at = SIZE_MAX };

	(void)state;
	share_a_thread(&(struct digest_thread_options){
	    .put = keep_copy, .room = room_for_copy, .arg = &passed });
}

static void
a_failure_to_pass_on_is_reported_and_ends_with_a_restart(void **state)
{
	static uint8_t all[3 * PIECE];
	static struct passed passed = { .fails_at = 2 * PIECE };
	struct digest_thread *h[2];
	char got[DIGEST_HEX];

	(void)state;
	assert_ok(digest_thread_create(&h[0],
	    &(struct digest_thread_options){ .put = keep, .arg = &passed },
	    &error));
	assert_ok(digest_thread_create(
	    &h[1], &(struct digest_thread_options){ .beside = h[0] }, &error));
	for (size_t i = 0; i < 3; i++) {
		(void)digest_thread_add(h[1], span_of(all, PIECE));
		(void)digest_thread_add(h[0], span_of(all, PIECE));
	}
	assert_why(digest_thread_final_hex(h[0], got, &error), RC_FATAL, error,
	    WHY_SYSTEM);
	digest_is(h[1], all, sizeof(all));
	passed.n = 0;
	assert_ok(digest_thread_restart(h[0], &error));
	(void)digest_thread_add(h[0], span_of(all, PIECE));
	digest_is(h[0], all, PIECE);
	digest_thread_destroy(h[1]);
	digest_thread_destroy(h[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_goes_on_where_it_was),
		cmocka_unit_test(
		    pieces_of_any_size_make_the_digest_of_the_whole),
		cmocka_unit_test(bytes_may_change_behind_their_mark),
		cmocka_unit_test(two_digests_share_a_thread),
		cmocka_unit_test(bytes_are_copied_while_they_are_digested),
		cmocka_unit_test(
		    a_failure_to_pass_on_is_reported_and_ends_with_a_restart),
	};

	return RUN(tests);
}
