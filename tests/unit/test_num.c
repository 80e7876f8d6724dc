/* SPDX-License-Identifier: Apache-2.0 */
#include <float.h>
#include <inttypes.h>
#include <math.h>

#include "tests/unit/helper.h"
#include "util/num.h"

/* What a writer wrote from start to end. */
#define assert_wrote(start, end, want) \
	assert_span(span_of(start, (size_t)((end) - (start))), want)

static void
decimal_numbers(void **state)
{
	uint8_t p[NUM_DEC_MAX];

	(void)state;
	assert_wrote(p, num_u64(p, 0), "0");
	assert_wrote(p, num_u64(p, 1000), "1000");
	assert_wrote(p, num_u64(p, UINT64_MAX), "18446744073709551615");
	assert_wrote(p, num_i64(p, -1), "-1");
	assert_wrote(p, num_i64(p, INT64_MAX), "9223372036854775807");
	assert_wrote(p, num_i64(p, INT64_MIN), "-9223372036854775808");
}

static void
decimal_numbers_have_no_leading_zeros(void **state)
{
	uint8_t p[NUM_DEC_MAX];
	char want[NUM_DEC_MAX + 1];

	(void)state;
	for (uint64_t power = 1; power <= UINT64_MAX / 10; power *= 10) {
		const uint64_t near[] = { power - 1, power, power + 1 };
		for (size_t i = 0; i < COUNT(near); i++) {
			(void)snprintf(want, sizeof(want), "%" PRIu64, near[i]);
			assert_wrote(p, num_u64(p, near[i]), want);
			if (near[i] < 10000)
				assert_wrote(
				    p, num_short(p, (uint32_t)near[i]), want);
		}
	}
}

static void
hex_is_lower_case_and_not_padded(void **state)
{
	uint8_t p[NUM_HEX_MAX];

	(void)state;
	assert_wrote(p, num_hex(p, 0), "0x0");
	assert_wrote(p, num_hex(p, 0x3e7), "0x3e7");
	assert_wrote(p, num_hex(p, 0xabcdef0), "0xabcdef0");
	assert_wrote(p, num_hex(p, UINT64_MAX), "0xffffffffffffffff");
}

static void
binary_is_upper_case_hex(void **state)
{
	uint8_t p[38];

	(void)state;
	assert_wrote(p, num_hex_bytes(p, bytes("00 0a f0 ff")), "000AF0FF");
	assert_wrote(p,
	    num_hex_bytes(
		p, bytes("0123456789abcdef 9f a9 f0 0f 99 aa 1e d2 c3 b4 5a")),
	    "0123456789ABCDEF9FA9F00F99AA1ED2C3B45A");
	assert_wrote(p, num_hex_bytes(p, span_of(NULL, 0)), "");
}

static void
guids_are_mixed_endian(void **state)
{
	const struct span raw = bytes("33221100 5544 7766 8899 aabbccddeeff");
	uint8_t p[NUM_GUID_MAX];

	(void)state;
	assert_wrote(p, num_guid(p, raw.p, true),
	    "00112233-4455-6677-8899-AABBCCDDEEFF");
	assert_wrote(p, num_guid(p, raw.p, false),
	    "00112233-4455-6677-8899-aabbccddeeff");
}

static void
guids_are_read_with_or_without_braces(void **state)
{
	static const char *const good[] = {
		"00112233-4455-6677-8899-AABBCCDDEEFF",
		"{00112233-4455-6677-8899-aabbccddeeff}",
	};
	static const char *const bad[] = { "",
		"{00112233-4455-6677-8899-AABBCCDDEEFF",
		"00112233-4455-6677-8899-AABBCCDDEEFF}",
		"(00112233-4455-6677-8899-AABBCCDDEEFF)",
		"00112233-4455-6677-8899-AABBCCDDEEF",
		"00112233-4455-6677-8899-AABBCCDDEEFF0",
		"0011223304455-6677-8899-AABBCCDDEEFF",
		"00112233-4455-6677-8899-AABBCCDDEEFG" };
	uint8_t raw[NUM_GUID_BYTES];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(num_parse_guid(span_str(good[i]), raw));
		assert_span_eq(span_of(raw, sizeof(raw)),
		    bytes("33221100 5544 7766 8899 aabbccddeeff"));
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(num_parse_guid(span_str(bad[i]), raw));
}

static void
sids(void **state)
{
	uint8_t p[NUM_SID_MAX];

	(void)state;
	assert_wrote(
	    p, num_sid(p, bytes("01 01 000000000005 12000000")), "S-1-5-18");
	assert_wrote(p, num_sid(p, bytes("01 00 000000000000")), "S-1-0");
	assert_wrote(p,
	    num_sid(p,
		bytes("01 05 000000000005 15000000 01000000 02000000 03000000 "
		      "f4010000")),
	    "S-1-5-21-1-2-3-500");
	assert_wrote(p, num_sid(p, bytes("01 01 ffffffffffff ffffffff")),
	    "S-1-281474976710655-4294967295");
}

static void
what_is_no_sid_writes_nothing(void **state)
{
	static const char *const bad[] = { "", "01", "01 01 0000000000",
		"01 01 000000000005", "01 01 000000000005 120000",
		"01 10 000000000005 12000000 12000000" };
	uint8_t p[NUM_SID_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_ptr_equal(num_sid(p, bytes(bad[i])), p);
}

static void
the_longest_sid_fits(void **state)
{
	uint8_t raw[68];
	uint8_t p[NUM_SID_MAX];

	(void)state;
	memset(raw, 0xff, sizeof(raw));
	raw[1] = 15;
	const uint8_t *const end = num_sid(p, span_of(raw, sizeof(raw)));
	assert_true(end - p <= NUM_SID_MAX);
	assert_memory_equal(end - 11, "-4294967295", 11);
}

static void
check_number(const char *text, bool ok, uint64_t want)
{
	uint64_t v = 0;

	assert_int_equal(num_parse_u64(span_str(text), &v), ok);
	if (ok)
		assert_true(v == want);
}

static void
numbers_are_read_without_overflow(void **state)
{
	(void)state;
	check_number("0", true, 0);
	check_number("007", true, 7);
	check_number("18446744073709551615", true, UINT64_MAX);
	check_number("18446744073709551616", false, 0);
	check_number("99999999999999999999", false, 0);
	check_number("000000000000000000001", false, 0);
	check_number("0x3e7", true, 999);
	check_number("0X3E7", true, 999);
	check_number("0xffffffffffffffff", true, UINT64_MAX);
	check_number("0x10000000000000000", false, 0);
}

static void
what_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = { "", "0x", "x", "-1", "+1", " 1",
		"1 ", "1.0", "0xg", "1e3", "3e7", "٣" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		check_number(bad[i], false, 0);
}

static void
floats_are_short(void **state)
{
	uint8_t p[NUM_FLOAT_MAX];

	(void)state;
	assert_wrote(p, num_f64(p, 0.0), "0");
	assert_wrote(p, num_f64(p, 0.1), "0.1");
	assert_wrote(p, num_f64(p, -1.5), "-1.5");
	assert_wrote(p, num_f64(p, 100), "100");
	assert_wrote(p, num_f64(p, -1000000), "-1000000");
	assert_wrote(p, num_f64(p, 1e15), "1e+15");
	assert_wrote(p, num_f64(p, 0.00001), "1e-05");
	assert_wrote(p, num_f32(p, 200), "200");
	assert_wrote(p, num_f32(p, 0.1F), "0.1");
	assert_wrote(p, num_f32(p, 3.25F), "3.25");
	assert_wrote(p, num_f64(p, (double)INFINITY), "inf");
	assert_wrote(p, num_f64(p, -(double)INFINITY), "-inf");
	assert_wrote(p, num_f32(p, -INFINITY), "-inf");
}

static double
read_back(const uint8_t *p, const uint8_t *end)
{
	char text[NUM_FLOAT_MAX + 1];

	assert_true(end - p <= NUM_FLOAT_MAX);
	memcpy(text, p, (size_t)(end - p));
	text[end - p] = '\0';
	return strtod(text, NULL);
}

static void
floats_read_back_as_they_were(void **state)
{
	static const double edges[] = { DBL_MAX, DBL_MIN,
		4.9406564584124654e-324, -DBL_MAX, 1.0 / 3, 5e-324,
		123456789012345678.0 };
	uint8_t p[NUM_FLOAT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(edges); i++)
		assert_true(read_back(p, num_f64(p, edges[i])) == edges[i]);
	for (unsigned i = 0; i < 2000; i++) {
		const uint64_t bits =
		    (uint64_t)dice(UINT32_MAX) << 32 | dice(UINT32_MAX);
		const uint32_t half = (uint32_t)bits;
		double d;
		float f;
		memcpy(&d, &bits, sizeof(d));
		memcpy(&f, &half, sizeof(f));
		if (isfinite(d))
			assert_true(read_back(p, num_f64(p, d)) == d);
		if (isfinite(f))
			assert_true((float)read_back(p, num_f32(p, f)) == f);
	}
}

static void
no_number_is_a_text(void **state)
{
	uint8_t p[NUM_FLOAT_MAX];

	(void)state;
	assert_true(isnan(read_back(p, num_f64(p, (double)NAN))));
	assert_true(isnan(read_back(p, num_f32(p, NAN))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_numbers),
		cmocka_unit_test(decimal_numbers_have_no_leading_zeros),
		cmocka_unit_test(hex_is_lower_case_and_not_padded),
		cmocka_unit_test(binary_is_upper_case_hex),
		cmocka_unit_test(guids_are_mixed_endian),
		cmocka_unit_test(guids_are_read_with_or_without_braces),
		cmocka_unit_test(sids),
		cmocka_unit_test(what_is_no_sid_writes_nothing),
		cmocka_unit_test(the_longest_sid_fits),
		cmocka_unit_test(numbers_are_read_without_overflow),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(floats_are_short),
		cmocka_unit_test(floats_read_back_as_they_were),
		cmocka_unit_test(no_number_is_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
