/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"

static void
check_both(struct value v, const char *text, const char *json)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	value_text(&b, &v);
	assert_buf(&b, text);
	buf_cut(&b, 0);
	value_json(&b, &v);
	assert_buf(&b, json);
	buf_reset(&b);
}

static void
check(unsigned type, const char *hex, const char *want)
{
	check_both(hex_value(type, hex), want, want);
}

static void
integers(void **state)
{
	(void)state;
	check(VALUE_I8, "80", "-128");
	check(VALUE_U8, "ff", "255");
	check(VALUE_I16, "ffff", "-1");
	check(VALUE_U16, "1012", "4624");
	check(VALUE_I32, "00000080", "-2147483648");
	check(VALUE_U32, "ffffffff", "4294967295");
	check(VALUE_I64, "0000000000000080", "-9223372036854775808");
	check(VALUE_I64, "0500000000000000", "5");
	check(VALUE_U64, "ffffffffffffffff", "18446744073709551615");
}

static void
hex_numbers(void **state)
{
	(void)state;
	check(VALUE_HEX32, "e7030000", "0x3e7");
	check(VALUE_HEX32, "00000000", "0x0");
	check(VALUE_HEX64, "0000000000002080", "0x8020000000000000");
	check(VALUE_SIZE, "ff000000", "0xff");
	check(VALUE_SIZE, "ff00000000000001", "0x1000000000000ff");
}

static void
booleans_and_floats(void **state)
{
	(void)state;
	check(VALUE_BOOL, "00000000", "false");
	check(VALUE_BOOL, "01000000", "true");
	check(VALUE_BOOL, "00000002", "true");
	check(VALUE_BOOL, "05", "true");
	check(VALUE_F32, "0000c03f", "1.5");
	check(VALUE_F64, "9a9999999999b93f", "0.1");
}

static void
guids_sids_and_binary(void **state)
{
	(void)state;
	check(VALUE_GUID, "25968454785494 49a5ba3e3b0328c30d",
	    "54849625-5478-4994-A5BA-3E3B0328C30D");
	check(VALUE_SID, "010100000000000512000000", "S-1-5-18");
	check(VALUE_BINARY, "00ff10", "00FF10");
	check(VALUE_BINARY, "", "");
}

static void
times(void **state)
{
	(void)state;
	check(
	    VALUE_FILETIME, "d83cea170cd0ce01", "2013-10-23T16:22:39.9735000Z");
	check(
	    VALUE_FILETIME, "0000000000000000", "1601-01-01T00:00:00.0000000Z");
	check(VALUE_SYSTEMTIME, "dd070a000300170010001600 2700cd03",
	    "2013-10-23T16:22:39.9730000Z");
	/* All zeros is not a time, and is written as bytes. */
	check(VALUE_SYSTEMTIME, "00000000000000000000000000000000",
	    "00000000000000000000000000000000");
}

static void
texts_lose_the_nuls_at_their_end(void **state)
{
	(void)state;
	check(VALUE_WSTRING, "6100 0000 0000", "a");
	check(VALUE_STRING, "610000", "a");
	check(VALUE_WSTRING, "00000000", "");
	/* NULs inside a text are kept. */
	const struct value v = hex_value(VALUE_WSTRING, "6100 0000 6200 0000");
	struct buf b;
	buf_init(&b, 100);
	value_json(&b, &v);
	assert_buf(&b, "a\\u0000b");
	buf_reset(&b);
}

static void
texts(void **state)
{
	(void)state;
	check_both(hex_value(VALUE_WSTRING, "2200 0a00 3dd800de 0000 0000"),
	    "\"\n\xf0\x9f\x98\x80", "\\\"\\n\xf0\x9f\x98\x80");
	check_both(hex_value(VALUE_STRING, "22 80 81 0000"),
	    "\"\xe2\x82\xac\xef\xbf\xbd", "\\\"\xe2\x82\xac\xef\xbf\xbd");
	check_both(
	    utf8_value("a\"\xc3\xa9\t"), "a\"\xc3\xa9\t", "a\\\"\xc3\xa9\\t");
	check(VALUE_WSTRING, "", "");
	check(VALUE_NULL, "", "");
	check(VALUE_NULL, "ffff", "");
}

static void
what_has_not_the_size_of_its_type_is_binary(void **state)
{
	static const struct {
		unsigned type;
		const char *hex;
	} wrong[] = { { VALUE_I8, "" }, { VALUE_U8, "0102" },
		{ VALUE_U16, "01" }, { VALUE_I32, "010203" },
		{ VALUE_U64, "01020304" }, { VALUE_F32, "0102030405" },
		{ VALUE_F64, "01020304" }, { VALUE_BOOL, "" },
		{ VALUE_BOOL, "010203040506070809" }, { VALUE_GUID, "010203" },
		{ VALUE_SIZE, "0102" }, { VALUE_FILETIME, "01020304" },
		{ VALUE_SYSTEMTIME, "0102" }, { VALUE_SID, "0105" },
		{ VALUE_HEX32, "0102030405060708" }, { VALUE_HEX64, "01" },
		{ 0x7f, "0A0B" } };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		check(wrong[i].type, wrong[i].hex, wrong[i].hex);
}

static void
arrays_of_every_type(void **state)
{
	(void)state;
	check(VALUE_ARRAY | VALUE_I8, "ff01", "-1, 1");
	check(VALUE_ARRAY | VALUE_U8, "ff01", "255, 1");
	check(VALUE_ARRAY | VALUE_I16, "ffff0100", "-1, 1");
	check(VALUE_ARRAY | VALUE_U16, "ffff0100", "65535, 1");
	check(VALUE_ARRAY | VALUE_I32, "ffffffff01000000", "-1, 1");
	check(VALUE_ARRAY | VALUE_U32, "ffffffff01000000", "4294967295, 1");
	check(VALUE_ARRAY | VALUE_I64, "ffffffffffffffff", "-1");
	check(VALUE_ARRAY | VALUE_U64, "0100000000000000 0200000000000000",
	    "1, 2");
	check(VALUE_ARRAY | VALUE_F32, "0000c03f 0000c0bf", "1.5, -1.5");
	check(VALUE_ARRAY | VALUE_F64, "000000000000f83f", "1.5");
	check(VALUE_ARRAY | VALUE_BOOL, "01000000 00000000", "true, false");
	check(VALUE_ARRAY | VALUE_HEX32, "01000000 ff000000", "0x1, 0xff");
	check(VALUE_ARRAY | VALUE_HEX64, "0100000000000000", "0x1");
	check(VALUE_ARRAY | VALUE_FILETIME, "0000000000000000 d83cea170cd0ce01",
	    "1601-01-01T00:00:00.0000000Z, 2013-10-23T16:22:39.9735000Z");
	check(VALUE_ARRAY | VALUE_SYSTEMTIME,
	    "dd070a000300170010001600 2700cd03",
	    "2013-10-23T16:22:39.9730000Z");
	check(VALUE_ARRAY | VALUE_GUID, "2596845478549449a5ba3e3b0328c30d",
	    "54849625-5478-4994-A5BA-3E3B0328C30D");
	check(VALUE_ARRAY | VALUE_SID,
	    "010100000000000512000000 01020000000000052000000020020000",
	    "S-1-5-18, S-1-5-32-544");
	check(VALUE_ARRAY | VALUE_BINARY, "0102", "0102");
}

static void
arrays_of_text_keep_empty_members(void **state)
{
	(void)state;
	check(
	    VALUE_ARRAY | VALUE_WSTRING, "6100 0000 0000 6200 0000", "a, , b");
	check(VALUE_ARRAY | VALUE_WSTRING, "6100 0000 6200", "a, b");
	check(VALUE_ARRAY | VALUE_STRING, "610000620000", "a, , b, ");
	check(VALUE_ARRAY | VALUE_WSTRING, "", "");
}

static void
an_array_ends_before_a_cut_member(void **state)
{
	struct value item = { .p = NULL };
	const struct value cut =
	    hex_value(VALUE_ARRAY | VALUE_U32, "01000000 02000000 030000");
	const struct value sids = hex_value(VALUE_ARRAY | VALUE_SID,
	    "010100000000000512000000 0102000000000005");
	const struct value one = hex_value(VALUE_U32, "01000000");

	(void)state;
	assert_true(value_is_list(&cut));
	assert_true(value_next(&cut, &item));
	assert_true(value_next(&cut, &item));
	assert_int_equal(item.type, VALUE_U32);
	assert_int_equal(item.n, 4);
	assert_int_equal(item.p[0], 2);
	assert_false(value_next(&cut, &item));
	item = (struct value){ .p = NULL };
	assert_true(value_next(&sids, &item));
	assert_false(value_next(&sids, &item));
	assert_false(value_is_list(&sids));
	assert_false(value_is_list(&one));
}

static void
check_u64(struct value v, bool ok, uint64_t want)
{
	uint64_t n = 0;

	assert_int_equal(value_u64(&v, &n), ok);
	if (ok)
		assert_true(n == want);
}

static void
numbers_from_typed_values(void **state)
{
	(void)state;
	check_u64(hex_value(VALUE_U8, "ff"), true, 255);
	check_u64(hex_value(VALUE_U16, "1012"), true, 4624);
	check_u64(hex_value(VALUE_I32, "05000000"), true, 5);
	check_u64(hex_value(VALUE_I32, "ffffffff"), false, 0);
	check_u64(hex_value(VALUE_HEX64, "0000000000002080"), true,
	    UINT64_C(0x8020000000000000));
	check_u64(hex_value(VALUE_SIZE, "01000000"), true, 1);
	check_u64(hex_value(VALUE_U16, "01"), false, 0);
	check_u64(hex_value(VALUE_GUID, "00000000000000000000000000000000"),
	    false, 0);
	check_u64(hex_value(VALUE_NULL, ""), false, 0);
	check_u64(hex_value(VALUE_ARRAY | VALUE_U16, "0100"), false, 0);
}

static void
numbers_from_text(void **state)
{
	(void)state;
	check_u64(utf8_value("4624"), true, 4624);
	check_u64(utf8_value("0x1210"), true, 4624);
	check_u64(wide_value("4624"), true, 4624);
	check_u64(hex_value(VALUE_WSTRING, "3400 3200 0000"), true, 42);
	check_u64(hex_value(VALUE_STRING, "343200"), true, 42);
	check_u64(utf8_value(""), false, 0);
	check_u64(utf8_value("4624 "), false, 0);
	check_u64(utf8_value("18446744073709551616"), false, 0);
	/* The high byte counts: U+3134 is not a digit. */
	check_u64(hex_value(VALUE_WSTRING, "3431"), false, 0);
	check_u64(utf8_value("00000000000000000000000000000000000000000000000"
			     "0000000000001"),
	    false, 0);
}

static void
check_i64(struct value v, bool ok, int64_t want)
{
	int64_t n = 0;

	assert_int_equal(value_i64(&v, &n), ok);
	if (ok)
		assert_true(n == want);
}

static void
numbers_with_a_sign(void **state)
{
	(void)state;
	check_i64(hex_value(VALUE_I8, "ff"), true, -1);
	check_i64(hex_value(VALUE_I32, "5f800480"), true, -2147188641);
	check_i64(hex_value(VALUE_U32, "5f800480"), true, 2147778655);
	check_i64(hex_value(VALUE_I64, "0100000000000080"), true, -INT64_MAX);
	check_i64(hex_value(VALUE_I64, "0000000000000080"), false, 0);
	check_i64(hex_value(VALUE_U64, "0000000000000080"), false, 0);
	check_i64(hex_value(VALUE_I32, "ffff"), false, 0);
	check_i64(utf8_value("-5"), true, -5);
	check_i64(wide_value("-5"), true, -5);
	check_i64(utf8_value("5"), true, 5);
	check_i64(utf8_value("-9223372036854775807"), true, -INT64_MAX);
	check_i64(utf8_value("-9223372036854775808"), false, 0);
	check_i64(utf8_value("-"), false, 0);
	check_i64(utf8_value("--5"), false, 0);
	check_i64(utf8_value(""), false, 0);
}

static void
check_time(struct value v, bool ok)
{
	uint64_t t = 0;

	assert_int_equal(value_time(&v, &t), ok);
	if (ok)
		assert_true(t / 10000 == 13027018959973);
}

static void
times_from_values_and_text(void **state)
{
	(void)state;
	check_time(hex_value(VALUE_FILETIME, "d83cea170cd0ce01"), true);
	check_time(
	    hex_value(VALUE_SYSTEMTIME, "dd070a000300170010001600 2700cd03"),
	    true);
	check_time(utf8_value("2013-10-23T16:22:39.973500000Z"), true);
	check_time(wide_value("2013-10-23 18:22:39.9735+02:00"), true);
	check_time(hex_value(VALUE_FILETIME, "d83cea17"), false);
	check_time(hex_value(VALUE_U64, "d83cea170cd0ce01"), false);
	check_time(hex_value(VALUE_NULL, ""), false);
	check_time(utf8_value("yesterday"), false);
}

static void
equality_without_case(void **state)
{
	const struct value wide = wide_value("Security");
	const struct value nul = hex_value(VALUE_WSTRING, "4100 0000");
	const struct value utf8 = utf8_value("sEcurity");
	const struct value other = hex_value(VALUE_WSTRING, "4101");
	const struct value umlaut = utf8_value("\xc3\x84");
	const struct value number = hex_value(VALUE_U8, "41");

	(void)state;
	assert_true(value_equals_nocase(&wide, SPAN("SECURITY")));
	assert_true(value_equals_nocase(&utf8, SPAN("Security")));
	assert_true(value_equals_nocase(&nul, SPAN("a")));
	assert_false(value_equals_nocase(&wide, SPAN("Securit")));
	assert_false(value_equals_nocase(&wide, SPAN("Securitz")));
	assert_false(value_equals_nocase(&other, SPAN("A")));
	assert_false(value_equals_nocase(&umlaut, SPAN("\xc3\xa4")));
	assert_false(value_equals_nocase(&number, SPAN("A")));
}

static void
only_the_three_string_types_are_text(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		const struct value v = hex_value(type, "");
		assert_int_equal(value_is_text(&v), type == VALUE_WSTRING ||
							type == VALUE_STRING ||
							type == VALUE_UTF8);
	}
}

static void
any_type_with_any_bytes_becomes_valid_text(void **state)
{
	uint8_t raw[80];
	struct buf b;

	(void)state;
	buf_init(&b, (size_t)1 << 20);
	for (unsigned round = 0; round < 20000; round++) {
		const uint32_t n = dice(sizeof(raw));
		for (uint32_t i = 0; i < n; i++)
			raw[i] = (uint8_t)(dice(3) == 0 ? 0 : dice(256));
		const struct value v = { raw, n, (uint8_t)dice(256) };
		uint64_t out;
		(void)value_u64(&v, &out);
		(void)value_time(&v, &out);
		buf_cut(&b, 0);
		value_json(&b, &v);
		assert_false(b.full);
		for (size_t i = 0; i < b.n; i++) {
			assert_true(b.p[i] >= 0x20);
			assert_true(b.p[i] != '"' || b.p[i - 1] == '\\');
		}
	}
	buf_reset(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),
		cmocka_unit_test(hex_numbers),
		cmocka_unit_test(booleans_and_floats),
		cmocka_unit_test(guids_sids_and_binary),
		cmocka_unit_test(times),
		cmocka_unit_test(texts_lose_the_nuls_at_their_end),
		cmocka_unit_test(texts),
		cmocka_unit_test(what_has_not_the_size_of_its_type_is_binary),
		cmocka_unit_test(arrays_of_every_type),
		cmocka_unit_test(arrays_of_text_keep_empty_members),
		cmocka_unit_test(an_array_ends_before_a_cut_member),
		cmocka_unit_test(numbers_from_typed_values),
		cmocka_unit_test(numbers_from_text),
		cmocka_unit_test(numbers_with_a_sign),
		cmocka_unit_test(times_from_values_and_text),
		cmocka_unit_test(equality_without_case),
		cmocka_unit_test(only_the_three_string_types_are_text),
		cmocka_unit_test(any_type_with_any_bytes_becomes_valid_text),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
