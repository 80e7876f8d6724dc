/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of sending in the place of TimeGenerated, without another change.
 */
#include "checkpoint/batch.h"
#include "load/stamp.h"
#include "schema/table.h"
#include "tests/unit/helper.h"

#define NOW INT64_C(1700000000) /* 2023-11-14T22:13:20Z */
#define CREATED ",\"TimeCreated_CF\":\"2020-01-01T00:00:00.0000000Z\"}\n"

static void
a_line_keeps_its_length_and_all_else(void **state)
{
	static const struct {
		const char *line;
		const char *stamped;
	} all[] = {
		{ "{\"TimeGenerated\":\"2020-01-01T00:00:00.1234567Z\"" CREATED,
		    "{\"TimeGenerated\":\"2023-11-14T22:13:20."
		    "0000000Z\"" CREATED },
		{ "{\"TimeGenerated\":\"2020-01-01T00:00:00.123Z\"" CREATED,
		    "{\"TimeGenerated\":\"2023-11-14T22:13:20.000Z\"" CREATED },
		{ "{\"TimeGenerated\":\"2020-01-01T00:00:00Z\"" CREATED,
		    "{\"TimeGenerated\":\"2023-11-14T22:13:20Z\"" CREATED },
		/* Its only time; none; and none that is one. */
		{ "{\"TimeGenerated\":\"2020-01-01T00:00:00.1234567Z\"}\n",
		    NULL },
		{ "{\"TimeGenerated\":\"\"" CREATED, NULL },
		{ "{\"TimeGenerated\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxZ\"" CREATED,
		    NULL },
		{ "{\"TimeGenerated\":7" CREATED, NULL },
		{ "{\"Computer\":\"\\\"TimeGenerated\\\":\\\"2020-01-01T00:00:"
		  "00Z\\\"\"" CREATED,
		    NULL },
		{ "\n", NULL },
		{ "{\"TimeGenerated\":\"2020-01-01T00:00:00", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		char text[300];
		const int n = snprintf(text, sizeof(text), "%s", all[i].line);

		stamp_lines((uint8_t *)text, (size_t)n, NOW);
		assert_string_equal(text,
		    all[i].stamped != NULL ? all[i].stamped : all[i].line);
	}
}

static void
each_line_gets_it(void **state)
{
	char text[] = "{\"TimeGenerated\":\"2020-01-01T00:00:00Z\"" CREATED
		      "{\"TimeGenerated\":\"2021-01-01T00:00:00Z\"" CREATED;

	(void)state;
	stamp_lines((uint8_t *)text, sizeof(text) - 1, NOW);
	assert_string_equal(text,
	    "{\"TimeGenerated\":\"2023-11-14T22:13:20Z\"" CREATED
	    "{\"TimeGenerated\":\"2023-11-14T22:13:20Z\"" CREATED);
}

static void
what_may_have_arrived_keeps_its_stamp(void **state)
{
	struct batch b = { .id = 1 };

	(void)state;
	stamp_batch(&b, true, NOW);
	assert_int_equal(b.stamp, NOW);
	stamp_batch(&b, true, NOW + 9);
	assert_int_equal(b.stamp, NOW + 9);
	b.ambiguous = true;
	stamp_batch(&b, true, NOW + 99);
	assert_int_equal(b.stamp, NOW + 9);
	stamp_batch(&b, false, NOW + 99);
	assert_int_equal(b.stamp, NOW + 9);
	/* Sent with the rows' own times, and so again. */
	b.stamp = 0;
	stamp_batch(&b, true, NOW);
	assert_int_equal(b.stamp, 0);
}

static void
rows_without_the_column_are_refused(void **state)
{
	static const char *const good[] = { "securityevent", "windowsevent",
		"event" };
	static const char *const bad[] = { "raw", "ecs" };
	struct load_target target = { .limits = { .arrival = true } };
	struct load_source source = { .reader = NULL };
	const struct load_run run = {
		.target = &target, .sources = &source, .n = 1
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		source.table = schema_table(good[i]);
		assert_ok(stamp_check(&run, &e));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		source.table = schema_table(bad[i]);
		assert_why(stamp_check(&run, &e), RC_FATAL, e, WHY_USAGE);
	}
	target.limits.arrival = false;
	assert_ok(stamp_check(&run, &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_keeps_its_length_and_all_else),
		cmocka_unit_test(each_line_gets_it),
		cmocka_unit_test(what_may_have_arrived_keeps_its_stamp),
		cmocka_unit_test(rows_without_the_column_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
