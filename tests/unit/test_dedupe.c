/* SPDX-License-Identifier: Apache-2.0 */
/* Finds records that occur more than once. */
#include "convert/dedupe.h"
#include "tests/unit/helper.h"
#include "util/scratch.h"

static struct keyset *
new_set(void)
{
	static struct scratch scratch = { .dir = "/tmp" };
	const struct keyset_options o = { -1, &scratch, 0 };
	struct keyset *set;
	struct err e;

	assert_ok(keyset_create(&set, &o, &e));
	return set;
}

static void
add(struct lines *l, const char *line, uint64_t key, uint64_t row)
{
	static struct line_key keys[8];
	struct line_key *const k = &keys[l->n_keys++];

	*k = (struct line_key){ .entry = { { key, 1 }, row }, .at = l->text.n };
	l->keys = keys;
	buf_str(&l->text, line);
	l->account.emitted++;
}

static void
copies_are_cut_and_places_move(void **state)
{
	struct line_patch patches[] = { { 1, 10 }, { 5, 20 }, { 9, 30 } };
	struct keyset *const set = new_set();
	struct lines l;
	struct err e;

	(void)state;
	lines_init(&l, 1000);
	add(&l, "aaa\n", 1, 1);
	add(&l, "bbb\n", 1, 1);
	add(&l, "ccc\n", 2, 1);
	add(&l, "ddd\n", 2, 1);
	l.patches = patches;
	l.n_patches = COUNT(patches);
	assert_ok(dedupe_lines(set, 0, &l, &e));
	assert_buf(&l.text, "aaa\nccc\n");
	assert_int_equal(l.account.emitted, 2);
	assert_int_equal(l.account.duplicate, 2);
	assert_int_equal(l.n_patches, 2);
	assert_int_equal(patches[0].at, 1);
	assert_int_equal(patches[1].at, 5);
	assert_int_equal(patches[1].written, 30);
	buf_reset(&l.text);
	keyset_destroy(set);
}

static void
another_source_has_others(void **state)
{
	struct keyset *const set = new_set();
	struct err e;

	(void)state;
	for (uint64_t of = 1; of <= 2; of++) {
		struct lines l;
		lines_init(&l, 1000);
		add(&l, "aaa\n", 1, 1);
		add(&l, "aaa\n", 1, 1);
		assert_ok(dedupe_lines(set, of, &l, &e));
		assert_buf(&l.text, "aaa\n");
		buf_reset(&l.text);
	}
	keyset_destroy(set);
}

/* Copies of an event in many sources are not neighbours in the table, where
 * each search would pass all of them. */
static void
keys_of_sources_are_spread(void **state)
{
	struct keyset *const set = new_set();
	uint64_t before = 0;
	struct err e;

	(void)state;
	for (uint64_t of = 1; of <= 100; of++) {
		struct lines l;
		lines_init(&l, 1000);
		add(&l, "aaa\n", 1, 1);
		assert_ok(dedupe_lines(set, of, &l, &e));
		const uint64_t place = l.keys[0].entry.key[0] >> 32;
		assert_true((place > before ? place - before : before - place) >
			    1000000);
		before = place;
		buf_reset(&l.text);
	}
	keyset_destroy(set);
}

static void
what_was_recovered_has_a_term_of_its_own(void **state)
{
	struct keyset *const set = new_set();
	struct lines l;
	struct err e;

	(void)state;
	lines_init(&l, 1000);
	add(&l, "aaa\n", 1, 1);
	add(&l, "bbb\n", 1, 1);
	l.account.emitted = 0;
	l.account.recovered = 2;
	assert_ok(dedupe_lines(set, 0, &l, &e));
	assert_buf(&l.text, "aaa\n");
	assert_int_equal(l.account.recovered, 1);
	assert_int_equal(l.account.recovered_filtered, 1);
	assert_int_equal(l.account.duplicate, 0);
	buf_reset(&l.text);
	keyset_destroy(set);
}

static void
lines_that_differ_under_one_key_stay(void **state)
{
	struct keyset *const set = new_set();
	struct lines l;
	struct err e;

	(void)state;
	lines_init(&l, 1000);
	add(&l, "aaa\n", 1, 1);
	add(&l, "aab\n", 1, 2);
	add(&l, "aaa\n", 1, 1);
	add(&l, "aab\n", 1, 2);
	add(&l, "aac\n", 1, 3);
	assert_ok(dedupe_lines(set, 0, &l, &e));
	assert_buf(&l.text, "aaa\naab\naac\n");
	assert_int_equal(l.account.emitted, 3);
	assert_int_equal(l.account.duplicate, 2);
	assert_int_equal(l.account.conflicts, 2);
	buf_reset(&l.text);
	keyset_destroy(set);
}

static void
a_line_of_another_channel_is_counted_while_it_stays(void **state)
{
	struct keyset *const set = new_set();
	struct lines l;
	struct err e;

	(void)state;
	lines_init(&l, 1000);
	for (unsigned i = 0; i < 3; i++) {
		add(&l, "aaa\n", 1 + i % 2, 1);
		l.keys[i].other_channel = true;
	}
	l.account.other_channels = 3;
	assert_ok(dedupe_lines(set, 0, &l, &e));
	assert_int_equal(l.account.emitted, 2);
	assert_int_equal(l.account.other_channels, 2);
	buf_reset(&l.text);
	keyset_destroy(set);
}

/* --- the set -------------------------------------------------------------- */

/* A key as spread as a digest is. */
static struct key_entry
entry_of(uint64_t i)
{
	struct key_entry e = { { (i + 1) * UINT64_C(0x9E3779B97F4A7C15), i },
		i % 5 };

	e.key[0] ^= e.key[0] >> 29;
	e.key[0] *= UINT64_C(0xBF58476D1CE4E5B9);
	e.key[0] ^= e.key[0] >> 32;
	return e;
}

static void
expect(struct keyset *set, struct key_entry entry, enum keyset_answer want)
{
	enum keyset_answer got;
	struct err e;

	assert_ok(keyset_add(set, &entry, &got, &e));
	assert_int_equal(got, want);
}

/* The smallest table has room for 19,000 keys: further ones are on disk in
 * runs, sixteen of which were merged. */
static void
a_key_is_new_once_however_many_there_are(void **state)
{
	struct keyset *const set = new_set();
	const uint64_t many = 300000;

	(void)state;
	for (uint64_t i = 0; i < many; i++)
		expect(set, entry_of(i), KEYSET_NEW);
	for (uint64_t i = 0; i < many; i += 17) {
		struct key_entry other = entry_of(i);
		expect(set, other, KEYSET_AGAIN);
		other.row += 100;
		expect(set, other, KEYSET_CONFLICT);
		expect(set, other, KEYSET_AGAIN);
		other.key[1] += many;
		expect(set, other, KEYSET_NEW);
	}
	for (uint64_t i = 1; i < many; i += 5)
		expect(set, entry_of(i), KEYSET_AGAIN);
	keyset_destroy(set);
}

/* Keys with equal beginnings are neighbours in the table and in the runs. */
static void
keys_that_begin_alike_are_told_apart(void **state)
{
	struct keyset *const set = new_set();

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (uint64_t i = 1; i <= 20000; i++)
			expect(set, (struct key_entry){ { 77, i }, 1 },
			    round == 0 ? KEYSET_NEW : KEYSET_AGAIN);
		for (uint64_t i = 0; i < 20000; i++)
			expect(set,
			    (struct key_entry){ { UINT64_MAX - i, 5 }, 1 },
			    round == 0 ? KEYSET_NEW : KEYSET_AGAIN);
	}
	keyset_destroy(set);
}

/* Many different rows of one key take no longer than many keys. */
static void
many_rows_of_one_key_are_found(void **state)
{
	struct keyset *const set = new_set();

	(void)state;
	for (uint64_t row = 0; row < 100000; row++)
		expect(set, (struct key_entry){ { 5, 6 }, row },
		    row == 0 ? KEYSET_NEW : KEYSET_CONFLICT);
	for (uint64_t row = 0; row < 100000; row += 3)
		expect(set, (struct key_entry){ { 5, 6 }, row }, KEYSET_AGAIN);
	keyset_destroy(set);
}

/* If the keys on disk cannot be written, the run fails and says why. */
static void
keys_that_cannot_be_written_are_an_error(void **state)
{
	const struct keyset_options o = { -1,
		&(struct scratch){ .dir = "/nowhere/at/all" }, 0 };
	enum keyset_answer answer;
	struct keyset *set;
	struct err e;
	enum rc rc = RC_OK;

	(void)state;
	assert_ok(keyset_create(&set, &o, &e));
	for (uint64_t i = 0; rc == RC_OK && i < 30000; i++) {
		const struct key_entry entry = entry_of(i);
		rc = keyset_add(set, &entry, &answer, &e);
	}
	assert_int_equal(rc, RC_FATAL);
	assert_non_null(strstr(e.text, "/nowhere/at/all"));
	keyset_destroy(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_cut_and_places_move),
		cmocka_unit_test(another_source_has_others),
		cmocka_unit_test(keys_of_sources_are_spread),
		cmocka_unit_test(what_was_recovered_has_a_term_of_its_own),
		cmocka_unit_test(lines_that_differ_under_one_key_stay),
		cmocka_unit_test(
		    a_line_of_another_channel_is_counted_while_it_stays),
		cmocka_unit_test(a_key_is_new_once_however_many_there_are),
		cmocka_unit_test(keys_that_begin_alike_are_told_apart),
		cmocka_unit_test(many_rows_of_one_key_are_found),
		cmocka_unit_test(keys_that_cannot_be_written_are_an_error),
	};

	return RUN(tests);
}
