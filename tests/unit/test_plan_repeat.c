/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that remembers its last line writes what a plan without memory does.
 */
#include "schema/column_value.h"
#include "schema/plan_object.h"
#include "schema/plan_repeat.h"
#include "schema/plan_run.h"
#include "schema/xml_writer.h"
#include "tests/unit/helper.h"

#define VALUES 9

static struct plan plain;
static struct plan remembering;
static struct buf want;
static struct buf got;

static int
setup(void **state)
{
	(void)state;
	plan_init(&plain);
	plan_init(&remembering);
	buf_init(&want, (size_t)1 << 20);
	buf_init(&got, (size_t)1 << 20);
	return 0;
}

static int
teardown(void **state)
{
	plan_free(&plain);
	plan_free(&remembering);
	buf_reset(&want);
	buf_reset(&got);
	return helper_teardown(state);
}

static const struct node *
leaf(unsigned i)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "<E>{%u}</E>", i);
	return tree_leaf(sample(text));
}

static void
put_both(struct buf *b, const struct value *const v[PLAN_LEAVES_MAX])
{
	value_json(b, v[0]);
	buf_byte(b, '+');
	value_json(b, v[1]);
}

static const struct plan_member members[] = {
	{ .kind = PLAN_MEMBER_TEXT, .leaf = 0, .name = PLAN_SHORT("\"a\":\"") },
	{ .kind = PLAN_MEMBER_NUMBER,
	    .leaf = 1,
	    .name = PLAN_SHORT("\"n\":"),
	    .max = 200 },
};
static const struct plan_object object = { .begin = PLAN_SHORT(",\"o\":{"),
	.end = PLAN_SHORT("}"),
	.members = members,
	.n = COUNT(members) };

/* Operations of all kinds; the values 5 to 8 are written by several. */
static void
make(struct plan *p, const struct value *values)
{
	const struct tree t = { NULL, values, VALUES };
	const struct node *const two[PLAN_LEAVES_MAX] = { leaf(6), leaf(0) };

	plan_literal(p, "{\"time\":\"");
	plan_op(p, PLAN_TIME);
	for (unsigned i = 0; i < VALUES; i++) {
		plan_literal(
		    p, "\",\"a literal of more than thirty-two bytes:\"");
		plan_text(p, leaf(i), &t);
	}
	plan_literal(p, "\"");
	plan_optional(p);
	plan_literal(p, ",\"account\":\"");
	column_value_text(p, leaf(5), &t);
	column_value_text(p, leaf(6), &t);
	plan_keep_if_longer(p, 20);
	plan_optional(p);
	plan_literal(p, ",\"when\":");
	plan_text(p, leaf(4), &t);
	plan_keep_if_value(p, leaf(4), value_has_time);
	xml_writer_windows(p, leaf(8), &t);
	column_value_text(p, leaf(8), &t);
	plan_literal(p, ",\"join\":");
	plan_join(p, two, put_both);
	plan_op(p, PLAN_TIME_COLUMNS);
	plan_object(p, &object, two);
	plan_op(p, PLAN_KEY);
	plan_literal(p, "}");
	plan_finish(p);
}

static struct value
random_text(size_t most)
{
	static const char letters[] = "ab\"\\<&\n{%";
	char text[2048];
	const size_t n = dice((uint32_t)most + 1);

	for (size_t i = 0; i < n; i++)
		text[i] = letters[dice(sizeof(letters) - 1)];
	text[n] = '\0';
	return wide_value(text);
}

/* A value for this position. Its type and, except for texts, its size are
 * always the same. */
static struct value
random_value(unsigned i)
{
	switch (i) {
	case 0:
		return number_value(VALUE_U8, dice(3), 1);
	case 1:
		return number_value(VALUE_U16, dice(70000), 2);
	case 2:
		return number_value(VALUE_HEX32, dice(5), 4);
	case 3:
		return number_value(VALUE_U64, (uint64_t)dice(9) << 40, 8);
	case 4:
		return number_value(VALUE_FILETIME, dice(2), 8);
	case 7:
		return hex_value(VALUE_SID,
		    dice(2) == 0 ? "0101000000000005 12000000"
				 : "0102000000000005 20000000 20020000");
	case 8:
		return random_text(dice(20) == 0 ? 1500 : 40);
	default:
		return random_text(12);
	}
}

static void
compare(const struct value *values, struct plan_facts facts)
{
	struct plan_facts other = facts;
	const size_t before = dice(100);

	buf_cut(&want, 0);
	buf_cut(&got, 0);
	for (size_t i = 0; i < before; i++) {
		buf_byte(&want, ' ');
		buf_byte(&got, ' ');
	}
	plan_run(&plain, values, &facts, &want);
	plan_run(&remembering, values, &other, &got);
	assert_span_eq(buf_span(&got), buf_span(&want));
	assert_int_equal(other.time_patch, facts.time_patch);
	assert_int_equal(other.key_at, facts.key_at);
}

/* Change each value of a record with a probability of one in `rarely`. */
static void
change(struct value *values, uint32_t rarely)
{
	for (unsigned i = 0; i < VALUES; i++) {
		if (values[i].p == NULL || dice(rarely) == 0)
			values[i] = random_value(i);
	}
}

static void
lines_are_the_same_as_without_memory(void **state)
{
	struct value values[VALUES] = { { .p = NULL } };
	struct plan_facts facts = { .has_time = false };

	(void)state;
	memcpy(facts.key, "00112233445566778899aabbccddeeff", PLAN_KEY_HEX);
	change(values, 1);
	make(&plain, values);
	make(&remembering, values);
	plan_remember(&remembering, values);
	assert_non_null(remembering.repeat);
	for (unsigned i = 0; i < 3000; i++) {
		/* Phases in which much, little or nothing repeats. */
		change(values, i / 300 % 3 == 0   ? 10
			       : i / 300 % 3 == 1 ? 2
						  : 1);
		facts.has_time = dice(4) != 0;
		facts.time = dice(1000);
		compare(values, facts);
	}
}

static void
a_line_that_did_not_fit_is_forgotten(void **state)
{
	struct value values[VALUES] = { { .p = NULL } };
	struct plan_facts facts = { .has_time = true };
	struct buf small;

	(void)state;
	change(values, 1);
	make(&plain, values);
	make(&remembering, values);
	plan_remember(&remembering, values);
	compare(values, facts);
	compare(values, facts);
	assert_true(remembering.repeat->kept);
	/* The plan begins to write, and a long text does not fit. */
	values[0] = number_value(VALUE_U8, 7, 1);
	values[5] = random_text(200);
	values[8] = wide_value("a text that needs more room than is left here");
	buf_init(&small, remembering.fixed + 200);
	plan_run(&remembering, values, &facts, &small);
	assert_true(small.full);
	assert_false(remembering.repeat->kept);
	buf_reset(&small);
	compare(values, facts);
	compare(values, facts);
}

static void
only_what_changed_is_converted(void **state)
{
	struct value values[VALUES] = { { .p = NULL } };
	struct plan_facts facts = { .has_time = true };

	(void)state;
	change(values, 1);
	make(&remembering, values);
	plan_remember(&remembering, values);
	for (unsigned i = 0; i < 2; i++)
		plan_run(&remembering, values, &facts, &got);
	assert_int_equal(
	    remembering.repeat->changed, PLAN_PART_SHARED | PLAN_PART_VARIES);
	/* The plan copies this byte instead of writing a brace again. */
	remembering.repeat->line[0] = '<';
	remembering.repeat->line[got.n / 2 - 1] = '>';
	buf_cut(&got, 0);
	plan_run(&remembering, values, &facts, &got);
	assert_int_equal(got.p[0], '{');
	assert_int_equal(got.p[got.n - 1], '>');
}

static void
lines_without_repetition_are_not_compared(void **state)
{
	struct value values[VALUES] = { { .p = NULL } };
	struct plan_facts facts = { .has_time = true };
	unsigned paused = 0;

	(void)state;
	change(values, 1);
	make(&plain, values);
	make(&remembering, values);
	plan_remember(&remembering, values);
	for (unsigned i = 0; i < 200; i++) {
		change(values, 1);
		values[8] = random_text(500);
		compare(values, facts);
		paused += remembering.repeat->paused != 0 ? 1 : 0;
	}
	assert_true(paused > 100);
}

static void
plans_of_numbers_remember_nothing(void **state)
{
	const struct value number = number_value(VALUE_U32, 7, 4);
	const struct tree t = { NULL, &number, 1 };

	(void)state;
	plan_text(&plain, leaf(0), &t);
	plan_finish(&plain);
	plan_remember(&plain, &number);
	assert_null(plain.repeat);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_the_same_as_without_memory),
		TEST(a_line_that_did_not_fit_is_forgotten),
		TEST(only_what_changed_is_converted),
		TEST(lines_without_repetition_are_not_compared),
		TEST(plans_of_numbers_remember_nothing),
	};

	return RUN(tests);
}
