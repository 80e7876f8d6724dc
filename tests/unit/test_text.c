/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/helper.h"
#include "util/text.h"

typedef void converter(struct buf *b, struct span s);

static void
check(converter *convert, struct span in, const char *want)
{
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	convert(&b, in);
	assert_buf(&b, want);
	buf_reset(&b);
}

/* The reference conversion of a code point, which every converter must match.
 */
static void
slow_char(struct buf *b, uint32_t c, bool json)
{
	static const char *const names[] = { ['\b'] = "\\b",
		['\f'] = "\\f",
		['\n'] = "\\n",
		['\r'] = "\\r",
		['\t'] = "\\t",
		['"'] = "\\\"",
		['\\'] = "\\\\" };

	if (json && c < COUNT(names) && names[c] != NULL)
		buf_str(b, names[c]);
	else if (json && c < 0x20)
		buf_fmt(b, "\\u%04x", c);
	else if (c < 0x80)
		buf_byte(b, (uint8_t)c);
	else if (c < 0x800)
		buf_fmt(b, "%c%c", 0xc0 + (int)(c / 64), 0x80 + (int)(c % 64));
	else if (c < 0x10000)
		buf_fmt(b, "%c%c%c", 0xe0 + (int)(c / 4096),
		    0x80 + (int)(c / 64 % 64), 0x80 + (int)(c % 64));
	else
		buf_fmt(b, "%c%c%c%c", 0xf0 + (int)(c / 262144),
		    0x80 + (int)(c / 4096 % 64), 0x80 + (int)(c / 64 % 64),
		    0x80 + (int)(c % 64));
}

static void
slow_utf16(struct buf *b, struct span s, bool json)
{
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		const uint32_t u = s.p[i] + 256U * s.p[i + 1];
		const uint32_t next =
		    i + 3 < s.n ? s.p[i + 2] + 256U * s.p[i + 3] : 0;
		if (u / 1024 == 54 && next / 1024 == 55) {
			slow_char(
			    b, (u % 1024) * 1024 + next % 1024 + 0x10000, json);
			i += 2;
		} else {
			slow_char(b, u / 2048 == 27 ? 0xfffd : u, json);
		}
	}
}

/* Well-formed UTF-8 by the table of the Unicode standard (3-7). */
static const struct {
	uint8_t lead[2];
	uint8_t second[2];
	unsigned n;
} forms[] = {
	{ { 0x00, 0x7f }, { 0, 0 }, 1 },
	{ { 0xc2, 0xdf }, { 0x80, 0xbf }, 2 },
	{ { 0xe0, 0xe0 }, { 0xa0, 0xbf }, 3 },
	{ { 0xe1, 0xec }, { 0x80, 0xbf }, 3 },
	{ { 0xed, 0xed }, { 0x80, 0x9f }, 3 },
	{ { 0xee, 0xef }, { 0x80, 0xbf }, 3 },
	{ { 0xf0, 0xf0 }, { 0x90, 0xbf }, 4 },
	{ { 0xf1, 0xf3 }, { 0x80, 0xbf }, 4 },
	{ { 0xf4, 0xf4 }, { 0x80, 0x8f }, 4 },
};

/* The length of the character at s, 0 if there is none. */
static unsigned
slow_length(struct span s)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		bool ok = s.p[0] >= forms[i].lead[0] &&
			  s.p[0] <= forms[i].lead[1] && s.n >= forms[i].n;
		if (ok && forms[i].n > 1)
			ok = s.p[1] >= forms[i].second[0] &&
			     s.p[1] <= forms[i].second[1];
		for (unsigned k = 2; ok && k < forms[i].n; k++)
			ok = s.p[k] >= 0x80 && s.p[k] <= 0xbf;
		if (ok)
			return forms[i].n;
	}
	return 0;
}

static void
slow_utf8(struct buf *b, struct span s, bool json)
{
	while (s.n > 0) {
		const unsigned n = slow_length(s);
		if (n == 0)
			slow_char(b, 0xfffd, json);
		else if (n == 1)
			slow_char(b, s.p[0], json);
		else
			buf_put(b, span_of(s.p, n));
		s = span_of(s.p + (n == 0 ? 1 : n), s.n - (n == 0 ? 1 : n));
	}
}

static void
compare(converter *fast, void (*slow)(struct buf *, struct span, bool),
    struct span in, bool json)
{
	struct buf a;
	struct buf b;

	buf_init(&a, (size_t)1 << 16);
	buf_init(&b, (size_t)1 << 16);
	fast(&a, in);
	slow(&b, in, json);
	assert_false(b.full);
	assert_span_eq(buf_span(&a), buf_span(&b));
	buf_reset(&a);
	buf_reset(&b);
}

static void
every_escape(void **state)
{
	char want[64];
	uint8_t in[2] = { 0, 0 };

	(void)state;
	check(text_utf8_json, SPAN("\"\\\b\f\n\r\t/"),
	    "\\\"\\\\\\b\\f\\n\\r\\t/");
	for (uint8_t c = 0; c < 0x20; c++) {
		if (strchr("\b\f\n\r\t", c) != NULL && c != 0)
			continue;
		(void)snprintf(want, sizeof(want), "\\u00%02x", c);
		in[0] = c;
		check(text_utf8_json, span_of(in, 1), want);
		check(text_ansi_json, span_of(in, 1), want);
		check(text_utf16_json, span_of(in, 2), want);
	}
	check(text_utf8_json, SPAN("\x7f'&<>"), "\x7f'&<>");
}

static void
without_json_nothing_is_escaped(void **state)
{
	(void)state;
	check(text_utf8_utf8, SPAN("a\"\\\n\x1f"), "a\"\\\n\x1f");
	check(text_ansi_utf8, SPAN("a\"\\\n\x1f"), "a\"\\\n\x1f");
	check(text_utf16_utf8, bytes("6100 2200 5c00 0a00"), "a\"\\\n");
}

static void
utf16_of_every_width(void **state)
{
	(void)state;
	check(text_utf16_json, bytes("4100 e900 ac20 3dd800de"),
	    "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	check(text_utf16_json, bytes("ffff 00e0 ffd7"),
	    "\xef\xbf\xbf\xee\x80\x80\xed\x9f\xbf");
	check(text_utf16_json, bytes("ffdbffdf"), "\xf4\x8f\xbf\xbf");
}

static void
lone_surrogates_wherever_they_stand(void **state)
{
#define BAD "\xef\xbf\xbd"
	(void)state;
	check(text_utf16_json, bytes("00d8"), BAD);
	check(text_utf16_json, bytes("00dc"), BAD);
	check(text_utf16_json, bytes("00d8 4100"), BAD "A");
	check(text_utf16_json, bytes("4100 00d8"), "A" BAD);
	check(text_utf16_json, bytes("00d8 00d8 00dc"), BAD "\xf0\x90\x80\x80");
	check(text_utf16_json, bytes("00dc 00d8"), BAD BAD);
	check(text_utf16_utf8, bytes("ffdf 4100 ffdb"), BAD "A" BAD);
	/* Half a unit is ignored, also after a high surrogate. */
	check(text_utf16_json, bytes("00d8 00"), BAD);
	check(text_utf16_json, bytes("41"), "");
}

static void
malformed_utf8(void **state)
{
	(void)state;
	check(text_utf8_json, SPAN("\xc0\xaf"), BAD BAD);
	check(text_utf8_json, SPAN("\xc1\x81"), BAD BAD);
	check(text_utf8_json, SPAN("\xe0\x80\x80"), BAD BAD BAD);
	check(text_utf8_json, SPAN("\xf0\x80\x80\x80"), BAD BAD BAD BAD);
	check(text_utf8_json, SPAN("\xed\xa0\x80"), BAD BAD BAD);
	check(text_utf8_json, SPAN("\xf4\x90\x80\x80"), BAD BAD BAD BAD);
	check(text_utf8_json, SPAN("\xf5\xff\x80"), BAD BAD BAD);
	check(text_utf8_json, SPAN("\xe2\x82"), BAD BAD);
	check(text_utf8_json, SPAN("\xe2\x82g"), BAD BAD "g");
	check(text_utf8_utf8, SPAN("\xc3\xa9\xc3"), "\xc3\xa9" BAD);
}

static void
windows_1252(void **state)
{
	static const uint8_t holes[] = { 0x81, 0x8d, 0x8f, 0x90, 0x9d };

	(void)state;
	for (size_t i = 0; i < COUNT(holes); i++)
		check(text_ansi_json, span_of(&holes[i], 1), BAD);
	check(text_ansi_json, SPAN("\x80\x92\x9f"), "€’Ÿ");
	check(text_ansi_utf8, SPAN("\xe4\xff\xa0"), "äÿ\xc2\xa0");
	check(text_ansi_json, SPAN("a\"\n"), "a\\\"\\n");
}

static void
nothing_gives_nothing(void **state)
{
	static converter *const all[] = { text_utf16_json, text_utf8_json,
		text_ansi_json, text_utf8_utf8, text_utf16_utf8,
		text_ansi_utf8 };

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		check(all[i], span_of(NULL, 0), "");
		check(all[i], SPAN(""), "");
	}
}

static void
a_text_that_does_not_fit_is_left_out_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 20);
	buf_str(&b, "<");
	text_utf8_json(&b, SPAN("0123456789"));
	assert_true(b.full);
	assert_buf(&b, "<");
	buf_reset(&b);
}

static void
random_utf16_as_the_slow_way(void **state)
{
	uint8_t in[64];

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		const uint32_t n = dice(sizeof(in));
		for (uint32_t i = 0; i < n; i++)
			in[i] = (uint8_t)dice(256);
		/* Many surrogates, so that pairs occur. */
		for (uint32_t i = 1; i < n; i += 2) {
			if (dice(2) == 0)
				in[i] = (uint8_t)(0xd8 + dice(8));
		}
		compare(text_utf16_json, slow_utf16, span_of(in, n), true);
		compare(text_utf16_utf8, slow_utf16, span_of(in, n), false);
	}
}

static void
random_utf8_as_the_slow_way(void **state)
{
	static const uint8_t edges[] = { 0x00, 0x1f, 0x22, 0x5c, 0x7f, 0x80,
		0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0,
		0xe1, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff };
	uint8_t in[24];

	(void)state;
	for (unsigned round = 0; round < 40000; round++) {
		const uint32_t n = dice(sizeof(in));
		for (uint32_t i = 0; i < n; i++)
			in[i] = dice(3) == 0 ? (uint8_t)dice(256)
					     : edges[dice(COUNT(edges))];
		compare(text_utf8_json, slow_utf8, span_of(in, n), true);
		compare(text_utf8_utf8, slow_utf8, span_of(in, n), false);
	}
}

static void
every_character_keeps_its_code(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x1000 ? 1 : 37) {
		struct buf text;
		if (c / 2048 == 27)
			continue;
		buf_init(&text, 16);
		slow_char(&text, c, false);
		compare(text_utf8_json, slow_utf8, buf_span(&text), true);
		assert_int_equal(slow_length(buf_span(&text)), text.n);
		buf_reset(&text);
	}
}

static void
trimming_takes_nuls_from_the_end_only(void **state)
{
	(void)state;
	assert_span_eq(
	    text_trim_utf16(bytes("0000 4100 0000 0000")), bytes("0000 4100"));
	assert_span_eq(text_trim_utf16(bytes("0041 0000 00")), bytes("0041"));
	assert_span_eq(text_trim_utf16(bytes("4100")), bytes("4100"));
	assert_int_equal(text_trim_utf16(bytes("0000 0000")).n, 0);
	assert_int_equal(text_trim_utf16(span_of(NULL, 0)).n, 0);
	assert_span_eq(text_trim_bytes(bytes("00410000")), bytes("0041"));
	for (size_t n = 0; n < 100; n++) {
		uint8_t in[104] = { 0x41, 0, 0x42 };
		assert_int_equal(text_trim_bytes(span_of(in, 3 + n)).n, 3);
		assert_int_equal(text_trim_utf16(span_of(in, 4 + n)).n, 4);
	}
	assert_int_equal(text_trim_bytes(bytes("0000")).n, 0);
	assert_int_equal(text_trim_bytes(span_of(NULL, 0)).n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_escape),
		cmocka_unit_test(without_json_nothing_is_escaped),
		cmocka_unit_test(utf16_of_every_width),
		cmocka_unit_test(lone_surrogates_wherever_they_stand),
		cmocka_unit_test(malformed_utf8),
		cmocka_unit_test(windows_1252),
		cmocka_unit_test(nothing_gives_nothing),
		cmocka_unit_test(a_text_that_does_not_fit_is_left_out_whole),
		cmocka_unit_test(random_utf16_as_the_slow_way),
		cmocka_unit_test(random_utf8_as_the_slow_way),
		cmocka_unit_test(every_character_keeps_its_code),
		cmocka_unit_test(trimming_takes_nuls_from_the_end_only),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
