/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/key_of.h"

static void
the_key_is_half_of_sha_256(void **state)
{
	char text[PLAN_KEY_HEX + 1];

	(void)state;
	key_of_text(SPAN("abc"), text);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223");
}

#define WHOLE(channel, computer, provider, id, time, data) \
	"<Event><System><Provider Name='" provider "'/><EventID>1</EventID>" \
	"<TimeCreated SystemTime='" time "'/><EventRecordID>" id \
	"</EventRecordID><Channel>" channel "</Channel><Computer>" computer \
	"</Computer></System>" data "</Event>"
#define DATA "<EventData><Data Name='n'>v</Data></EventData>"
#define TIME "2024-05-01T10:00:00.1234567Z"

static void
every_part_counts(void **state)
{
	static const char *const events[] = {
		WHOLE("C", "PC", "P", "7", TIME, DATA),
		WHOLE("D", "PC", "P", "7", TIME, DATA),
		WHOLE("C", "PD", "P", "7", TIME, DATA),
		WHOLE("C", "PC", "Q", "7", TIME, DATA),
		WHOLE("C", "PC", "P", "8", TIME, DATA),
		WHOLE(
		    "C", "PC", "P", "7", "2024-05-01T10:00:00.1234568Z", DATA),
		WHOLE("C", "PC", "P", "7", TIME, ""),
		WHOLE("C", "PC", "P", "7", TIME,
		    "<EventData><Data Name='m'>v</Data></EventData>"),
		WHOLE("C", "PC", "P", "7", TIME,
		    "<EventData><Data Name='n'>w</Data></EventData>"),
		WHOLE("C", "PC", "P", "7", TIME,
		    "<EventData><Data>v</Data></EventData>"),
		WHOLE("C", "PC", "P", "7", TIME,
		    "<UserData><Data Name='n'>v</Data></UserData>"),
		WHOLE("C", "PC", "P", "7", TIME,
		    "<EventData><Data Name='n'>v</Data><Data Name='n'>v</Data>"
		    "</EventData>"),
		WHOLE("C", "PC", "P", "7", TIME,
		    "<EventData><Data Name='n'>v</Data><Data n='1'/>"
		    "</EventData>"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(events); i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    key(events[i], NULL), key(events[k], NULL));
	}
}

static void
nothing_else_counts(void **state)
{
	const char *const plain = WHOLE("C", "PC", "P", "7", TIME, DATA);

	(void)state;
	assert_string_equal(key(plain, NULL),
	    key(WHOLE("C", "PC", "P", "7", TIME,
		    DATA "<RenderingInfo><Message>m</Message></RenderingInfo>"),
		NULL));
	assert_string_equal(key(plain, NULL),
	    key("<Event xmlns='x'><System><Provider Name='P' Guid='G'/>"
		"<EventID>1</EventID><TimeCreated SystemTime='" TIME
		"'/><EventRecordID>7</EventRecordID>"
		"<Execution ProcessID='9'/><Channel>C</Channel>"
		"<Computer>PC</Computer></System>" DATA "</Event>",
		NULL));
	assert_string_equal(key(plain, NULL),
	    key(WHOLE("C", "PC", "P", "7", TIME,
		    "<EventData xmlns='u' xmlns:a='v'><Data Name='n'>v</Data>"
		    "</EventData>"),
		NULL));
}

/* A typed value and its spellings as text have the same key. */
static void
assert_same(struct value typed, const char *const *spelled, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value utf8 = utf8_value(spelled[i]);
		const struct value wide = wide_value(spelled[i]);
		const char *const want =
		    data_key("<Data Name='x'>{0}</Data>", &typed);
		assert_string_equal(
		    want, data_key("<Data Name='x'>{0}</Data>", &utf8));
		assert_string_equal(
		    want, data_key("<Data Name='x'>{0}</Data>", &wide));
	}
}

#define SAME(typed, ...) \
	do { \
		static const char *const s[] = { __VA_ARGS__ }; \
		assert_same(typed, s, COUNT(s)); \
	} while (0)

static void
typed_values_and_their_spellings_are_the_same(void **state)
{
	(void)state;
	SAME(hex_value(VALUE_U32, "10120000"), "4624");
	SAME(hex_value(VALUE_I16, "feff"), "-2");
	SAME(hex_value(VALUE_HEX64, "e703000000000000"), "0x3e7", "0x3E7",
	    "0x00000000000003e7");
	SAME(hex_value(VALUE_HEX32, "00000000"), "0x0", "0x00000000");
	SAME(hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d"),
	    "{54849625-5478-4994-A5BA-3E3B0328C30D}",
	    "54849625-5478-4994-a5ba-3e3b0328c30d");
	SAME(number_value(VALUE_FILETIME, 130270189599735000, 8),
	    "2013-10-23T16:22:39.9735000Z", "2013-10-23T16:22:39.973500000Z",
	    "2013-10-23T16:22:39.9735Z");
	SAME(hex_value(VALUE_SID, "010100000000000512000000"), "S-1-5-18");
	SAME(hex_value(VALUE_BOOL, "02000000"), "true");
	SAME(hex_value(VALUE_WSTRING, "6100 0000"), "a");
	SAME(hex_value(VALUE_NULL, ""), "");
}

static void
a_literal_is_the_same_as_a_substitution(void **state)
{
	const struct value v[] = { utf8_value("abc") };

	(void)state;
	assert_string_equal(data_key("<Data>abc</Data>", NULL),
	    data_key("<Data>{0}</Data>", v));
}

/* Some copies have an empty <Binary/> where others have nothing. */
static void
what_holds_nothing_is_not_there(void **state)
{
	static const char *const same[] = { "<Data>v</Data><Binary/>",
		"<Binary/><Data>v</Data><Data Name='n'></Data>",
		"<Data>v</Data><A><B/></A>",
		"<Data>v</Data><Data Name='a'>{0}</Data>",
		"<Data Name='a'>{1}</Data><Data>v</Data>" };
	const struct value v[] = { hex_value(VALUE_NULL, ""),
		hex_value(VALUE_WSTRING, "") };
	const char *const want = data_key("<Data>v</Data>", NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++)
		assert_string_equal(data_key(same[i], v), want);
	assert_string_equal(
	    data_key("", NULL), key("<Event><System><Channel>Security"
				    "</Channel></System></Event>",
				    NULL));
}

static void
an_array_is_an_element_per_item(void **state)
{
	const struct value v[] = {
		hex_value(
		    VALUE_ARRAY | VALUE_WSTRING, "61000000 0000 62000000"),
		hex_value(VALUE_ARRAY | VALUE_HEX32, "10000000 20000000"),
		hex_value(VALUE_WSTRING, ""),
	};

	(void)state;
	assert_string_equal(data_key("<Data>{0}</Data>", v),
	    data_key("<Data>a</Data><Data>{2}</Data><Data>b</Data>", v));
	assert_string_equal(data_key("<Data>{1}</Data>", v),
	    data_key("<Data>0x00000010</Data><Data>0x20</Data>", NULL));
	assert_string_not_equal(data_key("<Data>{0}</Data>", v),
	    data_key("<Data>a, , b</Data>", NULL));
}

/* Each of these fields distinguishes events; an absent one equals 0. */
static void
what_an_event_is_counts(void **state)
{
	static const char *const differ[] = { "", "<EventID>1</EventID>",
		"<EventID Qualifiers='1'>0</EventID>", "<Version>1</Version>",
		"<Level>1</Level>", "<Task>1</Task>", "<Opcode>1</Opcode>",
		"<Keywords>0x1</Keywords>", "<EventID>11</EventID>",
		"<EventID>1</EventID><Version>1</Version>" };
	static const char *const same[] = { "<EventID>0</EventID>",
		"<EventID Qualifiers='0'>0</EventID>", "<Version>0</Version>",
		"<Level>0</Level>", "<Task>0</Task>", "<Opcode>0</Opcode>",
		"<Keywords>0x0</Keywords>",
		"<Keywords>0x0000000000000000</Keywords>",
		"<Version></Version>" };

	(void)state;
	for (size_t i = 0; i < COUNT(differ); i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    head_key(differ[i]), head_key(differ[k]));
	}
	for (size_t i = 0; i < COUNT(same); i++)
		assert_string_equal(head_key(same[i]), head_key(""));
}

/* Typed values and the text of collected events. */
static void
numbers_of_the_head_are_the_same_as_text(void **state)
{
	static const char text[] =
	    "<Event><System><EventID>{0}</EventID><Version>{1}</Version>"
	    "<Keywords>{2}</Keywords><TimeCreated SystemTime='{3}'/>"
	    "<EventRecordID>{4}</EventRecordID></System></Event>";
	const struct value typed[] = { number_value(VALUE_U16, 4624, 2),
		number_value(VALUE_U8, 2, 1),
		number_value(VALUE_HEX64, UINT64_C(0x8020000000000000), 8),
		number_value(VALUE_FILETIME, 130270189599735000, 8),
		number_value(VALUE_U64, 77, 8) };
	const struct value spelled[] = { wide_value("4624"), wide_value("2"),
		wide_value("0x8020000000000000"),
		utf8_value("2013-10-23T16:22:39.973500000Z"),
		utf8_value("77") };

	(void)state;
	assert_string_equal(key(text, typed), key(text, spelled));
}

static void
unnamed_data_count_by_position(void **state)
{
	static const char *const differ[] = { "<Data>a</Data>",
		"<Data>a</Data><Data>{2}</Data>",
		"<Data>{2}</Data><Data>a</Data>",
		"<Data>a</Data><Data>{2}</Data><Data>{2}</Data>",
		"<Data>{2}</Data>", "", "<Data>{1}</Data>",
		"<Data>a</Data><Data Name='n'>b</Data>" };
	const struct value v[] = { hex_value(VALUE_ARRAY | VALUE_WSTRING, ""),
		hex_value(VALUE_ARRAY | VALUE_WSTRING, "0000 0000"),
		hex_value(VALUE_WSTRING, "") };

	(void)state;
	for (size_t i = 0; i < COUNT(differ); i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    data_key(differ[i], v), data_key(differ[k], v));
	}
	assert_string_equal(
	    data_key("<Data>{0}</Data>", v), data_key("<Data>{2}</Data>", v));
	/* A missing value is not the same as an empty one. */
	assert_string_equal(data_key("<Data/><Data>a</Data>", NULL),
	    data_key("<Data>a</Data>", NULL));
	assert_string_equal(data_key("<Data Name=''>{2}</Data>", v),
	    data_key("<Data Name='{2}'>{2}</Data>", v));
}

static bool
identifies(const char *system, const struct value *values)
{
	char text[256];
	struct system_fields head;

	(void)snprintf(
	    text, sizeof(text), "<Event><System>%s</System></Event>", system);
	const struct tree t = sample_tree(text, values, 9);
	system_fields_find(&head, &t);
	return event_key_identifies(&head, values);
}

static void
an_event_without_id_or_time_has_no_key(void **state)
{
	const struct value zero = number_value(VALUE_FILETIME, 0, 8);
	const struct value one = number_value(VALUE_FILETIME, 1, 8);
	static const char id[] = "<EventRecordID>0</EventRecordID>"
				 "<TimeCreated SystemTime='{0}'/>";

	(void)state;
	assert_true(identifies(id, &one));
	assert_false(identifies(id, &zero));
	assert_false(identifies("<EventRecordID>1</EventRecordID>", NULL));
	assert_false(identifies(
	    "<TimeCreated SystemTime='2024-05-01T00:00:00Z'/>", NULL));
	assert_false(identifies("<EventRecordID/><TimeCreated SystemTime="
				"'2024-05-01T00:00:00Z'/>",
	    NULL));
}

static void
null_attributes_are_not_there(void **state)
{
	const struct value v[] = { hex_value(VALUE_NULL, "") };

	(void)state;
	assert_string_equal(
	    data_key("<A x='{0}'>t</A>", v), data_key("<A>t</A>", NULL));
	assert_string_not_equal(
	    data_key("<A x=''>t</A>", NULL), data_key("<A>t</A>", NULL));
}

static void
order_counts(void **state)
{
	(void)state;
	assert_string_not_equal(
	    data_key("<Data Name='a'>1</Data><Data Name='b'>2</Data>", NULL),
	    data_key("<Data Name='b'>2</Data><Data Name='a'>1</Data>", NULL));
}

static void
parts_do_not_run_into_each_other(void **state)
{
	(void)state;
	assert_string_not_equal(
	    key("<Event><System><Channel>ab</Channel><Computer>c</Computer>"
		"</System></Event>",
		NULL),
	    key("<Event><System><Channel>a</Channel><Computer>bc</Computer>"
		"</System></Event>",
		NULL));
	assert_string_not_equal(
	    key("<Event><System><Channel>a</Channel></System></Event>", NULL),
	    key("<Event><System><Computer>a</Computer></System></Event>",
		NULL));
	assert_string_not_equal(
	    data_key("<A><B>t</B></A>", NULL), data_key("<A>t</A>", NULL));
	assert_string_not_equal(
	    data_key("<A x='y'/>", NULL), data_key("<A>xy</A>", NULL));
}

static void
separators_cannot_be_forged(void **state)
{
	/* The text of one value that looks like the end of a part, of an
	 * element, and the next element. */
	const struct value forged[] = { hex_value(
	    VALUE_WSTRING, "6100 1f00 0300 4200 1f00 0200 6200") };
	const struct value escaped[] = { utf8_value(
	    "a\\u001f\\u0003B\\u001f\\u0002b") };

	(void)state;
	assert_string_not_equal(
	    data_key("<A>{0}</A>", forged), data_key("<A>a</A><B>b</B>", NULL));
	assert_string_not_equal(
	    data_key("<A>{0}</A>", forged), data_key("<A>{0}</A>", escaped));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_half_of_sha_256),
		cmocka_unit_test(every_part_counts),
		cmocka_unit_test(nothing_else_counts),
		cmocka_unit_test(typed_values_and_their_spellings_are_the_same),
		cmocka_unit_test(a_literal_is_the_same_as_a_substitution),
		cmocka_unit_test(what_holds_nothing_is_not_there),
		cmocka_unit_test(an_array_is_an_element_per_item),
		cmocka_unit_test(what_an_event_is_counts),
		cmocka_unit_test(numbers_of_the_head_are_the_same_as_text),
		cmocka_unit_test(unnamed_data_count_by_position),
		cmocka_unit_test(an_event_without_id_or_time_has_no_key),
		cmocka_unit_test(null_attributes_are_not_there),
		cmocka_unit_test(order_counts),
		cmocka_unit_test(parts_do_not_run_into_each_other),
		cmocka_unit_test(separators_cannot_be_forged),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
