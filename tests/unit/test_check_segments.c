/* SPDX-License-Identifier: Apache-2.0 */
/* Segments that are checked side by side have the results of reader_scan(). */
#include <sys/stat.h>
#include <unistd.h>

#include "stage/check_segments.h"
#include "tests/unit/helper.h"

#define SEGMENTS 7U

static char dir[TEMP_MAX];
static struct err error;

/* Sizes around that of a read, in an order that ends either of two first. */
static const size_t sizes[SEGMENTS] = { 3, 600000, 262144, 262145, 0, 70001,
	524288 };

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return mkdir(in(dir, "segments"), 0700);
}

static int
teardown(void **state)
{
	temp_remove(dir);
	return helper_teardown(state);
}

static uint8_t text[600001]; /* the largest segment, and one byte more */

/* Segment i: lines of 7 to 700 bytes. */
static struct span
text_of(size_t i)
{
	const size_t line = 7 + i * 99;

	for (size_t k = 0; k < sizes[i]; k++)
		text[k] = (uint8_t)(k % line == line - 1 || k + 1 == sizes[i]
					? '\n'
					: 'a' + (k + i) % 26);
	return span_of(text, sizes[i]);
}

/* A staging with the first n segments. */
static void
stage(size_t n)
{
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	char json[4096];
	uint64_t all = 0;
	size_t at = 0;

	at += (size_t)snprintf(
	    json, sizeof(json), "{\"schema\":\"raw\",\"segments\":[");
	for (size_t i = 0; i < n; i++) {
		const struct span s = text_of(i);
		uint64_t lines = 0;
		for (size_t k = 0; k < s.n; k++)
			lines += s.p[k] == '\n';
		all += lines;
		file_write(in(dir, segment_name(i)), s);
		assert_ok(digest_once(s, sum, &error));
		digest_hex(sum, sizeof(sum), hex);
		at += (size_t)snprintf(json + at, sizeof(json) - at,
		    "%s{\"name\":\"%s\",\"sha256\":\"%s\",\"bytes\":%zu,"
		    "\"lines\":%llu}",
		    i == 0 ? "" : ",", segment_name(i), hex, s.n,
		    (unsigned long long)lines);
	}
	(void)snprintf(json + at, sizeof(json) - at,
	    "],\"accounting\":{\"emitted\":%llu}}", (unsigned long long)all);
	file_write(in(dir, "manifest.json"), span_str(json));
}

/* What the check has reported. */
struct results {
	const struct reader *reader;
	size_t n;
	size_t bad;
	size_t fails_at;
};

static enum rc
compare_with_scan(void *arg, size_t i, const struct err *result, struct err *e)
{
	struct results *const r = arg;
	struct err scan;

	assert_int_equal(i, r->n++);
	if (i == r->fails_at)
		return err_set(e, RC_FATAL, WHY_STOPPED, "enough");
	err_clear(&scan);
	assert_int_equal(reader_scan(r->reader, i, NULL, &scan), result->rc);
	assert_int_equal(result->why, scan.why);
	assert_string_equal(result->text, scan.text);
	r->bad += result->rc != RC_OK;
	return RC_OK;
}

/* Check with 1 to 4 threads; returns the number of bad segments. */
static size_t
check(size_t n)
{
	struct results r = { .fails_at = SIZE_MAX };
	struct reader *reader = NULL;

	assert_ok(reader_open(dir, &reader, &error));
	for (unsigned threads = 1; threads <= 4; threads++) {
		const struct check_segments_visit visit = { compare_with_scan,
			&r };
		r = (struct results){ .reader = reader, .fails_at = SIZE_MAX };
		assert_ok(check_segments(reader, threads, &visit, &error));
		assert_int_equal(r.n, n);
	}
	reader_close(reader);
	return r.bad;
}

static void
any_number_of_segments_is_good(void **state)
{
	(void)state;
	for (size_t n = 0; n <= SEGMENTS; n++) {
		stage(n);
		assert_int_equal(check(n), 0);
	}
}

static void
each_kind_of_damage_is_that_of_a_scan(void **state)
{
	(void)state;
	for (size_t i = 0; i < SEGMENTS; i++) {
		stage(SEGMENTS);
		(void)text_of(i);
		if (sizes[i] != 0) {
			text[sizes[i] / 2] ^= 1;
			file_write(
			    in(dir, segment_name(i)), span_of(text, sizes[i]));
			assert_int_equal(check(SEGMENTS), 1);
		}
		file_write(
		    in(dir, segment_name(i)), span_of(text, sizes[i] + 1));
		assert_int_equal(check(SEGMENTS), 1);
		assert_int_equal(unlink(in(dir, segment_name(i))), 0);
		assert_int_equal(check(SEGMENTS), 1);
		assert_int_equal(mkfifo(in(dir, segment_name(i)), 0600), 0);
		assert_int_equal(check(SEGMENTS), 1);
		assert_int_equal(unlink(in(dir, segment_name(i))), 0);
	}
}

static void
the_visitor_can_end_it(void **state)
{
	struct results r = { .fails_at = 2 };
	const struct check_segments_visit visit = { compare_with_scan, &r };
	struct reader *reader = NULL;

	(void)state;
	stage(SEGMENTS);
	assert_ok(reader_open(dir, &reader, &error));
	r.reader = reader;
	assert_why(check_segments(reader, 2, &visit, &error), RC_FATAL, error,
	    WHY_STOPPED);
	assert_int_equal(r.n, 3);
	reader_close(reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    any_number_of_segments_is_good, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    each_kind_of_damage_is_that_of_a_scan, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_visitor_can_end_it, setup, teardown),
	};

	return RUN(tests);
}
