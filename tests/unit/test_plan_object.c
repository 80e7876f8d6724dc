/* SPDX-License-Identifier: Apache-2.0 */
/* Members that depend on a record's values, and texts that are written twice.
 */
#include "schema/plan_object.h"
#include "schema/plan_repeat.h"
#include "schema/plan_run.h"
#include "tests/unit/helper.h"

enum { LEAVES = 4 };

static struct plan plan;
static struct buf out;

static int
setup(void **state)
{
	(void)state;
	plan_init(&plan);
	buf_init(&out, (size_t)1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	plan_free(&plan);
	buf_reset(&out);
	return helper_teardown(state);
}

static struct span
behind_first(struct span s)
{
	return s.n < 2 ? s : span_of(s.p + 2, s.n - 2);
}

static bool
is_not_zero(struct span json)
{
	return json.p[0] != '0';
}

static const char *
even(uint64_t n)
{
	return n % 2 == 0 ? "even" : NULL;
}

static const struct plan_member members[] = {
	{ .kind = PLAN_MEMBER_TEXT, .leaf = 0, .name = PLAN_SHORT("\"a\":\"") },
	{ .kind = PLAN_MEMBER_TEXT,
	    .leaf = 1,
	    .name = PLAN_SHORT("\"b\":\""),
	    .differs = true,
	    .ok = is_not_zero },
	{ .kind = PLAN_MEMBER_OPEN, .name = PLAN_SHORT("\"in\":{") },
	{ .kind = PLAN_MEMBER_TEXT,
	    .leaf = 2,
	    .name = PLAN_SHORT("\"c\":\""),
	    .part = behind_first,
	    .required = false },
	{ .kind = PLAN_MEMBER_CLOSE, .name = PLAN_SHORT("\"in\":{") },
	{ .kind = PLAN_MEMBER_NAMED,
	    .leaf = 3,
	    .name = PLAN_SHORT("\"w\":\""),
	    .required = true,
	    .word = even },
	{ .kind = PLAN_MEMBER_NUMBER,
	    .leaf = 3,
	    .name = PLAN_SHORT("\"n\":"),
	    .max = 100 },
};
static const struct plan_object object = { .begin = PLAN_SHORT(",\"o\":{"),
	.end = PLAN_SHORT("}"),
	.members = members,
	.n = COUNT(members) };

static const char *const substitutions[LEAVES] = { "<E>{0}</E>", "<E>{1}</E>",
	"<E>{2}</E>", "<E>{3}</E>" };

/* With `before` the line contains the texts already. */
static void
make(const struct value *values, bool before)
{
	const struct tree t = { NULL, values, LEAVES };
	const struct node *leaf[PLAN_LEAVES_MAX] = { NULL };

	plan_clear(&plan);
	for (size_t i = 0; i < LEAVES; i++)
		leaf[i] = tree_leaf(sample(substitutions[i]));
	for (size_t i = 0; i < LEAVES && before; i++) {
		plan_literal(&plan, "|");
		plan_text(&plan, leaf[i], &t);
	}
	plan_object(&plan, &object, leaf);
	plan_finish(&plan);
}

static void
check(const struct value *values, const char *want)
{
	struct plan_facts facts = { .has_time = false };

	buf_cut(&out, 0);
	plan_run(&plan, values, &facts, &out);
	assert_false(out.full);
	buf_byte(&out, '\0');
	const char *const got = strchr((const char *)out.p, ',');
	assert_string_equal(got == NULL ? "" : got, want);
}

static void
all_members_are_written(void **state)
{
	const struct value v[LEAVES] = { wide_value("x\"y"), wide_value("long"),
		wide_value("-abc"), number_value(VALUE_U32, 42, 4) };

	(void)state;
	for (int before = 0; before < 2; before++) {
		make(v, before != 0);
		check(v, ",\"o\":{\"a\":\"x\\\"y\",\"b\":\"long\","
			 "\"in\":{\"c\":\"abc\"},\"w\":\"even\",\"n\":42}");
	}
}

static void
each_record_has_its_own(void **state)
{
	const struct value usual[LEAVES] = { wide_value("a"), wide_value("b"),
		wide_value("-c"), number_value(VALUE_U32, 2, 4) };
	const struct value none[LEAVES] = { wide_value("-"), wide_value(""),
		wide_value("-"), number_value(VALUE_U32, 1, 4) };
	const struct value same[LEAVES] = { wide_value("a"), wide_value("a"),
		wide_value("x-"), number_value(VALUE_U32, 102, 4) };
	const struct value zero[LEAVES] = { wide_value("-"), wide_value("0b"),
		wide_value("xc"), number_value(VALUE_U32, 3, 4) };

	(void)state;
	for (int before = 0; before < 2; before++) {
		make(usual, before != 0);
		check(none, "");
		check(same, ",\"o\":{\"a\":\"a\",\"w\":\"even\"}");
		check(zero, ",\"o\":{\"in\":{\"c\":\"c\"}}");
		check(usual, ",\"o\":{\"a\":\"a\",\"b\":\"b\","
			     "\"in\":{\"c\":\"c\"},\"w\":\"even\",\"n\":2}");
	}
}

static void
values_that_are_no_utf16_are_members_too(void **state)
{
	const struct value v[LEAVES] = { number_value(VALUE_HEX64, 0x3e7, 8),
		hex_value(VALUE_SID, "010100000000000512000000"),
		hex_value(VALUE_NULL, ""), utf8_value("8") };

	(void)state;
	for (int before = 0; before < 2; before++) {
		make(v, before != 0);
		check(v, ",\"o\":{\"a\":\"0x3e7\",\"b\":\"S-1-5-18\","
			 "\"w\":\"even\",\"n\":8}");
	}
}

/* The buffer is reallocated while texts are copied from it. */
static void
texts_are_copied_in_any_length(void **state)
{
	static char text[3000];
	static char want[sizeof(text) + 64];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	for (size_t n = 1; n < sizeof(text) - 1; n += 1 + n / 8) {
		text[n] = '\0';
		const struct value v[LEAVES] = { wide_value(text),
			wide_value(text), wide_value(""),
			number_value(VALUE_U32, 1, 4) };
		make(v, true);
		buf_reset(&out);
		buf_init(&out, (size_t)1 << 20);
		(void)snprintf(
		    want, sizeof(want), ",\"o\":{\"a\":\"%s\"}", text);
		check(v, want);
		text[n] = 'x';
	}
}

/* A text in an optional part is not copied: it may have been removed, or the
 * whole part may be that of the last line. */
static void
texts_of_optional_parts_are_not_copied(void **state)
{
	struct value v[LEAVES] = { wide_value("x"), wide_value("long"),
		wide_value("-"), number_value(VALUE_FILETIME, 0, 8) };
	const struct tree t = { NULL, v, LEAVES };
	const struct node *leaf[PLAN_LEAVES_MAX] = { NULL };

	(void)state;
	for (size_t i = 0; i < LEAVES; i++)
		leaf[i] = tree_leaf(sample(substitutions[i]));
	plan_optional(&plan);
	plan_literal(&plan, "|");
	plan_text(&plan, leaf[0], &t);
	plan_keep_if_value(&plan, leaf[3], value_has_time);
	leaf[3] = NULL;
	plan_object(&plan, &object, leaf);
	plan_finish(&plan);
	check(v, ",\"o\":{\"a\":\"x\",\"b\":\"long\"}");
	v[3] = number_value(VALUE_FILETIME, 1, 8);
	plan_remember(&plan, v);
	check(v, ",\"o\":{\"a\":\"x\",\"b\":\"long\"}");
	v[1] = wide_value("other");
	check(v, ",\"o\":{\"a\":\"x\",\"b\":\"other\"}");
	assert_true(plan.repeat->kept);
}

static void
without_leaves_there_is_no_object(void **state)
{
	const struct node *const leaf[PLAN_LEAVES_MAX] = { NULL };

	(void)state;
	plan_object(&plan, &object, leaf);
	plan_finish(&plan);
	check(NULL, "");
	assert_int_equal(plan.n, 1);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(all_members_are_written),
		EACH(each_record_has_its_own),
		EACH(values_that_are_no_utf16_are_members_too),
		EACH(texts_are_copied_in_any_length),
		EACH(texts_of_optional_parts_are_not_copied),
		EACH(without_leaves_there_is_no_object),
	};

	return RUN(tests);
}
