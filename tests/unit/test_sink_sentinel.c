/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/response.h"
#include "sink/sink.h"
#include "sink/sink_table.h"
#include "tests/unit/helper.h"

static struct err error;

static const struct sink *
sentinel(void)
{
	return sink_table_find("sentinel");
}

static void
names(void **state)
{
	(void)state;
	assert_non_null(sentinel()->remote);
	assert_null(sentinel()->local);
	assert_non_null(sink_table_find("sqlite")->local);
	assert_null(sink_table_find("nowhere"));
}

static void
frame(const char *text, struct buf *out)
{
	const struct sink_remote *const sink = sentinel()->remote;

	buf_cut(out, 0);
	buf_str(out, sink->before);
	buf_str(out, text);
	sink->frame(out->p + strlen(sink->before), strlen(text));
}

static void
lines_become_an_array(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	frame("{\"a\":1}\n{\"b\":\"x,\\n]\"}\n{}\n", &out);
	assert_buf(&out, "[{\"a\":1},{\"b\":\"x,\\n]\"},{}]");
	frame("{}\n", &out);
	assert_buf(&out, "[{}]");
	buf_reset(&out);
}

/* 1,000,000 bytes with brackets and commas, to the byte. */
static void
the_largest_batch_is_the_limit(void **state)
{
	const struct sink *const s = sentinel();

	(void)state;
	assert_int_equal(s->max_bytes + strlen(s->remote->before), 1000000);
}

static void
the_address(void **state)
{
	const struct sink_address to = { "https://a.example/", "dcr-1",
		"Custom-S" };
	static const struct sink_address bad[] = {
		{ "http://a.example", "dcr-1", "Custom-S" },
		{ "https://a.example", "dcr/1", "Custom-S" },
		{ "https://a.example", "", "Custom-S" },
		{ "https://a.example", "dcr-1", "Custom S" },
		{ "https://a.example", "dcr-1", "a?b=c" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_ok(sentinel()->remote->url(&to, &out, &error));
	assert_buf(&out,
	    "https://a.example/dataCollectionRules/dcr-1/streams/Custom-S"
	    "?api-version=2023-01-01");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_why(sentinel()->remote->url(&bad[i], &out, &error),
		    RC_FATAL, error, WHY_USAGE);
	buf_reset(&out);
}

static struct sink_verdict
judge(long status)
{
	const struct http_answer a = { .fate = HTTP_ANSWERED,
		.status = status,
		.wait_ms = HTTP_NO_WAIT,
		.reason = "" };

	return sentinel()->remote->judge(&a);
}

static enum sink_act
expected(long status)
{
	switch (status) {
	case 204:
		return SINK_ACK;
	case 400:
	case 413:
		return SINK_SPLIT;
	case 401:
		return SINK_REFRESH;
	case 408:
	case 429:
		return SINK_RETRY;
	case 501:
	case 505:
		return SINK_HALT;
	default:
		return status / 100 == 2 || status / 100 == 5 ? SINK_RETRY
							      : SINK_HALT;
	}
}

/* Whether the records may be there although the answer does not say so: a
 * server that breaks down may do it after it stored them, one that is too busy
 * does not begin. */
static bool
unsure(long status)
{
	if (status / 100 == 2)
		return status != 204;
	return status / 100 == 5 && status != 501 && status != 503 &&
	       status != 505;
}

/* Every status there is. Only 204 is success. */
static void
every_status(void **state)
{
	(void)state;
	for (long status = 0; status < 1000; status++) {
		const struct sink_verdict v = judge(status);
		assert_int_equal(v.act, expected(status));
		assert_int_equal(v.ambiguous, unsure(status));
		assert_int_equal(v.settles, status == 403 || status == 404);
		assert_int_equal(v.pause, status == 429 || status == 503);
		if (v.act == SINK_HALT || v.act == SINK_REFRESH)
			assert_non_null(v.hint);
	}
}

static void
no_answer(void **state)
{
	struct http_answer a = { .fate = HTTP_LOST, .reason = "reset" };

	(void)state;
	assert_int_equal(sentinel()->remote->judge(&a).act, SINK_RETRY);
	assert_true(sentinel()->remote->judge(&a).ambiguous);
	/* A status that came in a torn answer is no answer. */
	a.status = 204;
	assert_int_equal(sentinel()->remote->judge(&a).act, SINK_RETRY);
	a.fate = HTTP_UNSENT;
	assert_int_equal(sentinel()->remote->judge(&a).act, SINK_RETRY);
	assert_false(sentinel()->remote->judge(&a).ambiguous);
	a.fate = HTTP_REFUSED;
	assert_int_equal(sentinel()->remote->judge(&a).act, SINK_HALT);
}

static void
assert_words(const char *body, const char *want)
{
	const struct http_answer a = { .fate = HTTP_ANSWERED,
		.status = 400,
		.body = span_str(body),
		.reason = "" };
	char out[RESPONSE_MESSAGE_MAX];

	response_message(&a, out);
	assert_string_equal(out, want);
}

static void
the_servers_words(void **state)
{
	char long_body[5000];

	(void)state;
	assert_words(
	    "{\"error\":{\"code\":\"A\",\"message\":\"b c\"}}", "A: b c");
	assert_words("{\"error\":{\"message\":\"m\"}}", "m");
	assert_words("{\"error\":\"text\"}", "{\"error\":\"text\"}");
	assert_words("<html>\r\n\t no \x1b[2J</html>", "<html> no [2J</html>");
	assert_words("", "");
	memset(long_body, 'x', sizeof(long_body) - 1);
	long_body[sizeof(long_body) - 1] = '\0';
	long_body[RESPONSE_MESSAGE_MAX - 1] = '\0';
	assert_words(long_body, long_body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(lines_become_an_array),
		cmocka_unit_test(the_largest_batch_is_the_limit),
		cmocka_unit_test(the_address),
		cmocka_unit_test(every_status),
		cmocka_unit_test(no_answer),
		cmocka_unit_test(the_servers_words),
	};

	return RUN(tests);
}
