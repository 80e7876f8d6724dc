/* SPDX-License-Identifier: Apache-2.0 */
#include "select/select.h"
#include "tests/unit/helper.h"

/* Channel, id and time as substitutions 0, 1 and 2, then as literals. */
static const char substitutions[] =
    "<Event><System><EventID>{1}</EventID><TimeCreated SystemTime='{2}'/>"
    "<Channel>{0}</Channel></System></Event>";
static const char literals[] =
    "<Event><System><EventID>4624</EventID>"
    "<TimeCreated SystemTime='2024-05-01T10:00:00Z'/>"
    "<Channel>Security</Channel></System></Event>";

static struct select criteria;
static struct err error;

static void
start(const char *set)
{
	select_init(&criteria);
	assert_ok(eventset_load(&criteria.set, set, &error));
}

static int
finish(void **state)
{
	(void)state;
	select_free(&criteria);
	return 0;
}

static struct idlist *
ids_of(const char *list)
{
	const struct names names = { &list, 1 };
	struct idlist *ids;

	assert_ok(idlist_create(&ids, &names, &error));
	return ids;
}

static enum select_verdict
judge(const char *text, const struct value *values, size_t n)
{
	const struct tree t = sample_tree(text, values, n);
	struct select_worker *w;
	struct select_test test;

	assert_ok(select_worker_create(&w, &criteria, &error));
	assert_ok(select_compile(&test, w, &t, true, &error));
	const enum select_verdict v = select_run(&test, w, &t);
	select_test_free(&test);
	/* Judged at once it is the same. */
	assert_ok(select_compile(&test, w, &t, false, &error));
	assert_int_equal(select_run(&test, w, &t), v);
	select_worker_destroy(w);
	return v;
}

static enum select_verdict
judge_record(const char *channel, const char *id, const char *time)
{
	const struct value values[] = { wide_value(channel), utf8_value(id),
		utf8_value(time) };

	return judge(substitutions, values, COUNT(values));
}

static void
the_event_set_asks_channel_and_id(void **state)
{
	(void)state;
	start("minimal");
	assert_int_equal(judge_record("Security", "4624", ""), SELECT_KEEP);
	assert_int_equal(judge_record("security", "4624", ""), SELECT_KEEP);
	assert_int_equal(
	    judge_record(
		"Microsoft-Windows-AppLocker/MSI and Script", "8005", ""),
	    SELECT_KEEP);
	assert_int_equal(
	    judge_record("Security", "4634", ""), SELECT_EVENT_SET);
	assert_int_equal(judge_record("System", "4624", ""), SELECT_EVENT_SET);
	assert_int_equal(judge_record("", "4624", ""), SELECT_EVENT_SET);
}

static void
literals_are_judged_like_values(void **state)
{
	(void)state;
	start("minimal");
	assert_int_equal(judge(literals, NULL, 0), SELECT_KEEP);
	criteria.timed = true;
	criteria.from = UINT64_C(133590312000000001);
	assert_int_equal(judge(literals, NULL, 0), SELECT_TIME);
}

static void
a_test_runs_on_many_records(void **state)
{
	const struct value first[] = { wide_value("Security"),
		hex_value(VALUE_U16, "1012"), utf8_value("") };
	const struct value second[] = { wide_value("System"),
		hex_value(VALUE_U16, "1012"), utf8_value("") };
	const struct value third[] = { wide_value("Security"),
		hex_value(VALUE_U16, "0100"), utf8_value("") };
	struct tree t = sample_tree(substitutions, first, 3);
	struct select_worker *w;
	struct select_test test;

	(void)state;
	start("minimal");
	assert_ok(select_worker_create(&w, &criteria, &error));
	assert_ok(select_compile(&test, w, &t, true, &error));
	assert_int_equal(select_run(&test, w, &t), SELECT_KEEP);
	t.values = second;
	assert_int_equal(select_run(&test, w, &t), SELECT_EVENT_SET);
	t.values = third;
	assert_int_equal(select_run(&test, w, &t), SELECT_EVENT_SET);
	t.values = first;
	assert_int_equal(select_run(&test, w, &t), SELECT_KEEP);
	select_test_free(&test);
	select_worker_destroy(w);
}

static void
ids_are_taken_typed_or_as_text(void **state)
{
	static const char *const spelled[] = { "4624", "0x1210" };
	struct value values[] = { wide_value("Security"),
		hex_value(VALUE_U16, "1012"), utf8_value("") };

	(void)state;
	start("minimal");
	assert_int_equal(judge(substitutions, values, 3), SELECT_KEEP);
	values[1] = hex_value(VALUE_U32, "10120000");
	assert_int_equal(judge(substitutions, values, 3), SELECT_KEEP);
	for (size_t i = 0; i < COUNT(spelled); i++) {
		values[1] = wide_value(spelled[i]);
		assert_int_equal(judge(substitutions, values, 3), SELECT_KEEP);
	}
	values[1] = wide_value("logon");
	assert_int_equal(judge(substitutions, values, 3), SELECT_EVENT_SET);
}

static void
any_takes_what_has_neither_channel_nor_id(void **state)
{
	(void)state;
	start("any");
	assert_int_equal(judge("<Event/>", NULL, 0), SELECT_KEEP);
	assert_int_equal(judge_record("X", "99999", ""), SELECT_KEEP);
}

static void
every_other_set_drops_them(void **state)
{
	const struct value null = hex_value(VALUE_NULL, "");
	const struct value values[] = { null, null, null };

	(void)state;
	start("all");
	assert_int_equal(judge("<Event/>", NULL, 0), SELECT_EVENT_SET);
	assert_int_equal(judge(substitutions, values, 3), SELECT_EVENT_SET);
	assert_int_equal(judge_record("Security", "65535", ""), SELECT_KEEP);
}

static void
none_keeps_nothing(void **state)
{
	(void)state;
	start("none");
	assert_int_equal(
	    judge_record("Security", "4624", ""), SELECT_EVENT_SET);
}

static void
included_and_excluded_ids(void **state)
{
	(void)state;
	start("any");
	criteria.include = ids_of("4600-4700");
	criteria.exclude = ids_of("4625");
	assert_int_equal(judge_record("S", "4624", ""), SELECT_KEEP);
	assert_int_equal(judge_record("S", "4625", ""), SELECT_EXCLUDE);
	assert_int_equal(judge_record("S", "5000", ""), SELECT_INCLUDE);
	/* Without an id it is not among those asked for. */
	assert_int_equal(judge("<Event/>", NULL, 0), SELECT_INCLUDE);
}

static void
a_record_without_id_is_not_excluded(void **state)
{
	(void)state;
	start("any");
	criteria.exclude = ids_of("0-65535");
	assert_int_equal(judge("<Event/>", NULL, 0), SELECT_KEEP);
	assert_int_equal(judge_record("S", "0", ""), SELECT_EXCLUDE);
}

static void
from_is_included_and_to_is_not(void **state)
{
	(void)state;
	start("any");
	criteria.timed = true;
	criteria.from = UINT64_C(133590312000000000);
	criteria.to = UINT64_C(133590312010000000);
	assert_int_equal(
	    judge_record("S", "1", "2024-05-01T10:00:00Z"), SELECT_KEEP);
	assert_int_equal(judge_record("S", "1", "2024-05-01T10:00:00.9999999Z"),
	    SELECT_KEEP);
	assert_int_equal(
	    judge_record("S", "1", "2024-05-01T10:00:01Z"), SELECT_TIME);
	assert_int_equal(judge_record("S", "1", "2024-05-01T09:59:59.9999999Z"),
	    SELECT_TIME);
}

static void
an_open_end_is_open(void **state)
{
	const struct value values[] = { wide_value("S"), utf8_value("1"),
		number_value(VALUE_FILETIME, UINT64_MAX - 1, 8) };

	(void)state;
	start("any");
	criteria.timed = true;
	assert_int_equal(judge(substitutions, values, 3), SELECT_KEEP);
}

static void
a_record_without_time_is_counted_apart(void **state)
{
	const struct value values[] = { wide_value("S"), utf8_value("1"),
		hex_value(VALUE_NULL, "") };

	(void)state;
	start("any");
	assert_int_equal(judge(substitutions, values, 3), SELECT_KEEP);
	criteria.timed = true;
	assert_int_equal(judge(substitutions, values, 3), SELECT_NO_TIME);
	assert_int_equal(judge_record("S", "1", "soon"), SELECT_NO_TIME);
	assert_int_equal(judge("<Event/>", NULL, 0), SELECT_NO_TIME);
}

static void
the_first_reason_counts(void **state)
{
	(void)state;
	start("minimal");
	criteria.include = ids_of("1");
	criteria.exclude = ids_of("4624");
	criteria.timed = true;
	assert_int_equal(judge_record("System", "4624", ""), SELECT_EVENT_SET);
	assert_int_equal(judge_record("Security", "4624", ""), SELECT_INCLUDE);
	ids_add(&criteria.include->any, 4624, 4624);
	assert_int_equal(judge_record("Security", "4624", ""), SELECT_EXCLUDE);
	idlist_destroy(criteria.exclude);
	criteria.exclude = NULL;
	assert_int_equal(judge_record("Security", "4624", ""), SELECT_NO_TIME);
}

static void
every_verdict_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < SELECT_VERDICTS; i++) {
		assert_non_null(select_reasons[i]);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    select_reasons[i], select_reasons[k]);
	}
}

/* A record lies in the log that its source is, too; and not any more when the
 * next source comes. */
static void
logs_add_channels(void **state)
{
	static const char queries[] = "ForwardedEvents!*[System[EventID=4624]]";
	const struct value values[] = { wide_value("Security"),
		hex_value(VALUE_U16, "1012"), utf8_value("") };
	const struct tree trees[] = { sample_tree(literals, NULL, 0),
		sample_tree(substitutions, values, COUNT(values)) };
	const struct program_channels none = { { 0 } };

	(void)state;
	start("any");
	criteria.queries = calloc(1, sizeof(*criteria.queries));
	queries_init(criteria.queries, 0);
	assert_ok(queries_add(
	    criteria.queries, "--query", span_str(queries), &error));
	assert_ok(queries_end(criteria.queries, &error));
	const struct program_channels log =
	    queries_channels(criteria.queries, "forwardedevents");
	for (size_t i = 0; i < 2 * COUNT(trees); i++) {
		const struct tree *const t = &trees[i / 2];
		struct select_worker *w;
		struct select_test test;
		assert_ok(select_worker_create(&w, &criteria, &error));
		assert_ok(select_compile(&test, w, t, i % 2 != 0, &error));
		assert_int_equal(select_run(&test, w, t), SELECT_QUERY);
		for (unsigned turn = 0; turn < 2; turn++) {
			select_worker_log(w, &log);
			assert_int_equal(select_run(&test, w, t), SELECT_KEEP);
			select_worker_log(w, &none);
			assert_int_equal(select_run(&test, w, t), SELECT_QUERY);
		}
		select_test_free(&test);
		select_worker_destroy(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    the_event_set_asks_channel_and_id, finish),
		cmocka_unit_test_teardown(
		    literals_are_judged_like_values, finish),
		cmocka_unit_test_teardown(a_test_runs_on_many_records, finish),
		cmocka_unit_test_teardown(
		    ids_are_taken_typed_or_as_text, finish),
		cmocka_unit_test_teardown(
		    any_takes_what_has_neither_channel_nor_id, finish),
		cmocka_unit_test_teardown(every_other_set_drops_them, finish),
		cmocka_unit_test_teardown(none_keeps_nothing, finish),
		cmocka_unit_test_teardown(included_and_excluded_ids, finish),
		cmocka_unit_test_teardown(
		    a_record_without_id_is_not_excluded, finish),
		cmocka_unit_test_teardown(
		    from_is_included_and_to_is_not, finish),
		cmocka_unit_test_teardown(an_open_end_is_open, finish),
		cmocka_unit_test_teardown(
		    a_record_without_time_is_counted_apart, finish),
		cmocka_unit_test_teardown(the_first_reason_counts, finish),
		cmocka_unit_test_teardown(logs_add_channels, finish),
		cmocka_unit_test(every_verdict_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
