/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"
#include "http/retry.h"
#include "http/url.h"
#include "tests/unit/helper.h"

#define NOW INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110) */

static int64_t
after(const char *text)
{
	return retry_parse_after(span_str(text), NOW);
}

static void
seconds(void **state)
{
	(void)state;
	assert_int_equal(after("0"), 0);
	assert_int_equal(after("120"), 120000);
	assert_int_equal(after("  7 \r\n"), 7000);
	/* Absurd, but what was asked for: never less. */
	assert_int_equal(after("999999999999999999999999999999"), RETRY_MAX_MS);
}

static void
dates(void **state)
{
	(void)state;
	assert_int_equal(
	    retry_parse_date(SPAN("Sun, 06 Nov 1994 08:49:37 GMT")), NOW);
	assert_int_equal(
	    retry_parse_date(SPAN("Thu, 01 Jan 1970 00:00:00 GMT")), 0);
	assert_int_equal(
	    retry_parse_date(SPAN("Thu, 29 Feb 2024 23:59:59 GMT")),
	    1709251199);
	assert_int_equal(
	    retry_parse_date(SPAN("Fri, 01 Mar 2024 00:00:00 GMT")),
	    1709251200);
	assert_int_equal(
	    retry_parse_date(SPAN("Wed, 31 Dec 2099 12:00:00 GMT")),
	    4102401600);
	assert_int_equal(after(" Sun, 06 Nov 1994 08:49:40 GMT\r\n"), 3000);
	assert_int_equal(after("Sun, 06 Nov 1994 08:49:00 GMT"), 0);
	assert_int_equal(after("Fri, 31 Dec 9999 23:59:59 GMT"), RETRY_MAX_MS);
}

static void
garbage_is_no_wait(void **state)
{
	static const char *const bad[] = { "", " ", "soon", "-1", "1.5", "1s",
		"0x10", "Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Foo 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 25:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, xx Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(after(bad[i]), HTTP_NO_WAIT);
}

static void
milliseconds(void **state)
{
	(void)state;
	assert_int_equal(retry_parse_after_ms(SPAN(" 250\r\n")), 250);
	assert_int_equal(retry_parse_after_ms(SPAN("x")), HTTP_NO_WAIT);
	assert_int_equal(
	    retry_parse_after_ms(SPAN("99999999999999999999")), RETRY_MAX_MS);
}

static void
backoff_doubles_within_bounds(void **state)
{
	int64_t least = INT64_MAX;
	int64_t most = 0;

	(void)state;
	for (unsigned n = 1; n < 40; n++) {
		int64_t top = 1000;
		for (unsigned i = 1; i < n && top < 60000; i++)
			top *= 2;
		if (top > 60000)
			top = 60000;
		const int64_t wait = retry_backoff_ms(n, 1000);
		assert_in_range(wait, top / 2, top);
	}
	for (int i = 0; i < 200; i++) {
		const int64_t wait = retry_backoff_ms(1, 1000);
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	/* Spread, so that many do not come back at once. */
	assert_true(most - least > 200);
	assert_int_equal(retry_backoff_ms(1, 0), 0);
}

static void
addresses(void **state)
{
	static const struct {
		const char *url;
		enum rc rc;
		bool plain;
	} all[] = {
		{ "https://a.example", RC_OK, false },
		{ "https://a.example:8443/x", RC_OK, false },
		{ "http://127.0.0.1:8080", RC_OK, true },
		{ "http://127.1.2.3/x", RC_OK, true },
		{ "http://localhost:1", RC_OK, true },
		{ "http://[::1]:1", RC_OK, true },
		{ "http://a.example", RC_FATAL, false },
		{ "http://127.evil.example", RC_FATAL, false },
		{ "http://127.0.0.1.evil.example", RC_FATAL, false },
		{ "http://localhost.evil.example", RC_FATAL, false },
		{ "http://localhost@evil.example", RC_FATAL, false },
		{ "http://127.0.0.1@evil.example", RC_FATAL, false },
		{ "http://[::2]", RC_FATAL, false },
		{ "http://10.0.0.1", RC_FATAL, false },
		{ "https://", RC_FATAL, false },
		{ "https://a b", RC_FATAL, false },
		{ "https://a\nb", RC_FATAL, false },
		{ "ftp://127.0.0.1", RC_FATAL, false },
		{ "a.example", RC_FATAL, false },
		{ "", RC_FATAL, false },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		bool plain = true;
		assert_rc(url_check(all[i].url, "it", &plain, &e), all[i].rc);
		assert_int_equal(plain, all[i].plain);
	}
}

/* Of a service of this machine. */
static void
local_addresses(void **state)
{
	static const char *const good[] = { "http://169.254.169.254",
		"http://169.254.130.2:8081/msi/token", "http://127.0.0.1:1",
		"http://localhost:1/x", "https://a.example" };
	static const char *const bad[] = {
		"http://169.254.169.254.evil.example", "http://169.254.1",
		"http://169.255.1.1", "http://10.0.0.1",
		"http://169.254.169.254@evil.example", "http://a.example",
		"https://169.254.169.254@evil.example", "http://169.254.1.1\n"
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_ok(url_check_local(good[i], "it", &e));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_rc(url_check_local(bad[i], "it", &e), RC_FATAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds),
		cmocka_unit_test(dates),
		cmocka_unit_test(garbage_is_no_wait),
		cmocka_unit_test(milliseconds),
		cmocka_unit_test(backoff_doubles_within_bounds),
		cmocka_unit_test(addresses),
		cmocka_unit_test(local_addresses),
	};

	return RUN(tests);
}
