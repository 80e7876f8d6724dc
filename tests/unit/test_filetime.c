/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "tests/unit/helper.h"
#include "util/filetime.h"

#define TICKS UINT64_C(10000000)
#define DAY (UINT64_C(86400) * TICKS)
/* 1970-01-01 as FILETIME. */
#define UNIX_0 UINT64_C(116444736000000000)

static void
check_text(uint64_t filetime, const char *want)
{
	uint8_t p[FILETIME_MAX];
	const uint8_t *const end = filetime_put(p, filetime);

	assert_span(span_of(p, (size_t)(end - p)), want);
}

static void
check_parse(const char *text, uint64_t want)
{
	uint64_t t = 0;

	assert_true(filetime_parse(span_str(text), &t));
	assert_true(t == want);
}

static void
edges_of_the_calendar(void **state)
{
	(void)state;
	check_text(0, "1601-01-01T00:00:00.0000000Z");
	check_text(1, "1601-01-01T00:00:00.0000001Z");
	check_text(58 * DAY, "1601-02-28T00:00:00.0000000Z");
	check_text(59 * DAY, "1601-03-01T00:00:00.0000000Z");
	check_text(UNIX_0 - 1, "1969-12-31T23:59:59.9999999Z");
	check_text(UNIX_0, "1970-01-01T00:00:00.0000000Z");
	check_text(130270189599735000, "2013-10-23T16:22:39.9735000Z");
	check_text(2650467743999999999, "9999-12-31T23:59:59.9999999Z");
}

static void
years_beyond_9999_have_five_digits(void **state)
{
	(void)state;
	check_text(2650467744000000000, "10000-01-01T00:00:00.0000000Z");
	/* The value for "never", and the maximum. */
	check_text(INT64_MAX, "30828-09-14T02:48:05.4775807Z");
	check_text(UINT64_MAX, "60056-05-28T05:36:10.9551615Z");
}

static void
leap_years(void **state)
{
	(void)state;
	check_text(UNIX_0 + 11016 * DAY, "2000-02-29T00:00:00.0000000Z");
	check_text(UNIX_0 + 19782 * DAY, "2024-02-29T00:00:00.0000000Z");
	check_text(UNIX_0 + 19783 * DAY, "2024-03-01T00:00:00.0000000Z");
	check_parse("2024-02-29", UNIX_0 + 19782 * DAY);
	check_parse("2100-02-28", UNIX_0 + 47540 * DAY);
	check_parse("2100-03-01", UNIX_0 + 47541 * DAY);
}

/* Each day of 400 years and some, against the C library. */
static void
days_as_the_c_library_counts_them(void **state)
{
	(void)state;
	for (int64_t day = -134774; day < 40000; day += 3) {
		const time_t t = day * 86400 + 86399;
		char want[40];
		struct tm tm;
		assert_non_null(gmtime_r(&t, &tm));
		assert_int_not_equal(strftime(want, sizeof(want),
					 "%Y-%m-%dT%H:%M:%S.0000000Z", &tm),
		    0);
		const uint64_t filetime =
		    (uint64_t)((int64_t)(UNIX_0 / TICKS) + t) * TICKS;
		check_text(filetime, want);
		check_parse(want, filetime);
	}
}

static void
all_forms_are_read(void **state)
{
	const uint64_t day = UNIX_0 + 19724 * DAY;
	const uint64_t minute = day + (3 * 3600 + 4 * 60) * TICKS;

	(void)state;
	check_parse("2024-01-02", day);
	check_parse("2024-01-02Z", day);
	check_parse("2024-01-02T03:04", minute);
	check_parse("2024-01-02 03:04", minute);
	check_parse("2024-01-02T03:04Z", minute);
	check_parse("2024-01-02T03:04:05", minute + 5 * TICKS);
	check_parse("2024-01-02T03:04:05.1", minute + 51000000);
	check_parse("2024-01-02T03:04:05.1234567", minute + 51234567);
	check_parse("2024-01-02T03:04:05.1234567Z", minute + 51234567);
}

static void
digits_beyond_the_seventh_are_dropped(void **state)
{
	(void)state;
	check_parse("1601-01-01T00:00:00.000000199Z", 1);
	check_parse("1601-01-01T00:00:00.99999999999999999999Z", TICKS - 1);
}

static void
offsets_lead_to_utc(void **state)
{
	(void)state;
	check_parse("1970-01-01T05:30+05:30", UNIX_0);
	check_parse("1969-12-31T16:00:00-08:00", UNIX_0);
	check_parse("1970-01-01T00:00:00.5+00:00", UNIX_0 + TICKS / 2);
	check_parse("1970-01-01-01:00", UNIX_0 + 3600 * TICKS);
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = { "", "2024", "2024-01", "2024-1-02",
		"2024-00-01", "2024-13-01", "2024-01-00", "2024-01-32",
		"2023-02-29", "2100-02-29", "2024-04-31", "1600-12-31",
		"2024-01-02T", "2024-01-02T03", "2024-01-02T24:00",
		"2024-01-02T03:60", "2024-01-02T03:04:60",
		"2024-01-02T03:04:05.", "2024-01-02T03:04:05.Z",
		"2024-01-02T03:04:05z", "2024-01-02T03:04Zx",
		"2024-01-02T03:04+0530", "2024-01-02T03:04+24:00",
		"2024-01-02T03:04+05:60", "2024-01-02x", " 2024-01-02",
		"2024-01-02 ", "2024-01-02T03:04 Z", "10000-01-01",
		"-2024-01-02" };
	uint64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (filetime_parse(span_str(bad[i]), &t))
			fail_msg("\"%s\" was taken for a time", bad[i]);
	}
	/* Earlier than the first FILETIME. */
	assert_false(filetime_parse(SPAN("1601-01-01T00:59+01:00"), &t));
}

static void
systemtimes(void **state)
{
	uint64_t t = 0;

	(void)state;
	/* 2013-10-23, a Wednesday, 16:22:39.973 */
	assert_true(filetime_of_systemtime(
	    bytes("dd07 0a00 0300 1700 1000 1600 2700 cd03"), &t));
	check_text(t, "2013-10-23T16:22:39.9730000Z");
}

static void
systemtimes_out_of_range_are_none(void **state)
{
	static const char *const bad[] = {
		"",
		"dd07 0a00 0300 1700 1000 1600 2700 cd",
		"0000 0000 0000 0000 0000 0000 0000 0000",
		"4006 0a00 0300 1700 1000 1600 2700 cd03",
		"ffff 0a00 0300 1700 1000 1600 2700 cd03",
		"dd07 0d00 0300 1700 1000 1600 2700 cd03",
		"dd07 0000 0300 1700 1000 1600 2700 cd03",
		"dd07 0200 0300 1d00 1000 1600 2700 cd03",
		"dd07 0a00 0300 1700 1800 1600 2700 cd03",
		"dd07 0a00 0300 1700 1000 3c00 2700 cd03",
		"dd07 0a00 0300 1700 1000 1600 3c00 cd03",
		"dd07 0a00 0300 1700 1000 1600 2700 e803",
	};
	uint64_t t;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(filetime_of_systemtime(bytes(bad[i]), &t));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_of_the_calendar),
		cmocka_unit_test(years_beyond_9999_have_five_digits),
		cmocka_unit_test(leap_years),
		cmocka_unit_test(days_as_the_c_library_counts_them),
		cmocka_unit_test(all_forms_are_read),
		cmocka_unit_test(digits_beyond_the_seventh_are_dropped),
		cmocka_unit_test(offsets_lead_to_utc),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(systemtimes),
		cmocka_unit_test(systemtimes_out_of_range_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
