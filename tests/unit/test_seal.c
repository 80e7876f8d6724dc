/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/seal.h"
#include "tests/unit/helper.h"

#define TEXT "{\"x\":\"" SEAL_OPEN "\",\"y\":\"" SEAL_OPEN "\"}\n"

static struct err error;

/* A sealed text; its seal is where the second open one was. */
static void
seal(struct buf *text, char hex[DIGEST_HEX])
{
	buf_init(text, 1000);
	buf_str(text, TEXT);
	assert_ok(seal_put(text, &error));
	assert_int_equal(text->n, sizeof(TEXT) - 1);
	memcpy(hex, text->p + text->n - 3 - (DIGEST_HEX - 1), DIGEST_HEX - 1);
	hex[DIGEST_HEX - 1] = '\0';
}

static void
it_is_the_digest_with_zeros_in_its_place(void **state)
{
	uint8_t sum[DIGEST_BYTES];
	char wanted[DIGEST_HEX];
	char hex[DIGEST_HEX];
	struct buf text;

	(void)state;
	seal(&text, hex);
	assert_ok(digest_once(SPAN(TEXT), sum, &error));
	digest_hex(sum, sizeof(sum), wanted);
	assert_string_equal(hex, wanted);
	assert_ok(seal_check(buf_span(&text), hex, &error));
	buf_reset(&text);
}

static void
every_bit_counts(void **state)
{
	char hex[DIGEST_HEX];
	struct buf text;

	(void)state;
	seal(&text, hex);
	for (size_t i = 0; i < text.n * 8; i++) {
		text.p[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_why(seal_check(buf_span(&text), hex, &error), RC_FATAL,
		    error, WHY_TAMPERED);
		text.p[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	buf_reset(&text);
}

static void
what_is_no_seal(void **state)
{
	static const char *const bad[] = {
		"", "0", SEAL_OPEN "0",
		"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_why(seal_check(SPAN("{\"x\":1}"), bad[i], &error),
		    RC_FATAL, error, WHY_TAMPERED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_digest_with_zeros_in_its_place),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(what_is_no_seal),
	};

	return RUN(tests);
}
