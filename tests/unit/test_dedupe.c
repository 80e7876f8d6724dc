/* SPDX-License-Identifier: Apache-2.0 */
/* The set of keys, and lines that are cut by them. */
#include "convert/dedupe.h"
#include "tests/unit/helper.h"

#define MANY 20000U

static void
a_key_is_new_once(void **state)
{
	struct keyset set = { .n = 0 };
	struct err e;
	bool again;

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (uint64_t i = 1; i <= MANY; i++) {
			const struct keyset_key key = { { i * 4096, i % 7 } };
			assert_ok(keyset_add(&set, &key, &again, &e));
			assert_int_equal(again, round == 1);
		}
	}
	assert_int_equal(set.n, MANY);
	const struct keyset_key half = { { 4096, 2 } };
	assert_ok(keyset_add(&set, &half, &again, &e));
	assert_false(again);
	keyset_free(&set);
}

static void
add(struct lines *l, const char *line, uint64_t key)
{
	static struct line_key keys[8];
	struct line_key *const k = &keys[l->n_keys++];

	*k = (struct line_key){ .key = { { key, 1 } }, .at = l->text.n };
	l->keys = keys;
	buf_str(&l->text, line);
	l->account.emitted++;
}

static void
copies_are_cut_and_places_move(void **state)
{
	struct line_patch patches[] = { { 1, 10 }, { 5, 20 }, { 9, 30 } };
	struct keyset set = { .n = 0 };
	struct lines l;
	struct err e;

	(void)state;
	lines_init(&l, 1000);
	add(&l, "aaa\n", 1);
	add(&l, "bbb\n", 1);
	add(&l, "ccc\n", 2);
	add(&l, "ddd\n", 2);
	l.patches = patches;
	l.n_patches = COUNT(patches);
	assert_ok(dedupe_lines(&set, 0, &l, &e));
	assert_buf(&l.text, "aaa\nccc\n");
	assert_int_equal(l.account.emitted, 2);
	assert_int_equal(l.account.duplicate, 2);
	assert_int_equal(l.n_patches, 2);
	assert_int_equal(patches[0].at, 1);
	assert_int_equal(patches[1].at, 5);
	assert_int_equal(patches[1].written, 30);
	buf_reset(&l.text);
	keyset_free(&set);
}

static void
another_source_has_others(void **state)
{
	struct keyset set = { .n = 0 };
	struct err e;

	(void)state;
	for (uint64_t of = 1; of <= 2; of++) {
		struct lines l;
		lines_init(&l, 1000);
		add(&l, "aaa\n", 1);
		add(&l, "aaa\n", 1);
		assert_ok(dedupe_lines(&set, of, &l, &e));
		assert_buf(&l.text, "aaa\n");
		buf_reset(&l.text);
	}
	keyset_free(&set);
}

static void
what_was_recovered_has_a_term_of_its_own(void **state)
{
	struct keyset set = { .n = 0 };
	struct lines l;
	struct err e;

	(void)state;
	lines_init(&l, 1000);
	add(&l, "aaa\n", 1);
	add(&l, "bbb\n", 1);
	l.account.emitted = 0;
	l.account.recovered = 2;
	assert_ok(dedupe_lines(&set, 0, &l, &e));
	assert_buf(&l.text, "aaa\n");
	assert_int_equal(l.account.recovered, 1);
	assert_int_equal(l.account.recovered_filtered, 1);
	assert_int_equal(l.account.duplicate, 0);
	buf_reset(&l.text);
	keyset_free(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_new_once),
		cmocka_unit_test(copies_are_cut_and_places_move),
		cmocka_unit_test(another_source_has_others),
		cmocka_unit_test(what_was_recovered_has_a_term_of_its_own),
	};

	return RUN(tests);
}
