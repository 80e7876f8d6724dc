/* SPDX-License-Identifier: Apache-2.0 */
/* What answers of the query API mean. */
#include "sink/workspace_query.h"
#include "tests/unit/helper.h"

static struct err error;

#define HEAD \
	"{\"tables\":[{\"name\":\"PrimaryResult\",\"columns\":" \
	"[{\"name\":\"Key\"},{\"name\":\"Rows\"}],\"rows\":"

#define CONTENT_HEAD \
	"{\"tables\":[{\"columns\":[{\"name\":\"Key\"}," \
	"{\"name\":\"Content\"},{\"name\":\"Rows\"}],\"rows\":"

static struct http_answer
answered(long status, const char *body)
{
	return (struct http_answer){ .fate = HTTP_ANSWERED,
		.status = status,
		.body = span_str(body),
		.wait_ms = HTTP_NO_WAIT,
		.reason = "" };
}

static enum sink_act
act_of(long status, const char *body)
{
	const struct http_answer answer = answered(status, body);

	return workspace_query_judge(&answer).act;
}

static void
only_a_whole_answer_counts(void **state)
{
	(void)state;
	assert_int_equal(act_of(200, HEAD "[]}]}"), SINK_ACK);
	assert_int_equal(act_of(200, HEAD "[]}],\"error\":{}}"), SINK_SPLIT);
	assert_int_equal(act_of(200, HEAD "[[\"a"), SINK_SPLIT);
	assert_int_equal(act_of(200, ""), SINK_RETRY);
	assert_int_equal(act_of(204, ""), SINK_ACK);
	assert_int_equal(act_of(504, ""), SINK_SPLIT);
	assert_int_equal(act_of(202, ""), SINK_HALT);
	assert_int_equal(act_of(302, ""), SINK_HALT);
}

static void
others_wait_or_stop(void **state)
{
	const struct http_answer denied = answered(403, "");

	(void)state;
	assert_int_equal(act_of(400, ""), SINK_HALT);
	assert_int_equal(act_of(401, ""), SINK_REFRESH);
	assert_int_equal(act_of(404, ""), SINK_HALT);
	assert_int_equal(act_of(429, ""), SINK_RETRY);
	assert_int_equal(act_of(500, ""), SINK_RETRY);
	assert_int_equal(act_of(503, ""), SINK_RETRY);
	assert_non_null(strstr(
	    workspace_query_judge(&denied).hint, "Log Analytics Reader"));
}

static enum rc
add(void *arg, const struct workspace_row *row, struct err *e)
{
	struct buf *const out = arg;

	(void)e;
	buf_fmt(out, "%s%s=%llu ", row->text, row->content,
	    (unsigned long long)row->n);
	return RC_OK;
}

static enum rc
rows_of(const char *body, struct buf *out)
{
	const struct http_answer answer = answered(200, body);

	buf_cut(out, 0);
	return workspace_query_each_row(&answer, add, out, &error);
}

static void
rows(void **state)
{
	static const char twice[] =
	    "{\"tables\":[{\"columns\":[{\"name\":\"Key\"},{\"name\":"
	    "\"Key\"}],\"rows\":[]}]}";
	static const char *const odd[] = { "{}", "[]", "{\"tables\":[]}",
		HEAD "[[\"a\"]]}]}", HEAD "[[\"a\",-1]]}]}", HEAD "[[1,1]]}]}",
		HEAD "[[\"a\",\"x\"]]}]}", HEAD "[[\"a\",1,2]]}]}",
		HEAD "{}}]}", twice, CONTENT_HEAD "[[\"a\",1,1]]}]}",
		CONTENT_HEAD "[[\"a\",\"x\"]]}]}" };
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(
	    rows_of(HEAD "[[\"a\",1],[\"b\",\"20\"]]}]}", &out), RC_OK);
	assert_buf(&out, "a=1 b=20 ");
	assert_int_equal(
	    rows_of(CONTENT_HEAD "[[\"a\",\"x\",1]]}]}", &out), RC_OK);
	assert_buf(&out, "ax=1 ");
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		assert_int_equal(rows_of(odd[i], &out), RC_FATAL);
	buf_reset(&out);
}

static void
addresses(void **state)
{
	static const char id[] = "00000000-0000-0000-0000-00000000000a";
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(
	    workspace_query_put_url("https://a.example/", id, &out, &error),
	    RC_OK);
	assert_string_equal(out.p,
	    "https://a.example/v1/workspaces/"
	    "00000000-0000-0000-0000-00000000000a/query");
	assert_int_equal(
	    workspace_query_put_url("https://a", "../x", &out, &error),
	    RC_FATAL);
	assert_int_equal(
	    workspace_query_put_url("ftp://a", id, &out, &error), RC_FATAL);
	assert_int_equal(
	    workspace_query_put_url("http://a", id, &out, &error), RC_FATAL);
	buf_reset(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_answer_counts),
		cmocka_unit_test(others_wait_or_stop),
		cmocka_unit_test(rows),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
