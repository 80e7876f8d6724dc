/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by the examples of FIPS 180-2, CRC-32 by its check values, and the
 * clock. */
#include "tests/unit/helper.h"
#include "util/clock.h"
#include "util/crc.h"
#include "util/digest_lanes.h"
#include "util/digest_texts.h"

static const struct {
	const char *text;
	const char *hex;
} fips[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
	      "55" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2001"
		 "5ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c"
	    "1" },
};

static void
fips_examples_at_once(void **state)
{
	uint8_t raw[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(fips); i++) {
		assert_ok(digest_once(span_str(fips[i].text), raw, &e));
		digest_hex(raw, sizeof(raw), hex);
		assert_string_equal(hex, fips[i].hex);
	}
}

static void
pieces_give_the_same_and_restart_forgets(void **state)
{
	char hex[DIGEST_HEX];
	struct digest *d;
	struct err e;

	(void)state;
	assert_ok(digest_create(&d, &e));
	assert_ok(digest_add(d, SPAN("left over"), &e));
	for (size_t i = 0; i < COUNT(fips); i++) {
		assert_ok(digest_restart(d, &e));
		for (const char *p = fips[i].text; *p != '\0'; p++)
			assert_ok(digest_add(d, span_of(p, 1), &e));
		assert_ok(digest_add(d, span_of(NULL, 0), &e));
		assert_ok(digest_final_hex(d, hex, &e));
		assert_string_equal(hex, fips[i].hex);
	}
	digest_destroy(d);
	digest_destroy(NULL);
}

/* Every length, padded or not, in either lane and alone, with lanes (where the
 * processor has them) and without; OpenSSL's digest of the same bytes is the
 * judge. */
static void
many_texts_have_the_digests_of_each(void **state)
{
	static struct digest_text texts[1202];
	static uint8_t bytes[1300];
	static uint8_t padded[COUNT(texts)][1300];
	const bool lanes[2] = { false, digest_lanes_available() };
	const size_t sizes[] = { 0, 1, 2, 3, 7, 16, 1202 };
	uint8_t want[DIGEST_BYTES];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 131 + i / 256 * 7);
	for (size_t i = 0; i < COUNT(texts); i++) {
		texts[i].text = span_of(bytes + i % 97, i);
		texts[i].padded = i % 3 == 0;
		if (!texts[i].padded)
			continue;
		memcpy(padded[i], texts[i].text.p, i);
		const size_t n = digest_texts_pad(padded[i] + i, i);
		assert_in_range(n, 9, DIGEST_TEXTS_PADDING);
		assert_int_equal((i + n) % 64, 0);
		texts[i].text.p = padded[i];
	}
	for (size_t run = 0; run < 2 * COUNT(sizes); run++) {
		const size_t n = sizes[run / 2];
		for (size_t from = 0; from + n <= COUNT(texts); from++) {
			for (size_t i = 0; i < n; i++)
				memset(texts[from + i].sum, 0, DIGEST_BYTES);
			assert_ok(
			    digest_texts(&texts[from], n, lanes[run % 2], &e));
			for (size_t i = 0; i < n; i++) {
				const struct digest_text *t = &texts[from + i];
				assert_ok(digest_once(t->text, want, &e));
				assert_memory_equal(t->sum, want, sizeof(want));
			}
		}
	}
}

static void
fips_examples_in_lanes(void **state)
{
	struct digest_text texts[COUNT(fips)] = { 0 };
	char hex[DIGEST_HEX];
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(fips); i++)
		texts[i].text = span_str(fips[i].text);
	assert_ok(
	    digest_texts(texts, COUNT(fips), digest_lanes_available(), &e));
	for (size_t i = 0; i < COUNT(fips); i++) {
		digest_hex(texts[i].sum, DIGEST_BYTES, hex);
		assert_string_equal(hex, fips[i].hex);
	}
}

/* Pieces that end anywhere in a block of either lane, and more than 2^32 bits,
 * which OpenSSL counts in two words. */
static void
pieces_of_two_at_once_make_the_whole(void **state)
{
	static uint8_t block[1 << 20];
	uint8_t got[DIGEST_BYTES];
	uint8_t want[DIGEST_BYTES];
	struct digest *d[3];
	struct err e;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (uint8_t)(i * 31 + i / 256);
	for (size_t i = 0; i < 3; i++)
		assert_ok(digest_create(&d[i], &e));
	for (size_t i = 0; at + i < sizeof(block); i++) {
		const struct span s = span_of(block + at, i);
		const struct span rest = span_of(block, i * 3 % 1000);
		assert_ok(
		    digest_add_both((struct digest_part[]){ { d[0], s, NULL },
					{ d[1], rest, NULL } },
			&e));
		at += i;
	}
	assert_ok(digest_final(d[0], got, &e));
	assert_ok(digest_once(span_of(block, at), want, &e));
	assert_memory_equal(got, want, DIGEST_BYTES);
	const struct span whole = span_of(block, sizeof(block));
	struct digest_state near_the_end;
	for (size_t i = 0; i < 511; i++)
		assert_ok(digest_add(d[2], whole, &e));
	digest_save(d[2], &near_the_end);
	digest_restore(d[0], &near_the_end);
	digest_restore(d[1], &near_the_end);
	for (size_t i = 0; i < 2; i++) {
		assert_ok(digest_add_both(
		    (struct digest_part[]){
			{ d[0], whole, NULL }, { d[1], whole, NULL } },
		    &e));
		assert_ok(digest_add(d[2], whole, &e));
	}
	assert_ok(digest_final(d[1], got, &e));
	assert_ok(digest_final(d[2], want, &e));
	assert_memory_equal(got, want, DIGEST_BYTES);
	/* The same for one digest whose bytes are copied. */
	uint8_t *const copy = malloc(sizeof(block));
	assert_non_null(copy);
	digest_restore(d[0], &near_the_end);
	for (size_t i = 0; i < 2; i++)
		assert_ok(digest_add_part(
		    &(struct digest_part){ d[0], whole, copy }, &e));
	assert_ok(digest_final(d[0], got, &e));
	assert_memory_equal(got, want, DIGEST_BYTES);
	free(copy);
	for (size_t i = 0; i < 3; i++)
		digest_destroy(d[i]);
}

/* Pieces of every length, copied from any address to any other; bytes around
 * the copy stay as they are. OpenSSL's digest of the whole is the judge. */
static void
parts_are_digested_and_copied(void **state)
{
	static uint8_t from[300 * 150 + 64];
	static uint8_t to[2 + sizeof(from)];
	uint8_t got[DIGEST_BYTES];
	uint8_t want[DIGEST_BYTES];
	struct digest *d;
	struct err e;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i * 131 + i / 256 * 7);
	memset(to, 0xee, sizeof(to));
	assert_ok(digest_create(&d, &e));
	for (size_t i = 0; i < 300; i++) {
		const struct digest_part part = { d, span_of(from + at, i),
			to + 1 + at };
		assert_ok(digest_add_part(&part, &e));
		at += i;
		assert_int_equal(to[1 + at], 0xee);
	}
	assert_int_equal(to[0], 0xee);
	assert_memory_equal(to + 1, from, at);
	assert_ok(digest_final(d, got, &e));
	assert_ok(digest_once(span_of(from, at), want, &e));
	assert_memory_equal(got, want, sizeof(want));
	digest_destroy(d);
}

static void
fips_examples_in_parts(void **state)
{
	uint8_t copy[64];
	char hex[DIGEST_HEX];
	struct digest *d;
	struct err e;

	(void)state;
	assert_ok(digest_create(&d, &e));
	for (size_t i = 0; i < COUNT(fips); i++) {
		const struct span text = span_str(fips[i].text);
		assert_ok(digest_restart(d, &e));
		assert_ok(digest_add_part(
		    &(struct digest_part){ d, text, copy }, &e));
		assert_ok(digest_final_hex(d, hex, &e));
		assert_string_equal(hex, fips[i].hex);
		assert_memory_equal(copy, text.p, text.n);
	}
	digest_destroy(d);
}

/* Each of two parts may be copied, and either may be longer. */
static void
two_parts_at_once_are_copied(void **state)
{
	static uint8_t from[2][40000];
	static uint8_t to[2][sizeof(from[0])];
	uint8_t got[DIGEST_BYTES];
	uint8_t want[DIGEST_BYTES];
	struct digest *d[2];
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		from[i / sizeof(*from)][i % sizeof(*from)] =
		    (uint8_t)(i * 31 + i / 256);
	for (size_t i = 0; i < 2; i++)
		assert_ok(digest_create(&d[i], &e));
	for (unsigned copied = 0; copied < 4; copied++) {
		size_t n[2] = { 0, 0 };
		memset(to, 0, sizeof(to));
		for (size_t i = 0; i < 2; i++)
			assert_ok(digest_restart(d[i], &e));
		for (size_t round = 0; round < 199; round++) {
			struct digest_part part[2];
			for (size_t i = 0; i < 2; i++) {
				const size_t more = (round + 1) * (i + 7) % 200;
				part[i] = (struct digest_part){ d[i],
					span_of(from[i] + n[i], more),
					(copied >> i & 1) != 0 ? to[i] + n[i]
							       : NULL };
				n[i] += more;
			}
			assert_ok(digest_add_both(part, &e));
		}
		for (size_t i = 0; i < 2; i++) {
			assert_ok(digest_final(d[i], got, &e));
			assert_ok(
			    digest_once(span_of(from[i], n[i]), want, &e));
			assert_memory_equal(got, want, sizeof(want));
			if ((copied >> i & 1) != 0)
				assert_memory_equal(to[i], from[i], n[i]);
			else
				assert_int_equal(to[i][0], 0);
		}
	}
	for (size_t i = 0; i < 2; i++)
		digest_destroy(d[i]);
}

static void
a_million_times_a(void **state)
{
	char hex[DIGEST_HEX];
	uint8_t block[1000];
	struct digest *d;
	struct err e;

	(void)state;
	memset(block, 'a', sizeof(block));
	assert_ok(digest_create(&d, &e));
	for (unsigned i = 0; i < 1000; i++)
		assert_ok(digest_add(d, span_of(block, sizeof(block)), &e));
	assert_ok(digest_final_hex(d, hex, &e));
	assert_string_equal(hex,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd"
	    "0");
	digest_destroy(d);
}

static void
hex_is_lower_case(void **state)
{
	char hex[9];

	(void)state;
	digest_hex(bytes("00 0f f0 ab").p, 4, hex);
	assert_string_equal(hex, "000ff0ab");
}

static void
crc_check_values(void **state)
{
	(void)state;
	assert_int_equal(crc_add(0, SPAN("123456789")), 0xcbf43926);
	assert_int_equal(crc_add(0, SPAN("a")), 0xe8b7be43);
	assert_int_equal(crc_add(0, SPAN("")), 0);
	assert_int_equal(crc_add(0, bytes("00000000")), 0x2144df1c);
}

static void
crc_goes_on(void **state)
{
	(void)state;
	assert_int_equal(
	    crc_add(crc_add(0, SPAN("12345")), SPAN("6789")), 0xcbf43926);
}

static void
clock_texts(void **state)
{
	char text[CLOCK_TEXT];

	(void)state;
	clock_text(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	clock_text(1769903999, text);
	assert_string_equal(text, "2026-01-31T23:59:59Z");
	clock_text(INT64_MAX, text);
	assert_string_equal(text, "?");
}

static void
clocks_run(void **state)
{
	const int64_t before = clock_ms();

	(void)state;
	assert_true(clock_ms() >= before);
	assert_true(clock_now() > 1700000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fips_examples_at_once),
		cmocka_unit_test(pieces_give_the_same_and_restart_forgets),
		cmocka_unit_test(many_texts_have_the_digests_of_each),
		cmocka_unit_test(fips_examples_in_lanes),
		cmocka_unit_test(pieces_of_two_at_once_make_the_whole),
		cmocka_unit_test(parts_are_digested_and_copied),
		cmocka_unit_test(fips_examples_in_parts),
		cmocka_unit_test(two_parts_at_once_are_copied),
		cmocka_unit_test(a_million_times_a),
		cmocka_unit_test(hex_is_lower_case),
		cmocka_unit_test(crc_check_values),
		cmocka_unit_test(crc_goes_on),
		cmocka_unit_test(clock_texts),
		cmocka_unit_test(clocks_run),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
