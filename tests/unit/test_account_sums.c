/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of manifests and reports: whether they close and add up. Also record
 * keys in lines. */
#include "audit/account_sums.h"
#include "stage/record_key.h"
#include "tests/unit/helper.h"
#include "util/json.h"

static enum rc
read_sums(const char *text, struct account_sums *s, struct err *e)
{
	struct cJSON *o;

	assert_ok(json_parse(span_str(text), "test", &o, e));
	const enum rc rc = account_sums_read(o, s, e);
	json_free(o);
	return rc;
}

static void
accounts_close(void **state)
{
	struct account_sums s;
	struct err e;

	(void)state;
	assert_ok(read_sums("{\"found\":10,\"emitted\":3,\"duplicate\":2,"
			    "\"damaged\":1,\"filtered\":{\"a\":3,\"b\":1},"
			    "\"recovered\":5}",
	    &s, &e));
	assert_ok(account_sums_balance(&s, &e));
	assert_int_equal(account_sums_lines(&s), 8);
	s.filtered--;
	assert_int_equal(account_sums_balance(&s, &e), RC_FATAL);
	assert_int_equal(e.why, WHY_TAMPERED);
}

static void
a_term_must_be_there(void **state)
{
	struct account_sums s;
	struct err e;

	(void)state;
	assert_ok(read_sums("{\"found\":0,\"emitted\":0,\"duplicate\":0,"
			    "\"damaged\":0,\"filtered\":{}}",
	    &s, &e));
	assert_int_equal(
	    read_sums("{\"found\":1,\"emitted\":1,\"damaged\":0}", &s, &e),
	    RC_FATAL);
	assert_int_equal(read_sums("{\"found\":-1}", &s, &e), RC_FATAL);
}

static void
unchecked_is_all_or_nothing(void **state)
{
	const char *const text =
	    "{\"found\":3,\"emitted\":2,\"duplicate\":1,"
	    "\"damaged\":0,\"filtered\":{},\"unchecked\":2}";
	struct account_sums s;
	struct err e;

	(void)state;
	assert_ok(read_sums(text, &s, &e));
	assert_ok(account_sums_balance(&s, &e));
	assert_int_equal(account_sums_lines(&s), 2);
	assert_ok(account_sums_check_unchecked(&s, false, &e));
	assert_int_equal(account_sums_check_unchecked(&s, true, &e), RC_FATAL);
	assert_int_equal(e.why, WHY_TAMPERED);
	s.term[5] = 1;
	assert_int_equal(account_sums_check_unchecked(&s, false, &e), RC_FATAL);
}

static void
parts_add_up(void **state)
{
	const struct account_sums part = { { 4, 1, 1, 1, 2 }, 1 };
	struct account_sums whole = { .filtered = 0 };
	struct err e;

	(void)state;
	account_sums_add(&whole, &part);
	account_sums_add(&whole, &part);
	struct account_sums same = { { 8, 2, 2, 2, 4 }, 2 };
	assert_ok(account_sums_compare(&whole, &same, "here", &e));
	same.filtered = 1;
	assert_int_equal(
	    account_sums_compare(&whole, &same, "here", &e), RC_FATAL);
	assert_non_null(
	    strstr(e.text, "\"filtered\" is 2, but the sum in here"));
}

#define KEY "0123456789abcdef0123456789abcdef"
#define FALSE_KEY "ffffffffffffffffffffffffffffffff"

static void
check_key(const char *line, bool ecs, const char *want)
{
	const struct span key = record_key_find(span_str(line), ecs);

	assert_true(span_eq(key, span_str(want)));
}

static void
the_key_is_the_line_s_own(void **state)
{
	(void)state;
	check_key("{\"a\":1,\"RecordKey_CF\":\"" KEY "\"}", false, KEY);
	check_key("{\"EventData\":{\"RecordKey_CF\":\"" FALSE_KEY
		  "\"},\"RecordKey_CF\":\"" KEY "\",\"x\":\"y\"}",
	    false, KEY);
	check_key("{\"event\":{\"id\":\"" KEY
		  "\"},\"event_data\":{\"id\":\"" FALSE_KEY "\"}}",
	    true, KEY);
	check_key(
	    "{\"x\":\"\\\"RecordKey_CF\\\":\\\"" FALSE_KEY "\"}", false, "");
	check_key("{\"RecordKey_CF\":\"0123", false, "");
	check_key("", false, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_close),
		cmocka_unit_test(a_term_must_be_there),
		cmocka_unit_test(unchecked_is_all_or_nothing),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(the_key_is_the_line_s_own),
	};

	return RUN(tests);
}
