/* SPDX-License-Identifier: Apache-2.0 */
/* How the client reads a server's answer; the server sends exactly these bytes.
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/http.h"
#include "tests/unit/helper.h"
#include "util/clock.h"

#define BODY "[{}]"
#define TIMEOUT_MS 20000

static struct err error;
static struct http *http;
static char url[64];
static int listening = -1;

static int
setup(void **state)
{
	static const struct http_options o = { .window = 1,
		.timeout_ms = TIMEOUT_MS };
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	(void)state;
	listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (listening == -1 ||
	    bind(listening, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(listening, 1) == -1 ||
	    getsockname(listening, (struct sockaddr *)&at, &n) == -1)
		return -1;
	(void)snprintf(
	    url, sizeof(url), "http://127.0.0.1:%u/", ntohs(at.sin_port));
	return http_create(&o, &http, &error) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	http_destroy(http);
	return close(listening);
}

/* The server: read the whole request, send the answer and close the connection.
 */
static void
serve(int *connection, struct buf *got, const char *answer)
{
	char piece[4096];

	if (*connection == -1)
		*connection = accept(listening, NULL, NULL);
	if (*connection == -1)
		return;
	const ssize_t n = recv(*connection, piece, sizeof(piece), MSG_DONTWAIT);
	if (n > 0)
		buf_put(got, span_of(piece, (size_t)n));
	if (got->n < strlen(BODY) ||
	    memcmp(got->p + got->n - strlen(BODY), BODY, strlen(BODY)) != 0)
		return;
	buf_cut(got, 0);
	assert_int_equal(send(*connection, answer, strlen(answer), 0),
	    (ssize_t)strlen(answer));
	(void)close(*connection);
	*connection = -1;
}

/* The answer as the client reports it. */
static struct http_answer
ask(const char *answer)
{
	static const char *const none[] = { NULL };
	const struct http_request request = {
		.url = url, .headers = none, .body = SPAN(BODY), .tag = &error
	};
	struct http_answer a;
	int connection = -1;
	struct buf got;

	buf_init(&got, 65536);
	assert_ok(http_start(http, &request, &error));
	while (!http_next_answer(http, &a)) {
		assert_ok(http_wait(http, 1, &error));
		serve(&connection, &got, answer);
	}
	buf_reset(&got);
	return a;
}

/* The wait read from these headers of a 429. */
static int64_t
wait_of(const char *headers)
{
	char answer[512];

	(void)snprintf(answer, sizeof(answer),
	    "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n%s\r\n",
	    headers);
	const struct http_answer a = ask(answer);
	assert_int_equal(a.fate, HTTP_ANSWERED);
	assert_int_equal(a.status, 429);
	return a.wait_ms;
}

/* A wait in the wrong unit means another 429 or an idle hour. */
static void
the_wait_that_the_server_asks_for(void **state)
{
	static const struct {
		const char *headers;
		int64_t ms;
	} cases[] = {
		{ "", HTTP_NO_WAIT },
		{ "Retry-After: 7\r\n", 7000 },
		{ "retry-after:120\r\n", 120000 },
		{ "Retry-After: 0\r\n", 0 },
		{ "Retry-After: -1\r\n", HTTP_NO_WAIT },
		{ "Retry-After: soon\r\n", HTTP_NO_WAIT },
		{ "retry-after-ms: 1500\r\n", 1500 },
		{ "x-ms-retry-after-ms: 250\r\n", 250 },
		{ "Retry-After: 7\r\nretry-after-ms: 6500\r\n", 7000 },
		{ "x-ms-retry-after-ms: 6500\r\nRetry-After: 7\r\n", 7000 },
		{ "retry-after-ms: x\r\nRetry-After: 7\r\n", 7000 },
		{ "X-Retry-After: 7\r\n", HTTP_NO_WAIT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const int64_t ms = wait_of(cases[i].headers);
		if (ms != cases[i].ms)
			fail_msg("%s is a wait of %lld ms", cases[i].headers,
			    (long long)ms);
	}
}

static void
a_date_is_waited_for(void **state)
{
	const time_t then = (time_t)clock_now() + 90;
	char header[64];
	struct tm tm;

	(void)state;
	assert_non_null(gmtime_r(&then, &tm));
	assert_true(strftime(header, sizeof(header),
			"Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm) > 0);
	const int64_t ms = wait_of(header);
	assert_true(ms <= 90000 && ms > 90000 - TIMEOUT_MS);
}

/* Only the headers of the last response count. */
static void
an_interim_answer_asks_for_nothing(void **state)
{
	(void)state;
	const struct http_answer a =
	    ask("HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n"
		"x-ms-request-id: one\r\n\r\n"
		"HTTP/1.1 204 No Content\r\nx-ms-request-id: two\r\n\r\n");
	assert_int_equal(a.fate, HTTP_ANSWERED);
	assert_int_equal(a.status, 204);
	assert_int_equal(a.wait_ms, HTTP_NO_WAIT);
	assert_string_equal(a.id, "two");
}

/* An incomplete acknowledgement does not count. */
static void
half_an_answer_is_lost(void **state)
{
	static const char *const halves[] = { "HTTP/1.1 204 No Content\r\n",
		"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "" };

	(void)state;
	for (size_t i = 0; i < COUNT(halves); i++) {
		const struct http_answer a = ask(halves[i]);
		if (a.fate != HTTP_LOST)
			fail_msg("\"%s\" is fate %d", halves[i], (int)a.fate);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wait_that_the_server_asks_for),
		cmocka_unit_test(a_date_is_waited_for),
		cmocka_unit_test(an_interim_answer_asks_for_nothing),
		cmocka_unit_test(half_an_answer_is_lost),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
