/* SPDX-License-Identifier: Apache-2.0 */
#include "http/answer_head.h"
#include "http/http.h"
#include "tests/unit/helper.h"

static struct answer_head head;

/* Add lines, each ended by LF, until one is refused; true if none was. */
static bool
take(const char *lines, long status)
{
	answer_head_reset(&head);
	while (*lines != '\0') {
		const size_t n = strcspn(lines, "\n") + 1;
		if (!answer_head_add_line(&head, span_of(lines, n), status))
			return false;
		lines += n;
	}
	return true;
}

static void
an_answer(void **state)
{
	(void)state;
	assert_true(take("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n"
			 "retry-after-ms: 9000\r\nx-ms-request-id: ab-12\r\n"
			 "Content-Length: 5\r\n\r\n",
	    429));
	assert_true(head.whole && head.has_body && !head.odd);
	assert_int_equal(head.wait_ms, 9000);
	assert_string_equal(head.id, "ab-12");
}

static void
a_challenge_is_kept_as_it_is(void **state)
{
	char long_one[700];

	(void)state;
	assert_true(take("HTTP/1.1 401 No\r\nwww-authenticate:  Basic realm=/a "
			 "\r\n\r\n",
	    401));
	assert_string_equal(head.challenge, "Basic realm=/a");
	/* A truncated header could name another file. */
	(void)snprintf(long_one, sizeof(long_one),
	    "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=/%0600d\r\n\r\n",
	    1);
	assert_true(take(long_one, 401));
	assert_string_equal(head.challenge, "");
}

static void
an_interim_head_leaves_nothing_behind(void **state)
{
	(void)state;
	assert_true(take("HTTP/1.1 100 Go\r\nRetry-After: 7\r\n"
			 "Content-Length: 5\r\nx-ms-request-id: a\r\n"
			 "HTTP/1.1 204 OK\r\n\r\n",
	    204));
	assert_true(head.whole && !head.has_body);
	assert_int_equal(head.wait_ms, HTTP_NO_WAIT);
	assert_string_equal(head.id, "");
}

static void
what_is_no_answer_is_given_up(void **state)
{
	static const struct {
		const char *lines;
		long status;
	} odd[] = {
		{ "HTTP/1.1 999 Odd\r\n\r\n", 999 },
		{ "HTTP/1.1 042 Odd\r\n\r\n", 42 },
		{ "HTTP/2 204\r\n\r\n", 204 },
		{ "HTTP/1.1 204 OK\r\nContent-Length: 3\r\n\r\n", 204 },
		{ "HTTP/1.1 204 OK\r\nTransfer-Encoding: x\r\n\r\n", 204 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		assert_false(take(odd[i].lines, odd[i].status));
		assert_true(head.odd && !head.whole);
	}
	assert_true(take("HTTP/1.0 204 OK\r\nContent-Length: 0\r\n\r\n", 204));
}

static void
a_head_without_end_is_given_up(void **state)
{
	static char line[1024];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 2] = '\n';
	answer_head_reset(&head);
	size_t lines = 0;
	while (answer_head_add_line(&head, span_str(line), 200))
		lines++;
	assert_true(lines <= HTTP_HEADERS_MAX / strlen(line));
	assert_false(head.whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer),
		cmocka_unit_test(a_challenge_is_kept_as_it_is),
		cmocka_unit_test(an_interim_head_leaves_nothing_behind),
		cmocka_unit_test(what_is_no_answer_is_given_up),
		cmocka_unit_test(a_head_without_end_is_given_up),
	};

	return RUN(tests);
}
