/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a few columns of a row. */
#include "load/row_content.h"
#include "schema/table.h"
#include "tests/unit/helper.h"
#include "util/digest.h"

static struct err error;

static enum rc
make(const char *schema, const char *columns, struct row_content **out)
{
	const struct row_content_options o = { .schema = schema,
		.table = schema_table(schema),
		.columns = columns };

	return row_content_create(out, &o, &error);
}

/* Compare the digest of a line with that of a text. */
static void
assert_content(
    const char *schema, const char *columns, const char *line, const char *text)
{
	struct row_content *c = NULL;
	uint8_t digest[ROW_CONTENT_BYTES];
	uint8_t whole[DIGEST_BYTES];

	assert_ok(make(schema, columns, &c));
	assert_ok(row_content_digest(c, span_str(line), digest, &error));
	assert_ok(digest_once(span_str(text), whole, &error));
	assert_memory_equal(digest, whole, sizeof(digest));
	row_content_destroy(c);
}

static void
values_follow_each_other(void **state)
{
	(void)state;
	assert_content("securityevent", "Computer,EventID",
	    "{\"EventID\":4624,\"X\":{\"Computer\":1},\"Computer\":"
	    "\"a\\\"\\u00fc"
	    "\"}",
	    "a\"\xc3\xbc\n4624\n");
	assert_content("securityevent", "EventID,Computer,Account",
	    "{\"Account\":null,\"Computer\":\"a\"}", "\na\n\n");
	assert_content("windowsevent",
	    "EventData.A,EventData.B,EventData.C,EventData.D",
	    "{\"EventData\": { \"D\" : [1], \"B\":\"\\n\", \"A\":-7}}",
	    "-7\n\n\n\n\n");
	assert_content("raw", "Event.System.TimeCreated.#attributes.SystemTime",
	    "{\"Event\":{\"System\":{\"TimeCreated\":{\"#attributes\":"
	    "{\"SystemTime\":\"t\"}}}}}",
	    "t\n");
	assert_content("raw", "Event.System.Computer",
	    "{\"Event\":{\"System\":\"x\"}}", "\n");
}

static void
the_default_has_columns_for_each_schema(void **state)
{
	static const char *const schemas[] = { "securityevent", "windowsevent",
		"event", "raw", "ecs" };

	(void)state;
	for (size_t i = 0; i < COUNT(schemas); i++) {
		struct row_content *c = NULL;
		assert_ok(make(schemas[i], "default", &c));
		row_content_destroy(c);
	}
}

static void
the_expression_is_kql(void **state)
{
	struct row_content *c = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	assert_ok(make("windowsevent", "Computer,EventData.a-b", &c));
	row_content_put_kql(c, &out);
	assert_buf(&out,
	    "substring(hash_sha256(strcat(tostring(Computer), \"\\n\", "
	    "iff(gettype(EventData[\"a-b\"]) in (\"array\", \"dictionary\"), "
	    "\"\", tostring(EventData[\"a-b\"])), \"\\n\")), 0, 32)");
	buf_cut(&out, 0);
	row_content_put_names(c, &out);
	assert_buf(&out, "\"Computer\",\"EventData.a-b\"");
	row_content_destroy(c);
	buf_reset(&out);
}

static void
a_path_is_written_whole_or_refused(void **state)
{
	struct row_content *c = NULL;
	char name[4000] = "EventData";
	struct buf out;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(name + 9 + 2 * i, ".a", 3);
	buf_init(&out, 20000);
	assert_ok(make("windowsevent", name, &c));
	row_content_put_kql(c, &out);
	/* Each of the 1000 names takes 5 bytes, and is there twice. */
	assert_in_range(out.n, 10000, 12000);
	row_content_destroy(c);
	buf_reset(&out);
	for (size_t i = 1000; i < 1100; i++)
		memcpy(name + 9 + 2 * i, ".a", 3);
	assert_why(make("windowsevent", name, &c), RC_FATAL, error, WHY_USAGE);
	assert_has(error.text, "too long");
	row_content_destroy(c);
}

static void
columns_that_cannot_be_compared(void **state)
{
	static const char *const bad[][3] = {
		{ "securityevent", "", "name" },
		{ "securityevent", "Computer,", "name" },
		{ "securityevent", "Computer )", "name" },
		{ "securityevent", "Nowhere", "not a column" },
		{ "securityevent", "default,Computer", "not a column" },
		{ "securityevent", "TimeGenerated", "TimeCreated_CF" },
		{ "securityevent", "LogonGuid", "only strings" },
		{ "securityevent", "Recovered_CF", "only strings" },
		{ "securityevent", "TenantId", "not a column" },
		{ "securityevent", "Computer.x", "no members" },
		{ "windowsevent", "EventData", "single members" },
		{ "windowsevent", "EventData.", "name" },
		{ "windowsevent", "EventData.a\"b", "name" },
		{ "windowsevent", "EventData..a", "name" },
		{ "ecs", "@timestamp", "name" },
		{ "securityevent",
		    "Task,Task,Task,Task,Task,Task,Task,Task,Task,Task,Task,"
		    "Task,Task,Task,Task,Task,Task,Task,Task,Task,Task,Task,"
		    "Task,Task,Task,Task,Task,Task,Task,Task,Task,Task,Task",
		    "at most 32" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct row_content *c = NULL;
		assert_why(
		    make(bad[i][0], bad[i][1], &c), RC_FATAL, error, WHY_USAGE);
		assert_has(error.text, bad[i][2]);
		row_content_destroy(c);
	}
	row_content_destroy(NULL);
}

static void
a_line_that_is_not_an_object(void **state)
{
	static const char *const bad[] = { "", "[]", "{", "{\"EventID\":}",
		"{\"EventID\":1", "{\"EventID\":1}x" };
	struct row_content *c = NULL;
	uint8_t digest[ROW_CONTENT_BYTES];

	(void)state;
	assert_ok(make("securityevent", "EventID", &c));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_why(
		    row_content_digest(c, span_str(bad[i]), digest, &error),
		    RC_FATAL, error, WHY_CORRUPT);
	row_content_destroy(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_follow_each_other),
		cmocka_unit_test(the_default_has_columns_for_each_schema),
		cmocka_unit_test(the_expression_is_kql),
		cmocka_unit_test(a_path_is_written_whole_or_refused),
		cmocka_unit_test(columns_that_cannot_be_compared),
		cmocka_unit_test(a_line_that_is_not_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
