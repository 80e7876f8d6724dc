/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical text itself, and events whose texts must differ. */
#include "tests/unit/key_of.h"

static struct err error;

/* --- the text --------------------------------------------------------------
 */

/* The text is the digest of the structure and `rest`. */
static void
assert_text(const char *event, const struct value *values,
    struct span structure, struct span rest)
{
	uint8_t sum[DIGEST_BYTES];
	struct buf b;

	assert_ok(digest_once(structure, sum, &error));
	buf_init(&b, 10000);
	put_key_text(&b, event, values);
	assert_int_equal(b.n, EVENT_KEY_STRUCTURE + rest.n);
	assert_memory_equal(b.p, sum, EVENT_KEY_STRUCTURE);
	assert_memory_equal(b.p + EVENT_KEY_STRUCTURE, rest.p, rest.n);
	buf_reset(&b);
}

/* 2013-10-23T16:22:39.9735000Z in units of 100 ns */
#define TICKS UINT64_C(130270189599735000)
#define HEAD \
	"<System><Provider Name='P'/><EventID Qualifiers='{1}'>{0}</EventID>" \
	"<Level>{2}</Level><Keywords>{3}</Keywords>" \
	"<TimeCreated SystemTime='{4}'/><EventRecordID>{5}</EventRecordID>" \
	"<Channel>C\xc3\xa9</Channel><Computer>{6}</Computer></System>"
#define HEAD_NUMBERS \
	"\x01\x10\x12\x02\x00\x00\x04\x00\x00\x00" \
	"\x00\x00\x00\x00\x00\x00\x20\x80" \
	"\x4d\x00\x00\x00\x00\x00\x00\x00" \
	"\xd8\x3c\xea\x17\x0c\xd0\xce\x01"
#define HEAD_TEXTS "C\xc3\xa9\x1fPC\x1fP\x1f"

static void
the_text_is_the_documented_one(void **state)
{
	const struct value v[] = { number_value(VALUE_U16, 0x1210, 2),
		number_value(VALUE_U16, 2, 2), number_value(VALUE_U8, 4, 1),
		number_value(VALUE_HEX64, UINT64_C(0x8020000000000000), 8),
		number_value(VALUE_FILETIME, TICKS, 8),
		number_value(VALUE_U64, 77, 8), wide_value("PC"),
		hex_value(
		    VALUE_ARRAY | VALUE_WSTRING, "6100 0000 0000 1f00 0000"),
		hex_value(VALUE_NULL, "") };

	(void)state;
	assert_text("<Event>" HEAD "</Event>", v, SPAN(""),
	    SPAN(HEAD_NUMBERS HEAD_TEXTS));
	assert_text("<Event>" HEAD "<EventData Name='n' xmlns='u'>"
		    "<Data Name='a'>x\"{2}</Data><Data Name='e'>{8}</Data>"
		    "<Data>{7}</Data><Data Name=''></Data><Data>b</Data>"
		    "<X y='0x0{5}'><Z/><Data>c</Data></X></EventData></Event>",
	    v,
	    SPAN("\x02"
		 "EventData\x1fName\x1fn\x1f"
		 "\x02"
		 "Data\x1fName\x1f"
		 "a\x1f\x03\x04"
		 "\x02X\x1fy\x1f"
		 "0x77\x1f\x04\x03\x03"),
	    SPAN(HEAD_NUMBERS HEAD_TEXTS "\x1fx\\\"4\x1f"
					 "a\x1f\x1f\\u001f\x1f"
					 "b\x1f\x03\x1f"
					 "c\x1f\x03"));
}

/* Numbers that do not fit, and what is not a number, are written as text. */
static void
other_numbers_are_parts(void **state)
{
	(void)state;
	assert_text("<Event><System><EventID>65536</EventID><Task>t\"</Task>"
		    "<EventRecordID>+1</EventRecordID>"
		    "<TimeCreated SystemTime='1601-01-01T00:00:00.0000010'/>"
		    "</System></Event>",
	    NULL, SPAN(""),
	    SPAN("\x02"
		 "65536\x1f"
		 "0\x1f"
		 "0\x1f"
		 "0\x1ft\\\"\x1f"
		 "0\x1f"
		 "0\x1f+1\x1f"
		 "10\x1f\x1f\x1f\x1f"));
}

static void
numbers_are_not_cut(void **state)
{
	static const char *const differ[] = { "", "<EventID>1</EventID>",
		"<EventID>65536</EventID>", "<EventID>65537</EventID>",
		"<EventID>x</EventID>", "<EventID>-1</EventID>",
		"<Version>1</Version>", "<Version>256</Version>",
		"<Version>257</Version>", "<Level>256</Level>",
		"<Task>65536</Task>", "<Opcode>256</Opcode>",
		"<Opcode>1</Opcode>",
		"<Keywords>18446744073709551616</Keywords>",
		"<EventID Qualifiers='65536'>0</EventID>" };

	(void)state;
	for (size_t i = 0; i < COUNT(differ); i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    head_key(differ[i]), head_key(differ[k]));
	}
}

/* --- structure and content -------------------------------------------------
 */

/* No two of these contents of EventData have the same key. */
static void
assert_keys_differ(const char *const *data, size_t n, const struct value *v)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    data_key(data[i], v), data_key(data[k], v));
	}
}

/* The same texts in the same order, in other elements. */
static void
content_keeps_its_place(void **state)
{
	static const char *const differ[] = { "<A>x</A><B>y</B>",
		"<B>x</B><A>y</A>", "<A>xy</A>", "<A>x<B>y</B></A>",
		"<A><B>x</B><C>y</C></A>", "<A><B>x</B></A><C>y</C>",
		"<A x='y'>x</A>", "<A x='x'>y</A>", "<A><x>y</x>x</A>",
		"<A x=''>x</A><B>y</B>", "<A>x</A><B>y</B><C x=''/>",
		"<Data>x</Data><Data>y</Data>", "<Data>x</Data><B>y</B>",
		"<A>x</A><Data>y</Data>", "<A>x</A><A>y</A>",
		"<Data>x</Data><A><Data>y</Data></A>",
		"<A><Data>x</Data></A><Data>y</Data>",
		"<A><Data>x</Data><Data>y</Data></A>",
		"<A><Data>x</Data></A><A><Data>y</Data></A>",
		"<Data>x<B>y</B></Data>", "<Data>x</Data>",
		"<Data>x<B>z</B></Data>", "<Data x=''>x</Data><Data>y</Data>",
		"<Data>x</Data><Data x=''>y</Data>",
		"<Data Name=''>x</Data><Data>y</Data>" };

	(void)state;
	assert_keys_differ(differ, COUNT(differ), NULL);
}

/* How many unnamed Data an array becomes is known only for each record. */
static void
unnamed_data_end_before_the_next_element(void **state)
{
	const struct value v[] = { hex_value(VALUE_ARRAY | VALUE_WSTRING,
				       "6100 0000 6200 0000 6300 0000"),
		hex_value(VALUE_ARRAY | VALUE_WSTRING, "6100 0000 6200 0000"),
		hex_value(VALUE_WSTRING, "") };
	static const char *const differ[] = { "<Data>{0}</Data><X>d</X>",
		"<Data>{1}</Data><X>c</X><Data>d</Data>",
		"<Data>a</Data><X>b</X><Data>c</Data><Data>d</Data>",
		"<Data>{1}</Data><X>cd</X>", "<Data>{1}</Data><X>c</X>",
		"<Data>{0}</Data><Data>d</Data>",
		"<Data>{1}</Data><X/><Data Name='n'>c</Data><Data>d</Data>",
		"<Data>{1}</Data><X><Data>c</Data><Data>d</Data></X>",
		"<X><Data>{1}</Data></X><Data>c</Data><Data>d</Data>" };

	(void)state;
	assert_keys_differ(differ, COUNT(differ), v);
	/* What is left out does not separate them. */
	assert_string_equal(data_key("<Data>{0}</Data><X>d</X>", v),
	    data_key("<Data>a</Data><Y>{2}</Y><Data>{2}b</Data><Data/>"
		     "<Data>c</Data><X>d</X>",
		v));
}

static void
a_value_in_an_attribute_is_the_same_as_a_literal(void **state)
{
	const struct value v[] = { wide_value("n"), wide_value("m") };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(
		    data_key("<Data Name='{0}'>v</Data>", v + i),
		    data_key(i == 0 ? "<Data Name='n'>v</Data>"
				    : "<Data Name='m'>v</Data>",
			NULL));
	assert_string_equal(data_key("<A x='a{0}{1}'>v</A>", v),
	    data_key("<A x='anm'>v</A>", NULL));
}

/* One compiled text, records with other values in an attribute. */
static void
a_structure_with_values_is_that_of_the_record(void **state)
{
	struct value v[] = { wide_value("n"), wide_value("v") };
	const struct tree t = sample_tree(
	    "<Event><EventData><Data Name='{0}'>{1}</Data></EventData>"
	    "</Event>",
	    v, 2);
	struct event_key k;
	struct system_fields head;
	struct buf b;
	char found[PLAN_KEY_HEX + 1];

	(void)state;
	event_key_init(&k);
	buf_init(&b, 10000);
	system_fields_find(&head, &t);
	assert_ok(event_key_compile(&k, &t, &head, &error));
	for (size_t i = 0; i < 3; i++) {
		v[0] = wide_value(i == 1 ? "m" : "n");
		buf_cut(&b, 0);
		assert_ok(event_key_write(&k, &head, v, &b, &error));
		key_of_text(buf_span(&b), found);
		assert_string_equal(found,
		    key(i == 1 ? "<Event><EventData><Data Name='m'>v</Data>"
				 "</EventData></Event>"
			       : "<Event><EventData><Data Name='n'>v</Data>"
				 "</EventData></Event>",
			NULL));
	}
	event_key_free(&k);
	buf_reset(&b);
}

/* As for a tree that is not kept: the next tree uses the same memory. */
static void
nothing_is_left_of_the_tree_before(void **state)
{
	static const char *const events[] = {
		"<Event><EventData><A x='{0}'>{1}</A></EventData></Event>",
		"<Event><System><EventID>70000</EventID></System></Event>",
		"<Event><EventData><Data>{1}</Data></EventData></Event>",
		"<Event><System><EventID>7</EventID></System></Event>"
	};
	const struct value v[] = { wide_value("n"), wide_value("v") };
	struct event_key k;
	struct system_fields head;
	struct buf b;
	char found[PLAN_KEY_HEX + 1];

	(void)state;
	event_key_init(&k);
	buf_init(&b, 10000);
	for (size_t i = 0; i < 2 * COUNT(events); i++) {
		const char *const event = events[i % COUNT(events)];
		const struct tree t = sample_tree(event, v, 2);
		system_fields_find(&head, &t);
		assert_ok(event_key_compile(&k, &t, &head, &error));
		if (i >= COUNT(events))
			event_key_trim(&k);
		buf_cut(&b, 0);
		assert_ok(event_key_write(&k, &head, v, &b, &error));
		key_of_text(buf_span(&b), found);
		assert_string_equal(found, key(event, v));
	}
	event_key_free(&k);
	assert_int_equal(event_key_bytes(&k), 0);
	buf_reset(&b);
}

/* The text of an element may begin or end like the separators. */
static void
separators_of_the_structure_cannot_be_forged(void **state)
{
	const struct value v[] = { hex_value(VALUE_WSTRING, "0300 6200"),
		hex_value(
		    VALUE_ARRAY | VALUE_WSTRING, "6100 0000 0300 6200 0000"),
		hex_value(VALUE_WSTRING, "6100 1f00 0300"),
		utf8_value("x\x1f\x03"),
		utf8_value("\x02"
			   "B\x1f") };

	(void)state;
	assert_string_not_equal(data_key("<Data>{1}</Data>", v),
	    data_key("<Data>a</Data><X>b</X>", v));
	assert_string_not_equal(data_key("<Data>{2}</Data><X>b</X>", v),
	    data_key("<Data>a</Data><X>b</X>", v));
	assert_string_not_equal(
	    data_key("<A y='{3}'/>", v), data_key("<A y='x'/>", v));
	assert_string_not_equal(data_key("<A y='{4}'>c</A>", v),
	    data_key("<A y=''><B>c</B></A>", v));
}

/* Leaves side by side are one text, as the other decoder reads them. */
static void
adjacent_leaves_are_one_text(void **state)
{
	const struct value v[] = { wide_value("0x"), wide_value("00ab"),
		hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d"),
		hex_value(VALUE_WSTRING, ""),
		hex_value(VALUE_ARRAY | VALUE_HEX32, "10000000"),
		utf8_value("{54849625-5478-4994-A5BA-3E3B0328C30D}") };

	(void)state;
	assert_string_equal(
	    data_key("<A>{0}{1}</A>", v), data_key("<A>0x00ab</A>", NULL));
	assert_string_equal(
	    data_key("<A>0x00{1}</A>", v), data_key("<A>0xab</A>", NULL));
	assert_string_equal(
	    data_key("<A>{3}{2}</A>", v), data_key("<A>{5}</A>", v));
	assert_string_equal(
	    data_key("<A>{4}</A>", v), data_key("<A>0x00000010</A>", NULL));
}

static void
a_text_that_is_too_long_is_skipped(void **state)
{
	const struct value v[] = { wide_value("a text of 20 units..") };
	const struct tree t = sample_tree(
	    "<Event><EventData><A x='{0}'>{0}</A></EventData></Event>", v, 1);
	struct event_key k;
	struct system_fields head;
	size_t fits = 0;

	(void)state;
	system_fields_find(&head, &t);
	for (size_t max = 0; max < 1000; max++) {
		struct buf b;
		event_key_init(&k);
		buf_init(&b, max);
		enum rc rc = event_key_compile(&k, &t, &head, &error);
		if (rc == RC_OK)
			rc = event_key_write(&k, &head, v, &b, &error);
		if (rc != RC_OK)
			assert_why(rc, RC_SKIP, error, WHY_LIMIT);
		fits += rc == RC_OK;
		event_key_free(&k);
		buf_reset(&b);
	}
	assert_in_range(fits, 100, 999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_the_documented_one),
		cmocka_unit_test(other_numbers_are_parts),
		cmocka_unit_test(numbers_are_not_cut),
		cmocka_unit_test(content_keeps_its_place),
		cmocka_unit_test(unnamed_data_end_before_the_next_element),
		cmocka_unit_test(
		    a_value_in_an_attribute_is_the_same_as_a_literal),
		cmocka_unit_test(a_structure_with_values_is_that_of_the_record),
		cmocka_unit_test(nothing_is_left_of_the_tree_before),
		cmocka_unit_test(separators_of_the_structure_cannot_be_forged),
		cmocka_unit_test(adjacent_leaves_are_one_text),
		cmocka_unit_test(a_text_that_is_too_long_is_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
