/* SPDX-License-Identifier: Apache-2.0 */
/* The central directory of a zip: valid, zip64, and damaged. */
#include "input/zipdir.h"
#include "tests/unit/helper.h"

/* Builds a directory; the archive consists of these bytes. */
struct made {
	uint8_t p[4096];
	size_t n;
	size_t list; /* where it begins */
	size_t count;
};

static void
put(struct made *m, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		m->p[m->n++] = i < 8 ? (uint8_t)(value >> 8 * i) : 0;
}

static void
sign(struct made *m, unsigned a, unsigned b)
{
	put(m, 0x4b50U | a << 16 | b << 24, 4);
}

/* An entry; with a zip64 offset behind two sizes if `large`. */
static void
entry(struct made *m, const char *name, uint64_t offset, bool large)
{
	const size_t n = strlen(name);

	m->count++;
	sign(m, 1, 2);
	put(m, 0, 16);
	put(m, large ? UINT32_MAX : 7, 4);
	put(m, large ? UINT32_MAX : 7, 4);
	put(m, n, 2);
	put(m, large ? 28 + 5 : 0, 2);
	put(m, 3, 2); /* of a comment */
	put(m, 0, 8);
	put(m, large ? UINT32_MAX : offset, 4);
	memcpy(m->p + m->n, name, n);
	m->n += n;
	if (large) {
		put(m, 0x7075, 2);
		put(m, 1, 2);
		put(m, 'x', 1);
		put(m, 1, 2);
		put(m, 24, 2);
		put(m, 7, 8);
		put(m, 7, 8);
		put(m, offset, 8);
	}
	put(m, 0x636363, 3);
}

static void
end(struct made *m, size_t offset)
{
	const size_t bytes = m->n - m->list;

	sign(m, 5, 6);
	put(m, 0, 4);
	put(m, m->count, 2);
	put(m, m->count, 2);
	put(m, bytes, 4);
	put(m, offset, 4);
	put(m, 2, 2);
	put(m, 0x6363, 2);
}

static void
end64(struct made *m)
{
	const size_t bytes = m->n - m->list;

	sign(m, 6, 6);
	put(m, 44, 8);
	put(m, 0, 12);
	put(m, m->count, 8);
	put(m, m->count, 8);
	put(m, bytes, 8);
	put(m, m->list, 8);
	sign(m, 6, 7);
	put(m, 0, 16);
	sign(m, 5, 6);
	put(m, UINT64_MAX, 8);
	put(m, UINT64_MAX, 8);
	put(m, 0, 2);
}

static struct made
begin(size_t before)
{
	struct made m = { .n = before, .list = before };

	return m;
}

static enum rc
read_from(const struct made *m, size_t at, struct zipdir *d)
{
	const struct zipdir_end from = { span_of(m->p + at, m->n - at), at,
		-1 };
	struct err e;

	err_clear(&e);
	return zipdir_read(d, &from, &e);
}

static void
expect(const struct zipdir *d, size_t i, const char *name, uint64_t offset)
{
	assert_true(i < d->n);
	assert_string_equal(d->entries[i].name, name);
	assert_int_equal(d->entries[i].offset, offset);
}

static void
test_entries_come_by_their_places(void **state)
{
	struct made m = begin(500);
	struct zipdir d;

	(void)state;
	entry(&m, "second", 300, false);
	entry(&m, "first", 10, false);
	entry(&m, "", 400, false);
	entry(&m, "again", 300, false);
	end(&m, 500);
	assert_int_equal(read_from(&m, 0, &d), RC_OK);
	assert_true(d.whole);
	assert_int_equal(d.total, 4);
	assert_int_equal(d.n, 4);
	expect(&d, 0, "first", 10);
	assert_int_equal(d.entries[1].offset, 300);
	assert_int_equal(d.entries[2].offset, 300);
	expect(&d, 3, "", 400);
	assert_int_equal(zipdir_from(&d, 0), 0);
	assert_int_equal(zipdir_from(&d, 300), 1);
	assert_int_equal(zipdir_from(&d, 301), 3);
	assert_int_equal(zipdir_from(&d, 401), 4);
	zipdir_free(&d);
}

static void
test_zip64(void **state)
{
	struct made m = begin(100);
	struct zipdir d;

	(void)state;
	entry(&m, "far", UINT64_C(1) << 40, true);
	entry(&m, "near", 5, false);
	end64(&m);
	assert_int_equal(read_from(&m, 0, &d), RC_OK);
	assert_true(d.whole);
	expect(&d, 0, "near", 5);
	expect(&d, 1, "far", UINT64_C(1) << 40);
	zipdir_free(&d);
}

static void
test_what_stands_before_moves_all(void **state)
{
	struct made m = begin(500);
	struct zipdir d;

	(void)state;
	entry(&m, "a", 10, false);
	end(&m, 400); /* a hundred bytes were put before */
	assert_int_equal(read_from(&m, 0, &d), RC_OK);
	expect(&d, 0, "a", 110);
	zipdir_free(&d);
}

static void
test_only_the_end_is_there(void **state)
{
	struct made m = begin(500);
	struct zipdir d;

	(void)state;
	entry(&m, "a", 10, false);
	end(&m, 500);
	assert_int_equal(read_from(&m, 500, &d), RC_OK);
	expect(&d, 0, "a", 10);
	zipdir_free(&d);
	/* Not the whole directory, but its length is known. */
	assert_int_equal(read_from(&m, 501, &d), RC_OK);
	assert_int_equal(d.n, 0);
	assert_int_equal(d.total, 1);
	assert_false(d.whole);
	zipdir_free(&d);
}

static void
test_a_broken_entry_ends_the_list(void **state)
{
	struct made m = begin(500);
	struct zipdir d;

	(void)state;
	entry(&m, "a", 10, false);
	const size_t second = m.n;
	entry(&m, "b", 20, false);
	end(&m, 500);
	m.p[second] = 0;
	assert_int_equal(read_from(&m, 0, &d), RC_OK);
	assert_int_equal(d.n, 1);
	assert_false(d.whole);
	zipdir_free(&d);
}

/* Nothing outside the given bytes is read, whatever the numbers say. */
static void
test_every_byte_may_lie(void **state)
{
	struct made m = begin(50);
	struct zipdir d;

	(void)state;
	entry(&m, "a", 10, false);
	entry(&m, "b", 20, true);
	end64(&m);
	for (size_t i = 50; i < m.n; i++) {
		for (unsigned k = 0; k < 3; k++) {
			const uint8_t was = m.p[i];
			m.p[i] = (uint8_t[]){ 0, 0xff, 0x7f }[k];
			const enum rc rc = read_from(&m, 0, &d);
			assert_true(rc == RC_OK || rc == RC_END);
			zipdir_free(&d);
			m.p[i] = was;
		}
	}
	for (size_t n = 0; n < m.n; n++) {
		struct made cut = m;
		cut.n = n;
		const enum rc rc = read_from(&cut, 0, &d);
		assert_true(rc == RC_OK || rc == RC_END);
		zipdir_free(&d);
	}
}

static void
test_no_zip(void **state)
{
	struct made m = begin(4000);
	struct zipdir d;

	(void)state;
	assert_int_equal(read_from(&m, 0, &d), RC_END);
	zipdir_free(&d);
	m.n = 0;
	assert_int_equal(read_from(&m, 0, &d), RC_END);
	zipdir_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_come_by_their_places),
		cmocka_unit_test(test_zip64),
		cmocka_unit_test(test_what_stands_before_moves_all),
		cmocka_unit_test(test_only_the_end_is_there),
		cmocka_unit_test(test_a_broken_entry_ends_the_list),
		cmocka_unit_test(test_every_byte_may_lie),
		cmocka_unit_test(test_no_zip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
