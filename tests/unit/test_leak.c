/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "auth/leak.h"
#include "tests/unit/helper.h"

/* As long as an access token, of its letters, without repetition. */
static void
make_secret(char *out, size_t n, uint32_t seed)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
				      "ghijklmnopqrstuvwxyz0123456789-_";

	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		out[i] = letters[seed >> 26];
	}
	out[n] = '\0';
}

static void
every_part_of_a_long_secret_is_found(void **state)
{
	char secret[2001];
	char text[200];

	(void)state;
	make_secret(secret, 2000, 7);
	for (size_t at = 0; at + 12 <= 2000; at++) {
		(void)snprintf(text, sizeof(text), "request %.12s was refused",
		    secret + at);
		assert_true(leak_contains(text, secret));
		/* Letters of another case, as a host name would have them. */
		for (char *p = text; *p != '\0'; p++)
			*p = (char)tolower((unsigned char)*p);
		assert_true(leak_contains(text, secret));
	}
}

static void
eleven_characters_and_other_secrets_are_not(void **state)
{
	char secret[2001];
	char other[2001];
	char text[600];

	(void)state;
	make_secret(secret, 2000, 7);
	for (uint32_t seed = 100; seed < 300; seed++) {
		make_secret(other, 2000, seed);
		(void)snprintf(
		    text, sizeof(text), "%.11s %.450s", secret + seed, other);
		assert_false(leak_contains(text, secret));
	}
	assert_false(leak_contains("", secret));
	assert_false(leak_contains("anything", ""));
}

static void
a_secret_at_the_edges_of_the_text_is_found(void **state)
{
	(void)state;
	assert_true(leak_contains("Sup3rS3cretV", "Sup3rS3cretValue"));
	assert_true(leak_contains("xSup3rS3cretV", "Sup3rS3cretValue"));
	assert_true(leak_contains("3rS3cretValuex", "Sup3rS3cretValue"));
	assert_false(leak_contains("Sup3rS3cret", "Sup3rS3cretValue"));
	/* A short secret is only found as a whole. */
	assert_true(leak_contains("a tiny b", "tiny"));
	assert_false(leak_contains("a tin b", "tiny"));
}

static void
encoded_forms_are_found(void **state)
{
	static const char secret[] = "s3cr~t+/=& value";
	static const char *const forms[] = {
		"s3cr~t%2B%2F%3D%26%20value", "s3cr~t%2b%2f%3d%26+value",
		"s3cr~t%252B%252F%253D%2526%2520value",
		"733363727e742b2f3d262076616c7565",
		"733363727E742B2F3D262076616C7565",
		"czNjcn50Ky89JiB2YWx1ZQ==", /* base64 */
		"eHMzY3J+dCsvPSYgdmFsdWU=", /* of x and it */
		"eHhzM2NyfnQrLz0mIHZhbHVl", /* of xx and it */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		char text[200];
		(void)snprintf(text, sizeof(text), "<%s>", forms[i]);
		assert_true(leak_contains(text, secret));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_of_a_long_secret_is_found),
		cmocka_unit_test(eleven_characters_and_other_secrets_are_not),
		cmocka_unit_test(a_secret_at_the_edges_of_the_text_is_found),
		cmocka_unit_test(encoded_forms_are_found),
	};

	return RUN(tests);
}
