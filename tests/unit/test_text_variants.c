/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares every variant of util/text.h that this machine supports with the
 * plain one. Input and output end and start at pages that must not be accessed.
 */
#include <sys/mman.h>

#include "tests/unit/helper.h"
#include "util/text.h"
#include "util/text_bytes.h"
#include "util/text_char.h"
#include "util/text_scan.h"
#include "util/text_variant.h"

#define PAGE 4096U
#define OUT (8 * PAGE)
#define LONGEST 300U

struct way {
	const char *name;
	text_next *next;
	bool json;
};

static const struct way wide_ways[] = {
	{ "utf16_json", text_next_utf16, true },
	{ "utf16_utf8", text_next_utf16, false },
};
static const struct way byte_ways[] = {
	{ "utf8_json", text_char_next_utf8, true },
	{ "utf8_utf8", text_char_next_utf8, false },
	{ "ansi_json", text_char_next_ansi, true },
	{ "ansi_utf8", text_char_next_ansi, false },
};

static uint8_t *
convert(const struct text_variant *v, const struct way *way, uint8_t *w,
    struct span s)
{
	if (way->next != text_next_utf16)
		return text_bytes_convert(w, s, way->next, way->json);
	return (way->json ? v->utf16_json : v->utf16_utf8)(w, s);
}

/* n bytes between two inaccessible pages. */
static uint8_t *
guarded(size_t n)
{
	uint8_t *const p = mmap(NULL, n + 2 * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(mprotect(p, PAGE, PROT_NONE), 0);
	assert_int_equal(mprotect(p + PAGE + n, PAGE, PROT_NONE), 0);
	return p + PAGE;
}

struct pages {
	uint8_t *in;
	uint8_t *out;
	uint8_t *want;
};

static int
make_pages(void **state)
{
	static struct pages pages;

	pages.in = guarded(PAGE);
	pages.out = guarded(OUT);
	pages.want = guarded(OUT);
	*state = &pages;
	return 0;
}

static size_t
by_the_character(uint8_t *out, struct span s, const struct way *way)
{
	const uint8_t *p = s.p;
	const uint8_t *const end = p + s.n;
	uint8_t *w = out;

	while (p < end)
		w = text_put(w, way->next(&p, end), way->json);
	return (size_t)(w - out);
}

static void
check_way(const struct pages *pages, struct span s, const struct way *way)
{
	const bool wide = way->next == text_next_utf16;
	const size_t units = wide ? s.n / 2 : s.n;
	const struct text_variant *v;
	const size_t n = by_the_character(
	    pages->want, span_of(s.p, wide ? units * 2 : units), way);

	for (size_t i = 0; (v = text_variant(i)) != NULL && (wide || i == 0);
	     i++) {
		const size_t slack = i == 0 ? 0 : TEXT_SLACK;
		uint8_t *const w =
		    pages->out + OUT - TEXT_UNIT_MAX * units - slack;
		const uint8_t *const end = convert(v, way, w, s);
		if ((size_t)(end - w) == n && memcmp(w, pages->want, n) == 0)
			continue;
		print_error("%s %s, %zu bytes:", v->name, way->name, s.n);
		for (size_t k = 0; k < s.n; k++)
			print_error(" %02x", s.p[k]);
		print_error("\n");
		assert_span_eq(
		    span_of(w, (size_t)(end - w)), span_of(pages->want, n));
	}
}

/* At the end of the page and at its start. */
static void
check_bytes(const struct pages *pages, struct span s, bool wide)
{
	const struct way *const ways = wide ? wide_ways : byte_ways;
	const size_t n = wide ? COUNT(wide_ways) : COUNT(byte_ways);
	uint8_t *const places[] = { pages->in + PAGE - s.n, pages->in };

	for (size_t at = 0; at < COUNT(places); at++) {
		if (s.n > 0)
			memcpy(places[at], s.p, s.n);
		for (size_t i = 0; i < n; i++)
			check_way(pages, span_of(places[at], s.n), &ways[i]);
	}
}

static void
check_units(const struct pages *pages, const uint16_t *units, size_t n)
{
	uint8_t in[2 * LONGEST + 1];

	for (size_t i = 0; i < n; i++) {
		in[2 * i] = (uint8_t)units[i];
		in[2 * i + 1] = (uint8_t)(units[i] >> 8);
	}
	in[2 * n] = 'x';
	check_bytes(pages, span_of(in, 2 * n), true);
	/* With half a unit at the end, which also gives an odd address. */
	check_bytes(pages, span_of(in, 2 * n + 1), true);
}

/* Characters around the ones that are tested. */
static const uint16_t fillers[] = { 'a', 0xe9, 0x0436, 0x4e2d, '\\', 0xd83d };

static const uint16_t odd_units[] = { 0, 1, 8, 9, 10, 11, 12, 13, 14, 0x1f,
	0x20, 0x22, 0x5c, 0x7f, 0x80, 0xff, 0x100, 0x122, 0x15c, 0x7ff, 0x800,
	0x2200, 0x5c00, 0x7fff, 0x8000, 0x8022, 0xd7ff, 0xd800, 0xdbff, 0xdc00,
	0xdfff, 0xe000, 0xfeff, 0xffff };

static void
every_length(void **state)
{
	uint16_t units[LONGEST];

	for (size_t f = 0; f < COUNT(fillers); f++) {
		for (size_t i = 0; i < LONGEST; i++)
			units[i] = fillers[f];
		for (size_t n = 0; n <= LONGEST; n++)
			check_units(*state, units, n);
	}
}

static void
each_odd_unit_at_each_place(void **state)
{
	uint16_t units[40];

	for (size_t f = 0; f < 4; f++) {
		for (size_t i = 0; i < COUNT(units); i++)
			units[i] = fillers[f];
		for (size_t n = 1; n <= COUNT(units); n++) {
			for (size_t at = 0; at < n; at++) {
				units[at] =
				    odd_units[(at + n) % COUNT(odd_units)];
				check_units(*state, units, n);
				units[at] = fillers[f];
			}
		}
		for (size_t k = 0; k < COUNT(odd_units); k++) {
			for (size_t at = 0; at < COUNT(units); at++) {
				units[at] = odd_units[k];
				check_units(*state, units, COUNT(units));
				check_units(*state, units, at + 1);
				units[at] = fillers[f];
			}
		}
	}
}

static void
pairs_and_halves_at_each_place(void **state)
{
	static const uint16_t two[][2] = { { 0xd83d, 0xde00 },
		{ 0xde00, 0xd83d }, { 0xd800, 0xd800 }, { 0xdfff, 0xdc00 },
		{ 0xdbff, 'a' }, { 0xd800, '"' }, { 0x4e2d, 0xdc00 } };
	uint16_t units[80];

	for (size_t k = 0; k < COUNT(two) * 2; k++) {
		for (size_t i = 0; i < COUNT(units); i++)
			units[i] = k % 2 == 0 ? 'a' : 0x4e2d;
		for (size_t at = 0; at + 2 <= COUNT(units); at++) {
			const uint16_t was = units[at];
			memcpy(units + at, two[k / 2], sizeof(two[0]));
			check_units(*state, units, COUNT(units));
			check_units(*state, units, at + 1);
			check_units(*state, units, at + 2);
			units[at] = was;
			units[at + 1] = was;
		}
	}
}

/* Runs of one kind of character with a few others. */
static void
random_units(void **state)
{
	uint16_t units[LONGEST];

	for (unsigned round = 0; round < 20000; round++) {
		const uint32_t n = dice(round % 4 == 0 ? LONGEST : 40);
		const uint32_t rare = 1 + dice(20);
		uint16_t filler = 'a';
		for (uint32_t i = 0; i < n; i++) {
			if (dice(10) == 0)
				filler = fillers[dice(COUNT(fillers))];
			units[i] = filler;
			if (dice(rare) == 0)
				units[i] = odd_units[dice(COUNT(odd_units))];
			if (dice(50) == 0)
				units[i] = (uint16_t)dice(0x10000);
		}
		check_units(*state, units, n);
	}
}

static const char *const odd_bytes[] = { "\"", "\\", "\n", "\x1f", "\x7f",
	"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	"\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\x80",
	"\xbf\xbf", "\xc1\xbf", "\xc2", "\xc2\xc2\x80", "\xe0\x9f\xbf",
	"\xe1\x80", "\xe1", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80",
	"\xf1\x80", "\xf3", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
	"\xe4\xb8\xad\x80", "\x9f\xa0", "\xc3\xa9\"" };

static void
each_odd_sequence_at_each_place(void **state)
{
	uint8_t in[56];

	for (size_t k = 0; k < COUNT(odd_bytes); k++) {
		const size_t n = strlen(odd_bytes[k]);
		for (size_t at = 0; at + n <= 40; at++) {
			for (size_t i = 0; i < sizeof(in); i++)
				in[i] = i % 2 == 0 ? 0xc3 : 0xa9;
			if (k % 2 == 0)
				memset(in, 'a', sizeof(in));
			memcpy(in + at, odd_bytes[k], n);
			for (size_t left = at; left <= at + n + 1; left++)
				check_bytes(*state, span_of(in, left), false);
			check_bytes(*state, span_of(in, sizeof(in)), false);
			check_bytes(
			    *state, span_of(in + 1, sizeof(in) - 1), false);
		}
	}
}

static void
random_bytes(void **state)
{
	uint8_t in[LONGEST];

	for (unsigned round = 0; round < 30000; round++) {
		const size_t most = round % 4 == 0 ? LONGEST - 8 : 48;
		const size_t stop = dice((uint32_t)most);
		const uint32_t rare = 1 + dice(20);
		size_t n = 0;
		while (n < stop) {
			const char *const more =
			    dice(rare) == 0  ? odd_bytes[dice(COUNT(odd_bytes))]
			    : round % 2 == 0 ? "\xd0\xb6"
					     : "text";
			memcpy(in + n, more, strlen(more));
			n += strlen(more);
			if (dice(40) == 0)
				in[n++] = (uint8_t)dice(256);
		}
		check_bytes(*state, span_of(in, n < stop ? n : stop), false);
	}
}

static void
every_length_of_bytes(void **state)
{
	static const char *const runs[] = { "a", "\\", "\xc3\xa9",
		"\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\x80" };
	uint8_t in[LONGEST];

	for (size_t k = 0; k < COUNT(runs); k++) {
		for (size_t i = 0; i < LONGEST; i++)
			in[i] = (uint8_t)runs[k][i % strlen(runs[k])];
		for (size_t n = 0; n <= LONGEST; n++)
			check_bytes(*state, span_of(in, n), false);
	}
}

/* The public functions write into the buffer, with and without slack. */
static void
a_buffer_that_just_fits(void **state)
{
	uint8_t in[2 * LONGEST];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = i % 2 == 0 ? 1 : 0;
	for (size_t n = 1; n <= LONGEST; n++) {
		for (size_t more = 0; more <= TEXT_SLACK + 1; more += 5) {
			struct buf b;
			buf_init(&b, TEXT_UNIT_MAX * n + more);
			text_utf16_json(&b, span_of(in, 2 * n));
			assert_false(b.full);
			assert_int_equal(b.n, TEXT_UNIT_MAX * n);
			buf_reset(&b);
			buf_init(&b, TEXT_UNIT_MAX * n - 1);
			text_utf16_json(&b, span_of(in, 2 * n));
			assert_true(b.full);
			assert_int_equal(b.n, 0);
			buf_reset(&b);
		}
	}
}

/* Both scans, of a text with one special byte at each index and more directly
 * after it. */
static void
scans_see_the_text_and_nothing_behind_it(void **state)
{
	static const char odd[] = "&<>\\r";
	uint8_t text[80 + TEXT_SCAN_MORE];

	(void)state;
	for (size_t n = 0; n < 80; n++) {
		for (size_t at = 0; at <= n; at++) {
			for (size_t i = 0; i < 5; i++) {
				const bool in = at < n;
				memset(text, 'a', n);
				memset(text + n, odd[i], TEXT_SCAN_MORE);
				text[at] = (uint8_t)odd[i];
				assert_int_equal(
				    text_has_markup(span_of(text, n)),
				    in && i < 3);
				text[at + 1] = 'r';
				assert_int_equal(
				    text_find_return(span_of(text, n), 0),
				    odd[i] == '\\' && at + 1 < n ? at : n);
			}
		}
	}
}

static void
a_line_end_is_four_characters(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} samples[] = { { "a\\r\\nb", 1 }, { "a\\r\\", 4 }, { "a\\r\\n", 1 },
		{ "a\\rx\\nb", 7 }, { "\\r\\r\\n", 2 },
		/* JSON writes a backslash as two. */
		{ "c:\\\\r\\n", 7 }, { "\\\\\\r\\n", 2 },
		{ "c:\\\\r\\\\n and then a line end:\\r\\n", 29 } };
	uint8_t text[64 + TEXT_SCAN_MORE];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		const size_t n = strlen(samples[i].text);
		memset(text, 'r', sizeof(text));
		memcpy(text, samples[i].text, n);
		assert_int_equal(
		    text_line_end(span_of(text, n)), samples[i].at);
	}
}

static void
there_is_more_than_one(void **state)
{
	(void)state;
	assert_string_equal(text_variant(0)->name, "plain");
	/* The best one is among those that the other tests compare. */
	assert_ptr_equal(
	    text_best(), text_variant(text_variant(1) == NULL ? 0 : 1));
	for (size_t i = 0; text_variant(i) != NULL; i++)
		print_message("variant %s\n", text_variant(i)->name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_more_than_one),
		cmocka_unit_test_setup(every_length, make_pages),
		cmocka_unit_test_setup(each_odd_unit_at_each_place, make_pages),
		cmocka_unit_test_setup(
		    pairs_and_halves_at_each_place, make_pages),
		cmocka_unit_test_setup(random_units, make_pages),
		cmocka_unit_test_setup(every_length_of_bytes, make_pages),
		cmocka_unit_test_setup(
		    each_odd_sequence_at_each_place, make_pages),
		cmocka_unit_test_setup(random_bytes, make_pages),
		cmocka_unit_test(a_buffer_that_just_fits),
		cmocka_unit_test(scans_see_the_text_and_nothing_behind_it),
		cmocka_unit_test(a_line_end_is_four_characters),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
