/* SPDX-License-Identifier: Apache-2.0 */
/* Plans, and the XML that they write. */
#include "schema/plan_run.h"
#include "schema/xml_writer.h"
#include "tests/unit/helper.h"

static struct plan plan;
static struct buf out;
static struct plan_facts facts;

static int
setup(void **state)
{
	(void)state;
	plan_init(&plan);
	buf_init(&out, (size_t)1 << 20);
	memset(&facts, 0, sizeof(facts));
	memcpy(facts.key, "00112233445566778899aabbccddeeff", PLAN_KEY_HEX);
	return 0;
}

static int
teardown(void **state)
{
	plan_free(&plan);
	buf_reset(&out);
	return helper_teardown(state);
}

static void
run(const struct value *values)
{
	buf_cut(&out, 0);
	plan_run(&plan, values, &facts, &out);
}

static void
literals_are_folded_into_one(void **state)
{
	(void)state;
	plan_literal(&plan, "{");
	plan_member_name(&plan, SPAN("a\"b"));
	plan_value(&plan, tree_leaf(sample("<E>x\ty</E>")), value_json);
	plan_literal(&plan, "}");
	plan_finish(&plan);
	assert_int_equal(plan.n, 1);
	assert_int_equal(plan.ops[0].kind, PLAN_LITERAL);
	run(NULL);
	assert_buf(&out, "{\"a\\\"b\":x\\ty}");
	assert_int_equal(facts.time_patch, PLAN_NO_PATCH);
}

static void
substitutions_are_filled_by_each_record(void **state)
{
	const struct value first[] = { utf8_value("A"), utf8_value("B") };
	const struct value second[] = { hex_value(VALUE_U8, "07"),
		hex_value(VALUE_NULL, "") };

	(void)state;
	plan_literal(&plan, "<");
	plan_value(&plan, tree_leaf(sample("<E>{1}</E>")), value_json);
	plan_value(&plan, tree_leaf(sample("<E>{0}</E>")), value_json);
	plan_literal(&plan, ">");
	plan_finish(&plan);
	run(first);
	assert_buf(&out, "<BA>");
	run(second);
	assert_buf(&out, "<7>");
}

static void
a_cleared_plan_starts_anew(void **state)
{
	(void)state;
	plan_literal(&plan, "old");
	plan_finish(&plan);
	plan_clear(&plan);
	plan_literal(&plan, "new");
	plan_finish(&plan);
	run(NULL);
	assert_buf(&out, "new");
}

static void
key_and_time(void **state)
{
	(void)state;
	plan_op(&plan, PLAN_TIME);
	plan_literal(&plan, " ");
	plan_op(&plan, PLAN_KEY);
	plan_op(&plan, PLAN_TIME_COLUMNS);
	plan_finish(&plan);
	facts.has_time = true;
	facts.time = UINT64_C(130270189599735000);
	run(NULL);
	assert_buf(&out,
	    "2013-10-23T16:22:39.9735000Z 00112233445566778899aabbccddeeff,"
	    "\"TimeCreated_CF\":\"2013-10-23T16:22:39.9735000Z\"");
	assert_int_equal(facts.time_patch, PLAN_NO_PATCH);
}

static void
room_is_left_for_a_time_that_is_not_known(void **state)
{
	(void)state;
	plan_literal(&plan, "\"");
	plan_op(&plan, PLAN_TIME);
	plan_literal(&plan, "\"");
	plan_op(&plan, PLAN_TIME_COLUMNS);
	plan_finish(&plan);
	buf_str(&out, "before ");
	plan_run(&plan, NULL, &facts, &out);
	assert_int_equal(facts.time_patch, 8);
	assert_memory_equal(
	    out.p + facts.time_patch, "0000-00-00T00:00:00.0000000Z\"", 29);
	assert_span(
	    span_of(out.p + out.n - 26, 26), "\"TimeSource_CF\":\"inferred\"");
}

static void
a_line_without_room_says_so(void **state)
{
	struct buf small;

	(void)state;
	plan_literal(&plan, "0123456789");
	plan_finish(&plan);
	buf_init(&small, 5);
	plan_run(&plan, NULL, &facts, &small);
	assert_true(small.full);
	assert_false(plan.failed);
	buf_reset(&small);
}

static void
too_many_operations_fail_the_plan(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= PLAN_OPS_MAX; i++)
		plan_op(&plan, PLAN_KEY);
	plan_finish(&plan);
	assert_true(plan.failed);
	plan_clear(&plan);
	assert_false(plan.failed);
	plan_literal(&plan, "x");
	plan_finish(&plan);
	run(NULL);
	assert_buf(&out, "x");
}

static void
a_literal_beyond_the_maximum_fails_the_plan(void **state)
{
	(void)state;
	assert_non_null(buf_room(&plan.lits, 1));
	plan.lits.max = plan.lits.cap;
	for (size_t i = 0; i <= plan.lits.max; i++)
		plan_literal(&plan, "x");
	plan_finish(&plan);
	assert_true(plan.failed);
	plan.lits.max = PLAN_LITERAL_MAX;
}

/* Accepts a text without an x; others get a mark. */
static bool
has_no_x(struct span s, size_t units)
{
	(void)units;
	return memchr(s.p, 'x', s.n) == NULL;
}

static void
put_marked(struct buf *b, const struct value *v)
{
	buf_byte(b, '!');
	value_json(b, v);
}

/* Accepts any text. */
static bool
is_any(struct span s, size_t units)
{
	(void)s;
	(void)units;
	return true;
}

static struct span
behind_first(struct span s)
{
	return s.n < 2 ? s : span_of(s.p + 2, s.n - 2);
}

/* Insert a mark before the text. */
static void
mark(struct buf *b, size_t start)
{
	buf_byte(b, 0);
	memmove(b->p + start + 1, b->p + start, b->n - start - 1);
	b->p[start] = '!';
}

static const struct plan_check marked = {
	.clean = has_no_x, .mend = mark, .put = put_marked
};
static const struct plan_check any = { .clean = is_any, .put = put_marked };
static const struct plan_check rest = {
	.part = behind_first, .clean = has_no_x, .mend = mark, .put = put_marked
};

static void
a_text_is_checked_and_copied_by_each_operation(void **state)
{
	const struct plan_check *const checks[] = { &marked, &any, &rest,
		&marked, &any };
	const struct value clean[] = { wide_value("a\"long enough line") };
	const struct value odd[] = { wide_value("axb") };
	const struct value none[] = { wide_value("") };
	const struct tree t = { sample("<E>{0}</E>"), clean, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(checks); i++) {
		plan_checked(&plan, tree_leaf(t.root), &t, checks[i]);
		plan_literal(&plan, "|");
	}
	plan_finish(&plan);
	run(clean);
	assert_buf(&out, "a\\\"long enough line|a\\\"long enough line|"
			 "\\\"long enough line|a\\\"long enough line|"
			 "a\\\"long enough line|");
	run(odd);
	assert_buf(&out, "!axb|axb|!xb|!axb|axb|");
	run(none);
	assert_buf(&out, "|||||");
}

static void
more_texts_than_can_be_copied_are_written_anew(void **state)
{
	enum { TEXTS = PLAN_SHARED_MAX + 4 };
	struct value values[TEXTS];
	char text[64];
	struct tree t = { NULL, values, TEXTS };

	(void)state;
	for (unsigned i = 0; i < TEXTS; i++) {
		(void)snprintf(text, sizeof(text), "text %u", i);
		values[i] = wide_value(text);
	}
	for (unsigned i = 0; i < 2 * TEXTS; i++) {
		(void)snprintf(text, sizeof(text), "<E>{%u}</E>", i % TEXTS);
		plan_checked(&plan, tree_leaf(sample(text)), &t, &any);
	}
	plan_finish(&plan);
	run(values);
	for (unsigned i = 0; i < TEXTS; i++) {
		(void)snprintf(text, sizeof(text), "text %u", i);
		helper_says((const char *)out.p, text, __FILE__, __LINE__);
	}
	assert_memory_equal(out.p, out.p + out.n / 2, out.n / 2);
}

static void
what_stays_empty_is_taken_back(void **state)
{
	const struct value none[] = { wide_value(""), utf8_value("") };
	const struct value one[] = { wide_value(""), utf8_value("b") };
	const struct tree t = { sample("<E>{0}</E>"), none, 2 };

	(void)state;
	plan_literal(&plan, "<");
	plan_optional(&plan);
	plan_text(&plan, tree_leaf(t.root), &t);
	plan_literal(&plan, " and ");
	plan_value(&plan, tree_leaf(sample("<E>{1}</E>")), value_json);
	plan_keep_if_longer(&plan, strlen(" and "));
	plan_literal(&plan, ">");
	plan_finish(&plan);
	run(none);
	assert_buf(&out, "<>");
	run(one);
	assert_buf(&out, "< and b>");
}

static void
assert_xml(const char *text, const struct value *values, const char *want)
{
	const struct tree t = { sample(text), values, 3 };

	plan_clear(&plan);
	xml_writer_content(&plan, t.root, &t);
	plan_finish(&plan);
	run(values);
	assert_buf(&out, want);
}

static void
xml_is_compact(void **state)
{
	(void)state;
	assert_xml("<A x='1' y='2'><B>t</B>u<C/></A>", NULL,
	    "<A x=\\\"1\\\" y=\\\"2\\\"><B>t</B>u<C/></A>");
}

static void
xml_text_is_escaped_for_xml_and_json(void **state)
{
	const struct value values[] = { utf8_value("<a>&\"\n"),
		hex_value(VALUE_U8, "05"), hex_value(VALUE_NULL, "") };

	(void)state;
	assert_xml("<A>{0}</A>", values, "<A>&lt;a&gt;&amp;\\\"\\n</A>");
	assert_xml("<A>{1}</A>", values, "<A>5</A>");
}

static void
xml_leaves_null_attributes_out(void **state)
{
	const struct value values[] = { hex_value(VALUE_NULL, ""),
		utf8_value("v"), utf8_value("") };

	(void)state;
	assert_xml("<A n='{0}' v='{1}' e='{2}'>x</A>", values,
	    "<A v=\\\"v\\\" e=\\\"\\\">x</A>");
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(literals_are_folded_into_one),
		EACH(substitutions_are_filled_by_each_record),
		EACH(a_cleared_plan_starts_anew),
		EACH(key_and_time),
		EACH(room_is_left_for_a_time_that_is_not_known),
		EACH(a_line_without_room_says_so),
		EACH(too_many_operations_fail_the_plan),
		EACH(a_literal_beyond_the_maximum_fails_the_plan),
		EACH(a_text_is_checked_and_copied_by_each_operation),
		EACH(more_texts_than_can_be_copied_are_written_anew),
		EACH(what_stays_empty_is_taken_back),
		EACH(xml_is_compact),
		EACH(xml_text_is_escaped_for_xml_and_json),
		EACH(xml_leaves_null_attributes_out),
	};

	return RUN(tests);
}
