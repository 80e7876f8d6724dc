/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/plan_run.h"
#include "schema/schema.h"
#include "tests/unit/helper.h"

static const struct schema_options usual = {
	.provenance = SCHEMA_PROVENANCE_NONE,
};

/* The line of <Event>inside</Event>, without its {"Event":{ and }}. */
static void
assert_raw(const char *inside, const struct value *values, const char *want)
{
	struct plan_facts facts = { .has_time = false };
	struct plan plan;
	struct system_fields head;
	struct buf text;
	struct buf out;

	buf_init(&text, 10000);
	buf_fmt(&text, "<Event>%s</Event>", inside);
	buf_byte(&text, '\0');
	const struct tree t = sample_tree((const char *)text.p, values, 9);
	buf_cut(&text, 0);
	buf_fmt(&text, "{\"Event\":%s}", want);
	buf_init(&out, 100000);
	plan_init(&plan);
	system_fields_find(&head, &t);
	schema_raw.compile(
	    &plan, &(struct schema_event){ &t, &head, &usual, 0 });
	assert_false(plan.failed);
	plan_run(&plan, values, &facts, &out);
	assert_span_eq(buf_span(&out), buf_span(&text));
	plan_free(&plan);
	buf_reset(&text);
	buf_reset(&out);
}

static void
elements_in_document_order(void **state)
{
	(void)state;
	assert_raw("<B>1</B><A><C>x</C></A>", NULL,
	    "{\"B\":\"1\",\"A\":{\"C\":\"x\"}}");
}

static void
attributes_come_first(void **state)
{
	(void)state;
	assert_raw("<A x='1' y='2'><B/></A>", NULL,
	    "{\"A\":{\"#attributes\":{\"x\":\"1\",\"y\":\"2\"},\"B\":null}}");
	assert_raw("<A x='1'>t</A>", NULL,
	    "{\"A\":{\"#attributes\":{\"x\":\"1\"},\"#text\":\"t\"}}");
	assert_raw(
	    "<A x='1'/>", NULL, "{\"A\":{\"#attributes\":{\"x\":\"1\"}}}");
}

static void
an_id_with_qualifiers(void **state)
{
	const struct value values[] = { hex_value(VALUE_U16, "0040"),
		hex_value(VALUE_U16, "b581") };

	(void)state;
	assert_raw("<EventID Qualifiers='{0}'>{1}</EventID>", values,
	    "{\"EventID\":{\"#attributes\":{\"Qualifiers\":16384},"
	    "\"#text\":33205}}");
}

static void
nothing_is_null_and_an_empty_string_is_one(void **state)
{
	const struct value values[] = { hex_value(VALUE_NULL, ""),
		hex_value(VALUE_WSTRING, "") };

	(void)state;
	assert_raw("<A/><B>{0}</B>", values, "{\"A\":null,\"B\":null}");
	assert_raw("<EventData><Data Name='N'>{0}</Data>"
		   "<Data Name='E'>{1}</Data></EventData>",
	    values, "{\"EventData\":{\"N\":null,\"E\":\"\"}}");
}

static void
null_attributes_are_left_out(void **state)
{
	const struct value values[] = { hex_value(VALUE_NULL, ""),
		utf8_value("v") };

	(void)state;
	assert_raw("<A x='{0}' y='{1}'/><B x='{0}'/><C x='{0}'>t</C>", values,
	    "{\"A\":{\"#attributes\":{\"y\":\"v\"}},\"B\":null,\"C\":\"t\"}");
}

static void
named_data_become_members(void **state)
{
	(void)state;
	assert_raw("<EventData><Data Name='X'>v</Data><Data Name='Y'/>"
		   "</EventData>",
	    NULL, "{\"EventData\":{\"X\":\"v\",\"Y\":null}}");
	assert_raw("<EventData Name='N'><Data Name='p'>1</Data></EventData>",
	    NULL,
	    "{\"EventData\":{\"#attributes\":{\"Name\":\"N\"},\"p\":\"1\"}}");
}

static void
unnamed_data_are_one_member(void **state)
{
	const struct value values[] = { utf8_value("v") };

	(void)state;
	assert_raw("<EventData><Data>{0}</Data></EventData>", values,
	    "{\"EventData\":{\"Data\":{\"#text\":\"v\"}}}");
	assert_raw("<EventData><Data>a</Data><Data/><Data>c</Data>"
		   "<Binary>00</Binary></EventData>",
	    NULL,
	    "{\"EventData\":{\"Data\":{\"#text\":[\"a\",\"\",\"c\"]},"
	    "\"Binary\":\"00\"}}");
}

static void
numbers_of_a_wrong_size_are_text(void **state)
{
	const struct value values[] = { hex_value(VALUE_U16, "421f00"),
		hex_value(VALUE_I32, ""), hex_value(VALUE_BOOL, "") };

	(void)state;
	assert_raw("<A x='{1}'>{0}</A><B>{2}</B>", values,
	    "{\"A\":{\"#attributes\":{\"x\":\"\"},\"#text\":\"421F00\"},"
	    "\"B\":\"\"}");
}

static void
arrays_are_lists_with_empty_members(void **state)
{
	const struct value values[] = {
		hex_value(
		    VALUE_ARRAY | VALUE_WSTRING, "6100 0000 0000 6300 0000"),
		hex_value(VALUE_ARRAY | VALUE_U16, "0100 ffff"),
		hex_value(VALUE_ARRAY | VALUE_HEX32, "0a000000"),
	};

	(void)state;
	assert_raw("<EventData><Data>{0}</Data></EventData>", values,
	    "{\"EventData\":{\"Data\":{\"#text\":[\"a\",\"\",\"c\"]}}}");
	assert_raw("<EventData><Data Name='n'>{1}</Data>"
		   "<Data Name='h'>{2}</Data></EventData>",
	    values, "{\"EventData\":{\"n\":[1,65535],\"h\":[\"0xa\"]}}");
	/* Beside others, each member is one of the list. */
	assert_raw("<EventData><Data>{0}</Data><Data>d</Data></EventData>",
	    values,
	    "{\"EventData\":{\"Data\":{\"#text\":[\"a\",\"\",\"c\",\"d\"]}}}");
}

static void
repeated_names_are_counted(void **state)
{
	(void)state;
	assert_raw("<C>1</C><D/><C>2</C><C x='3'/>", NULL,
	    "{\"C\":\"1\",\"D\":null,\"C_1\":\"2\","
	    "\"C_2\":{\"#attributes\":{\"x\":\"3\"}}}");
	assert_raw("<EventData><Data Name='A'>1</Data><Data Name='A'>2</Data>"
		   "</EventData>",
	    NULL, "{\"EventData\":{\"A\":\"1\",\"A_1\":\"2\"}}");
}

static void
other_elements_with_a_name_are_ordinary(void **state)
{
	(void)state;
	assert_raw("<ComplexData Name='Idle'>01</ComplexData>", NULL,
	    "{\"ComplexData\":{\"#attributes\":{\"Name\":\"Idle\"},"
	    "\"#text\":\"01\"}}");
}

static void
user_data_stands_as_it_is(void **state)
{
	(void)state;
	assert_raw("<UserData><L xmlns='u' xmlns:a='v'><S>x</S></L></UserData>",
	    NULL,
	    "{\"UserData\":{\"L\":{\"#attributes\":{\"xmlns\":\"u\","
	    "\"xmlns:a\":\"v\"},\"S\":\"x\"}}}");
}

static void
value_types(void **state)
{
	const struct value values[] = { hex_value(VALUE_I32, "ffffffff"),
		hex_value(VALUE_BOOL, "02000000"),
		hex_value(VALUE_F64, "000000000000f83f"),
		hex_value(VALUE_HEX64, "e703000000000000"),
		hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d"),
		hex_value(VALUE_SID, "010100000000000512000000"),
		hex_value(VALUE_BINARY, "0aff"),
		hex_value(VALUE_WSTRING, "0100 00d8 2200 0000"),
		hex_value(VALUE_FILETIME, "0000000000000000") };

	(void)state;
	assert_raw("<A>{0}</A><B>{1}</B><C>{2}</C><D>{3}</D><E>{4}</E>"
		   "<F>{5}</F><G>{6}</G><H>{7}</H><I>{8}</I>",
	    values,
	    "{\"A\":-1,\"B\":true,\"C\":\"1.5\",\"D\":\"0x3e7\","
	    "\"E\":\"54849625-5478-4994-A5BA-3E3B0328C30D\","
	    "\"F\":\"S-1-5-18\",\"G\":\"0AFF\","
	    "\"H\":\"\\u0001\xef\xbf\xbd\\\"\","
	    "\"I\":\"1601-01-01T00:00:00.0000000Z\"}");
}

static void
text_that_looks_like_a_number_stays_text(void **state)
{
	const struct value values[] = { wide_value("4624") };

	(void)state;
	assert_raw("<EventID>{0}</EventID>", values, "{\"EventID\":\"4624\"}");
}

static void
text_in_pieces_is_joined(void **state)
{
	const struct value values[] = { hex_value(VALUE_U8, "07"),
		hex_value(VALUE_NULL, "") };

	(void)state;
	assert_raw("<A>n={0}{1}!</A>", values, "{\"A\":\"n=7!\"}");
}

static void
names_are_escaped(void **state)
{
	(void)state;
	assert_raw("<EventData><Data Name='a\"\\'>v</Data></EventData>", NULL,
	    "{\"EventData\":{\"a\\\"\\\\\":\"v\"}}");
}

static void
an_event_of_nothing(void **state)
{
	(void)state;
	assert_raw("", NULL, "null");
	assert_raw("<System/><EventData/>", NULL,
	    "{\"System\":null,\"EventData\":null}");
}

static void
a_plan_without_room_fails_wherever_it_ends(void **state)
{
	const struct tree t = sample_tree(
	    "<Event><A>0123456789</A><A>0123456789</A><B x='1'/><A/></Event>",
	    NULL, 0);
	static const char want[] =
	    "{\"Event\":{\"A\":\"0123456789\",\"A_1\":\"0123456789\","
	    "\"B\":{\"#attributes\":{\"x\":\"1\"}},\"A_2\":null}}";
	struct plan_facts facts = { .has_time = false };
	struct plan plan;
	struct system_fields head;
	struct buf out;

	(void)state;
	system_fields_find(&head, &t);
	buf_init(&out, 1000);
	unsigned whole = 0;
	for (size_t max = 0; max < 300; max++) {
		plan_init(&plan);
		plan.lits.max = max;
		schema_raw.compile(
		    &plan, &(struct schema_event){ &t, &head, &usual, 0 });
		buf_cut(&out, 0);
		plan_run(&plan, NULL, &facts, &out);
		if (!plan.failed) {
			assert_buf(&out, want);
			whole++;
		}
		plan_free(&plan);
	}
	assert_true(whole > 0 && whole < 250);
	buf_reset(&out);
}

static void
schemas_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(schema_find("raw"), &schema_raw);
	assert_ptr_equal(schema_find("securityevent"), &schema_securityevent);
	assert_null(schema_find("Raw"));
	assert_null(schema_find(""));
	assert_int_equal(schema_raw.default_provenance, SCHEMA_PROVENANCE_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_in_document_order),
		cmocka_unit_test(attributes_come_first),
		cmocka_unit_test(an_id_with_qualifiers),
		cmocka_unit_test(nothing_is_null_and_an_empty_string_is_one),
		cmocka_unit_test(null_attributes_are_left_out),
		cmocka_unit_test(named_data_become_members),
		cmocka_unit_test(unnamed_data_are_one_member),
		cmocka_unit_test(numbers_of_a_wrong_size_are_text),
		cmocka_unit_test(arrays_are_lists_with_empty_members),
		cmocka_unit_test(repeated_names_are_counted),
		cmocka_unit_test(other_elements_with_a_name_are_ordinary),
		cmocka_unit_test(user_data_stands_as_it_is),
		cmocka_unit_test(value_types),
		cmocka_unit_test(text_that_looks_like_a_number_stays_text),
		cmocka_unit_test(text_in_pieces_is_joined),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(an_event_of_nothing),
		cmocka_unit_test(a_plan_without_room_fails_wherever_it_ends),
		cmocka_unit_test(schemas_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
