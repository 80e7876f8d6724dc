/* SPDX-License-Identifier: Apache-2.0 */
#include "stage/manifest_digest.h"
#include "tests/unit/helper.h"
#include "util/json.h"

/* Members not sorted, and values that JSON can spell in more than one way. */
#define LOOSE \
	"{ \"run\":{\"b\":1.0, \"a\":[true,null,\"\\u00e4\\/\\u0001\"]}," \
	"\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":1,\"a\":1e3,\"\":-7 }"
#define CANONICAL \
	"{\"\":-7,\"a\":1000,\"run\":{\"a\":[true,null,\"\xc3\xa4/\\u0001\"]," \
	"\"b\":1},\"\xf0\x9f\x98\x80\":2,\"\xee\x80\x80\":1}"

static struct err error;

static struct cJSON *
parse(struct span text)
{
	struct cJSON *root = NULL;

	assert_ok(json_parse(text, "it", &root, &error));
	return root;
}

/* The canonical text of LOOSE. */
static void
seal(struct buf *text)
{
	struct cJSON *const root = parse(SPAN(LOOSE));

	buf_init(text, 1000);
	assert_ok(manifest_digest_write(root, text, &error));
	json_free(root);
}

static enum rc
check(struct span text)
{
	struct cJSON *root = NULL;
	struct err e;

	if (json_parse(text, "it", &root, &e) != RC_OK)
		return RC_FATAL;
	const enum rc rc = manifest_digest_check(root, text, &error);
	json_free(root);
	return rc;
}

static void
it_is_the_digest_of_the_rest(void **state)
{
	uint8_t sum[DIGEST_BYTES];
	char wanted[DIGEST_HEX];
	struct buf text;

	(void)state;
	seal(&text);
	assert_ok(digest_once(SPAN(CANONICAL), sum, &error));
	digest_hex(sum, sizeof(sum), wanted);
	struct cJSON *const root = parse(buf_span(&text));
	assert_string_equal(json_text(root, "digest"), wanted);
	json_free(root);
	assert_ok(check(buf_span(&text)));
	buf_reset(&text);
}

static void
every_bit_counts(void **state)
{
	struct buf text;

	(void)state;
	seal(&text);
	for (size_t i = 0; i < text.n * 8; i++) {
		text.p[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_int_equal(check(buf_span(&text)), RC_FATAL);
		text.p[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	buf_byte(&text, '\n');
	assert_int_equal(check(buf_span(&text)), RC_FATAL);
	assert_int_equal(error.why, WHY_TAMPERED);
	buf_reset(&text);
}

static void
what_is_no_seal(void **state)
{
	static const char *const bad[] = { "{\"x\":1}", "{\"digest\":1}",
		"{\"digest\":\"\"}", "{\"digest\":null,\"x\":1.5}", "{}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(check(span_str(bad[i])), RC_FATAL);
		assert_int_equal(error.why, WHY_TAMPERED);
	}
}

static void
numbers_are_whole(void **state)
{
	struct cJSON *const root = parse(SPAN("{\"a\":[0.5]}"));
	struct buf text;

	(void)state;
	buf_init(&text, 1000);
	assert_why(manifest_digest_write(root, &text, &error), RC_FATAL, error,
	    WHY_CORRUPT);
	json_free(root);
	buf_reset(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_digest_of_the_rest),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(what_is_no_seal),
		cmocka_unit_test(numbers_are_whole),
	};

	return RUN(tests);
}
