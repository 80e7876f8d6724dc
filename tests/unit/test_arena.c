/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>

#include "tests/unit/helper.h"

static void
memory_is_zeroed_and_aligned(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, (size_t)1 << 20);
	for (size_t n = 0; n < 300; n += 7) {
		uint8_t *const p = arena_alloc(&a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		if (n != 0)
			memset(p, 0xaa, n);
	}
	arena_free(&a);
}

static void
memory_is_zeroed_again_after_a_reset(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 4096);
	memset(arena_alloc(&a, 64), 0xff, 64);
	arena_reset(&a);
	const uint8_t *const p = arena_alloc(&a, 64);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	arena_free(&a);
}

static void
the_maximum_holds_and_counts_again_after_a_reset(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1024);
	assert_non_null(arena_alloc(&a, 1000));
	assert_null(arena_alloc(&a, 100));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_true(a.used <= 1024);
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 1024));
	assert_null(arena_alloc(&a, 1));
	arena_free(&a);
}

static void
fill(struct arena *a, void **p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		p[i] = arena_alloc(a, i % 9 == 8 ? 100000 : 3000);
		assert_non_null(p[i]);
	}
}

static void
blocks_are_used_again_after_a_reset(void **state)
{
	void *first[100];
	void *second[100];
	struct arena a;

	(void)state;
	arena_init(&a, (size_t)16 << 20);
	fill(&a, first, 100);
	arena_reset(&a);
	fill(&a, second, 100);
	/* The same places in the same order: nothing was allocated. */
	assert_memory_equal(first, second, sizeof(first));
	arena_free(&a);
}

static void
what_was_given_does_not_move(void **state)
{
	uint8_t *p[500];
	struct arena a;

	(void)state;
	arena_init(&a, (size_t)16 << 20);
	for (unsigned i = 0; i < 500; i++) {
		p[i] = arena_alloc(&a, 1000);
		assert_non_null(p[i]);
		memset(p[i], (int)(i % 251), 1000);
	}
	for (unsigned i = 0; i < 500; i++) {
		assert_int_equal(p[i][0], i % 251);
		assert_int_equal(p[i][999], i % 251);
	}
	arena_free(&a);
}

static void
copies_are_of_their_own(void **state)
{
	char text[] = "abc";
	struct arena a;

	(void)state;
	arena_init(&a, 100);
	const struct span s = arena_copy(&a, span_str(text));
	text[0] = 'X';
	assert_span(s, "abc");
	const struct span none = arena_copy(&a, span_of(NULL, 0));
	assert_non_null(none.p);
	assert_int_equal(none.n, 0);
	assert_null(arena_copy(&a, span_of(text, 200)).p);
	arena_free(&a);
}

static void
free_makes_it_usable_again(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 128);
	assert_non_null(arena_alloc(&a, 128));
	arena_free(&a);
	arena_free(&a);
	assert_non_null(arena_alloc(&a, 90));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(memory_is_zeroed_again_after_a_reset),
		cmocka_unit_test(
		    the_maximum_holds_and_counts_again_after_a_reset),
		cmocka_unit_test(blocks_are_used_again_after_a_reset),
		cmocka_unit_test(what_was_given_does_not_move),
		cmocka_unit_test(copies_are_of_their_own),
		cmocka_unit_test(free_makes_it_usable_again),
	};

	return RUN(tests);
}
