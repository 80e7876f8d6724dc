/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "load/look.h"
#include "tests/unit/helper.h"
#include "util/filetime.h"

#define NOW INT64_C(1700000000) /* 2023-11-14T22:13:20Z */

static const struct sink_value_limits rules = {
	.field_max = 10, .oldest_s = 3600, .newest_s = 60
};

static struct load_look
look_at(const char *line)
{
	struct look l;
	uint64_t time = 0;

	look_init(&l, &rules, NOW);
	if (!look_time(span_str(line), &time))
		time = 0;
	look_line(&l, span_str(line), time);
	return l.counts;
}

static void
times_where_they_stand(void **state)
{
	uint64_t wanted = 0;
	uint64_t time = 0;

	(void)state;
	assert_true(filetime_parse(SPAN("2023-11-14T22:13:20Z"), &wanted));
	assert_true(look_time(
	    SPAN("{\"TimeGenerated\":\"2023-11-14T22:13:20.0000000Z\"}"),
	    &time));
	assert_int_equal(time, wanted);
	assert_true(look_time(
	    SPAN("{\"A\":1,\"TimeGenerated\":\"2023-11-14T22:13:20Z\"}"),
	    &time));
	/* Not inside a text, and not a part of a name. */
	assert_false(look_time(
	    SPAN("{\"A\":\"\\\"TimeGenerated\\\":\\\"2023-11-14\\\"\"}"),
	    &time));
	assert_false(look_time(SPAN("{\"TimeGenerated\":\"2023-1"), &time));
	assert_false(look_time(SPAN("{\"TimeGenerated\":7}"), &time));
	assert_false(look_time(SPAN("{}"), &time));
	assert_false(look_time(SPAN(""), &time));
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
		struct load_look c = look_at(line);
		assert_int_equal(c.restamped, all[i].restamped);
		assert_int_equal(c.untold, all[i].restamped);
		(void)snprintf(line, sizeof(line),
		    "{\"TimeGenerated\":\"%s\",\"TimeCreated_CF\":\"x\"}",
		    all[i].time);
		c = look_at(line);
		assert_int_equal(c.restamped, all[i].restamped);
		assert_int_equal(c.untold, 0);
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
	struct look l;

	(void)state;
	look_init(&l, &two_hours, NOW);
	for (size_t i = 0; i < COUNT(lines); i++) {
		uint64_t time = 0;
		(void)look_time(span_str(lines[i]), &time);
		look_line(&l, span_str(lines[i]), time);
	}
	assert_int_equal(l.counts.old, 1);
	assert_int_equal(l.counts.recent, 2);
	assert_int_equal(l.counts.young, 2);
	assert_int_equal(l.counts.ahead, 1);
	assert_int_equal(l.counts.restamped, 2);
	assert_int_equal(l.counts.stamped, 0);
}

static void
stamped_times_are_not_replaced(void **state)
{
	static const char *const lines[] = {
		"{\"TimeGenerated\":\"1999-01-01T00:00:00Z\","
		"\"TimeCreated_CF\":\"1999-01-01T00:00:00Z\"}",
		"{\"TimeGenerated\":\"2023-11-14T22:13:20Z\","
		"\"TimeCreated_CF\":\"2023-11-14T22:13:20Z\"}",
		/* The row has no other time, so it is not stamped. */
		"{\"TimeGenerated\":\"1999-01-01T00:00:00Z\"}",
	};
	struct look l;

	(void)state;
	look_init(&l, &rules, NOW);
	l.stamps = true;
	for (size_t i = 0; i < COUNT(lines); i++) {
		uint64_t time = 0;
		(void)look_time(span_str(lines[i]), &time);
		look_line(&l, span_str(lines[i]), time);
	}
	assert_int_equal(l.counts.stamped, 2);
	assert_int_equal(l.counts.restamped, 1);
	assert_int_equal(l.counts.untold, 1);
	assert_int_equal(l.counts.old, 2);
}

static void
values_that_are_cut(void **state)
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
		const struct load_look c = look_at(all[i].line);
		if (c.cut_fields != all[i].fields)
			fail_msg("%s: %u", all[i].line, (unsigned)c.cut_fields);
		assert_int_equal(c.cut, all[i].fields > 0);
	}
}

static void
nothing_is_changed(void **state)
{
	struct look l;

	(void)state;
	look_init(&l, NULL, NOW);
	look_line(&l, SPAN("{\"a\":\"123456789012345678901234567890\"}"), 1);
	assert_int_equal(l.counts.restamped, 0);
	assert_int_equal(l.counts.cut, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_where_they_stand),
		cmocka_unit_test(times_that_are_replaced),
		cmocka_unit_test(times_by_age),
		cmocka_unit_test(stamped_times_are_not_replaced),
		cmocka_unit_test(values_that_are_cut),
		cmocka_unit_test(nothing_is_changed),
	};

	return RUN(tests);
}
