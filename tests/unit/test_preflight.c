/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "load/preflight.h"
#include "load/row_time.h"
#include "tests/unit/helper.h"
#include "util/filetime.h"

#define NOW INT64_C(1700000000) /* 2023-11-14T22:13:20Z */

static const struct sink_value_limits rules = {
	.field_max = 10, .oldest_s = 3600, .newest_s = 60
};

static void
count(struct preflight *p, struct span line)
{
	preflight_count(p, line, row_time_read(line));
}

static struct load_preflight
count_one(const char *line)
{
	struct preflight p;

	preflight_init(&p, &rules, NOW, false);
	count(&p, span_str(line));
	return p.counts;
}

static void
times_are_found(void **state)
{
	uint64_t wanted = 0;

	(void)state;
	assert_true(filetime_parse(SPAN("2023-11-14T22:13:20Z"), &wanted));
	assert_int_equal(
	    row_time_read(
		SPAN("{\"TimeGenerated\":\"2023-11-14T22:13:20.0000000Z\"}")),
	    wanted);
	assert_int_equal(
	    row_time_read(
		SPAN("{\"A\":1,\"TimeGenerated\":\"2023-11-14T22:13:20Z\"}")),
	    wanted);
	/* Not inside a text, and not a part of a name. */
	assert_int_equal(
	    row_time_read(
		SPAN("{\"A\":\"\\\"TimeGenerated\\\":\\\"2023-11-14\\\"\"}")),
	    0);
	assert_int_equal(row_time_read(SPAN("{\"TimeGenerated\":\"2023-1")), 0);
	assert_int_equal(row_time_read(SPAN("{\"TimeGenerated\":7}")), 0);
	assert_int_equal(row_time_read(SPAN("{}")), 0);
	assert_int_equal(row_time_read(SPAN("")), 0);
}

static void
times_that_are_replaced(void **state)
{
	static const struct {
		const char *time;
		unsigned restamped;
	} all[] = {
		{ "2023-11-14T21:13:20Z", 0 },
		{ "2023-11-14T21:13:19.9999999Z", 1 },
		{ "2023-11-14T22:14:20Z", 0 },
		{ "2023-11-14T22:14:20.0000001Z", 1 },
		{ "1999-01-01T00:00:00Z", 1 },
	};
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		(void)snprintf(line, sizeof(line),
		    "{\"TimeGenerated\":\"%s\",\"A\":1}", all[i].time);
		struct load_preflight c = count_one(line);
		assert_int_equal(c.restamped, all[i].restamped);
		assert_int_equal(c.times_lost, all[i].restamped);
		(void)snprintf(line, sizeof(line),
		    "{\"TimeGenerated\":\"%s\",\"TimeCreated_CF\":\"x\"}",
		    all[i].time);
		c = count_one(line);
		assert_int_equal(c.restamped, all[i].restamped);
		assert_int_equal(c.times_lost, 0);
	}
}

static void
times_by_age(void **state)
{
	static const char *const lines[] = {
		"{\"TimeGenerated\":\"2023-11-14T20:13:19.9999999Z\"}",
		"{\"TimeGenerated\":\"2023-11-14T20:13:20Z\"}",
		"{\"TimeGenerated\":\"2023-11-14T21:13:19.9999999Z\"}",
		"{\"TimeGenerated\":\"2023-11-14T21:13:20Z\"}",
		"{\"TimeGenerated\":\"2023-11-14T22:14:20Z\"}",
		"{\"TimeGenerated\":\"2023-11-14T22:14:20.0000001Z\"}",
		"{\"Computer\":\"has no time\"}",
	};
	static const struct sink_value_limits two_hours = {
		.field_max = 100, .oldest_s = 7200, .newest_s = 60
	};
	struct preflight p;

	(void)state;
	preflight_init(&p, &two_hours, NOW, false);
	for (size_t i = 0; i < COUNT(lines); i++) {
		count(&p, span_str(lines[i]));
	}
	assert_int_equal(p.counts.old, 1);
	assert_int_equal(p.counts.recent, 2);
	assert_int_equal(p.counts.young, 2);
	assert_int_equal(p.counts.ahead, 1);
	assert_int_equal(p.counts.restamped, 2);
	assert_int_equal(p.counts.stamped, 0);
}

static void
rows_with_the_time_of_sending(void **state)
{
	static const char *const lines[] = {
		"{\"TimeGenerated\":\"1999-01-01T00:00:00Z\","
		"\"TimeCreated_CF\":\"1999-01-01T00:00:00Z\"}",
		"{\"TimeGenerated\":\"2023-11-14T22:13:20Z\","
		"\"TimeCreated_CF\":\"2023-11-14T22:13:20Z\"}",
		/* The row has no other time, so it keeps this one. */
		"{\"TimeGenerated\":\"1999-01-01T00:00:00Z\"}",
	};
	struct preflight p;

	(void)state;
	preflight_init(&p, &rules, NOW, true);
	for (size_t i = 0; i < COUNT(lines); i++) {
		count(&p, span_str(lines[i]));
	}
	assert_int_equal(p.counts.stamped, 2);
	assert_int_equal(p.counts.restamped, 1);
	assert_int_equal(p.counts.times_lost, 1);
	assert_int_equal(p.counts.old, 2);
}

static void
long_values_are_counted(void **state)
{
	static const struct {
		const char *line;
		unsigned fields;
	} all[] = {
		{ "{\"a\":\"1234567890\"}", 0 },
		{ "{\"a\":\"12345678901\"}", 1 },
		{ "{\"a_very_long_name_of_it\":1}", 0 },
		{ "{\"a\":\"12345678901\",\"b\":\"12345678901\"}", 2 },
		{ "{\"a\":\"\\\"\\\\\\n\\t\\r5678\\\"\"}", 0 },
		{ "{\"a\":\"\\\"\\\\\\n\\t\\r5678\\\"0\"}", 1 },
		{ "{\"a\":\"\\u0001\\u0002\\u007f4567890\"}", 0 },
		{ "{\"a\":\"\\u00e9\\u07ff567890\"}", 0 },
		{ "{\"a\":\"\\u00e9\\u07ff5678901\"}", 1 },
		{ "{\"a\":\"\\u0800\\uffff7890\"}", 0 },
		{ "{\"a\":\"\\u0800\\uffff78901\"}", 1 },
		{ "{\"a\":\"\\ud83d\\ude00567890\"}", 0 },
		{ "{\"a\":\"\\ud83d\\ude005678901\"}", 1 },
		{ "{\"a\":[1,[2],34]}", 0 },
		{ "{\"a\":[1,[2],3456]}", 1 },
		{ "{\"a\":{\"b\":\"}]\"}}", 0 },
		{ "{\"a\":{\"b\":\"}]}]\"},\"c\":1}", 1 },
		{ "{\"a\":{\"b\":\"12345678901\"}}", 1 },
		{ "{\"a\":\"12345678901", 1 },
		{ "{\"a\":\"123456789\\", 0 },
		{ "{\"a\":\"12345678\\u0", 0 },
		{ "}}}}}}}}}}}}}", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct load_preflight c = count_one(all[i].line);
		if (c.truncated_fields != all[i].fields)
			fail_msg("%s: %u", all[i].line,
			    (unsigned)c.truncated_fields);
		assert_int_equal(c.truncated, all[i].fields > 0);
	}
}

static void
nothing_is_changed(void **state)
{
	struct preflight p;

	(void)state;
	preflight_init(&p, NULL, NOW, false);
	preflight_count(
	    &p, SPAN("{\"a\":\"123456789012345678901234567890\"}"), 1);
	assert_int_equal(p.counts.restamped, 0);
	assert_int_equal(p.counts.truncated, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_found),
		cmocka_unit_test(times_that_are_replaced),
		cmocka_unit_test(times_by_age),
		cmocka_unit_test(rows_with_the_time_of_sending),
		cmocka_unit_test(long_values_are_counted),
		cmocka_unit_test(nothing_is_changed),
	};

	return RUN(tests);
}
