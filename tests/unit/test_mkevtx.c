/* SPDX-License-Identifier: Apache-2.0 */
/* The basics of mkevtx: checksum, calendar, text, rendering, hash tables of a
 * chunk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "clock.h"
#include "crc.h"
#include "page.h"
#include "render.h"
#include "text.h"
#include "value.h"

#define UNUSED(x) ((void)(x))

static void
crc_knows_the_check_value(void **state)
{
	static const uint8_t nine[] = "123456789";
	struct crc c;

	UNUSED(state);
	crc_init(&c);
	assert_int_equal(crc_update(&c, 0, nine, 9), 0xcbf43926U);
	/* In two parts, neither a multiple of eight. */
	const uint32_t half = crc_update(&c, 0, nine, 5);
	assert_int_equal(crc_update(&c, half, nine + 5, 4), 0xcbf43926U);
}

static void
clock_goes_through_every_day(void **state)
{
	char iso[40];
	char before[40] = "";

	UNUSED(state);
	for (uint64_t day = 0; day < 300000; day++) {
		const uint64_t ft = day * 86400U * CLOCK_SECOND + 1234567;

		clock_iso(ft, iso);
		assert_int_equal(clock_parse(iso, strlen(iso)), ft);
		assert_true(strcmp(before, iso) < 0);
		memcpy(before, iso, sizeof(before));
	}
	clock_iso(133500000000000000U, iso);
	assert_string_equal(iso, "2024-01-17T21:20:00.0000000Z");
	clock_iso(clock_parse("2024-02-29 23:59:58.5", 21), iso);
	assert_string_equal(iso, "2024-02-29T23:59:58.5000000Z");
}

static void
spans_have_units(void **state)
{
	UNUSED(state);
	assert_int_equal(clock_span("2s", 2), 20000000);
	assert_int_equal(clock_span("0.0000400s", 10), 400);
	assert_int_equal(clock_span("3m", 2), 1800000000);
	assert_int_equal(clock_span("7", 1), 70000000);
}

static void
json_of(struct buf *out, const char *text)
{
	struct buf units = { 0 };

	text_units(&units, text, strlen(text));
	buf_reset(out);
	text_json_quoted(out, units.p, units.n);
	buf_u8(out, 0);
	buf_free(&units);
}

static void
text_makes_json(void **state)
{
	static const char *const cases[][2] = {
		{ "a\"b", "\"a\\\"b\"" },
		{ "\\x01\\n\\\\", "\"\\u0001\\u000a\\\\\"" },
		{ "\\ud83d\\ude00", "\"\xf0\x9f\x98\x80\"" },
		{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
		{ "\\ud83dx", "\"\xef\xbf\xbdx\"" },
		{ "x\\ude00", "\"x\xef\xbf\xbd\"" },
		{ "\xc3\xa9\xe2\x82\xac", "\"\xc3\xa9\xe2\x82\xac\"" },
		{ "", "\"\"" },
	};
	struct buf out = { 0 };

	UNUSED(state);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_of(&out, cases[i][0]);
		assert_string_equal((const char *)out.p, cases[i][1]);
	}
	buf_free(&out);
}

/* type, text of a value, as rendered */
static const char *const values[][3] = {
	{ "float", "0.1", "0.1" },
	{ "float", "16777216", "16777216" },
	{ "double", "0.1", "0.1" },
	{ "double", "123456789.125", "123456789.125" },
	{ "int8", "-1", "-1" },
	{ "int64", "-9223372036854775808", "-9223372036854775808" },
	{ "hex32", "0", "0x0" },
	{ "hex64", "0x00ABC", "0xabc" },
	{ "bool", "2", "true" },
	{ "sid", "S-1-16-8192", "S-1-16-8192" },
	{ "binary", "0aFF", "0AFF" },
	{ "guid", "{01234567-89AB-cdef-0123-456789abcdef}",
	    "01234567-89AB-CDEF-0123-456789ABCDEF" },
	{ "stringz", "x", "x" },
};

static void
values_are_rendered(void **state)
{
	UNUSED(state);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const char *const *const v = values[i];
		const struct value_type t = value_type(v[0], strlen(v[0]));
		struct buf raw = { 0 };
		struct buf got = { 0 };
		struct buf want = { 0 };

		value_parse(&raw, t, v[1], strlen(v[1]));
		render_units(&got, t.code, raw.p, raw.n, RENDER_RAW);
		buf_wide(&want, v[2]);
		assert_int_equal(got.n, want.n);
		assert_memory_equal(got.p, want.p, want.n);
		buf_free(&raw);
		buf_free(&got);
		buf_free(&want);
	}
}

static void
page_keeps_one_of_each_name(void **state)
{
	static const uint8_t name[] = { 'A', 0, 'b', 0 };
	struct page *const p = malloc(sizeof(*p));
	struct page_mark mark;

	UNUSED(state);
	assert_non_null(p);
	page_init(p, PAGE_SIZE);
	page_mark(p, &mark);
	page_name(p, name, sizeof(name));
	assert_int_equal(p->pos, PAGE_FIRST + 4 + 8 + 4 + 2);
	page_name(p, name, sizeof(name));
	assert_int_equal(buf_get(p->b + p->pos - 4, 4), PAGE_FIRST + 4);
	page_back(p, &mark);
	page_name(p, name, sizeof(name));
	assert_int_equal(p->pos, PAGE_FIRST + 4 + 8 + 4 + 2);
	free(p);
}

static void
page_drops_what_does_not_fit(void **state)
{
	struct page *const p = malloc(sizeof(*p));

	UNUSED(state);
	assert_non_null(p);
	page_init(p, PAGE_FIRST + 6);
	page_u32(p, 1);
	assert_false(p->full);
	page_u32(p, 2);
	assert_true(p->full);
	assert_int_equal(p->pos, PAGE_FIRST + 4);
	free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc_knows_the_check_value),
		cmocka_unit_test(clock_goes_through_every_day),
		cmocka_unit_test(spans_have_units),
		cmocka_unit_test(text_makes_json),
		cmocka_unit_test(values_are_rendered),
		cmocka_unit_test(page_keeps_one_of_each_name),
		cmocka_unit_test(page_drops_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
