/* SPDX-License-Identifier: Apache-2.0 */
/* The file of --accounts, the columns computed from it, and --system-columns.
 */
#include "schema/accounts.h"
#include "schema/agent_columns.h"
#include "tests/unit/row.h"

static struct err error;
static char dir[TEMP_MAX];

static enum rc
read_text(struct accounts **a, const char *text)
{
	file_write(in(dir, "accounts"), span_str(text));
	return accounts_read(a, in(dir, "accounts"), &error);
}

static void
assert_account(const struct accounts *a, const char *sid, const char *want)
{
	const struct value v = utf8_value(sid);

	assert_span(accounts_find(a, &v), want);
}

static void
lines_of_both_kinds(void **state)
{
	struct accounts *a;
	const struct value sid =
	    hex_value(VALUE_SID, "0103000000000005150000000100000002000000");
	const struct value wide = wide_value("S-1-5-21-9");
	const struct value no_sid = hex_value(VALUE_SID, "0103");

	(void)state;
	assert_ok(read_text(&a, "\xef\xbb\xbfSID,account\r\n"
				"# from a domain controller\r\n\r\n"
				"S-1-5-21-9,\"CORP\\bob\"\r\n"
				"S-1-5-21-1-2\tCORP\\ann, the \"boss\"\n"
				"S-1-5-21-9,CORP\\bob\n"
				"S-1-5-80-0,J\xc3\xb6rg"));
	assert_account(a, "S-1-5-21-9", "CORP\\\\bob");
	assert_account(a, "S-1-5-21-1-2", "CORP\\\\ann, the \\\"boss\\\"");
	assert_account(a, "S-1-5-80-0", "J\xc3\xb6rg");
	assert_account(a, "S-1-5-21-1", "");
	assert_account(a, "S-1-5-21-99", "");
	assert_account(a, "", "");
	assert_span(accounts_find(a, &sid), "CORP\\\\ann, the \\\"boss\\\"");
	assert_span(accounts_find(a, &no_sid), "");
	assert_span(accounts_find(NULL, &sid), "");
	assert_span(accounts_find(a, &wide), "CORP\\\\bob");
	assert_span(
	    accounts_find(a, &(struct value){ .type = VALUE_NULL }), "");
	assert_int_equal(strlen(accounts_sha256(a)), 64);
	accounts_destroy(a);
	assert_ok(read_text(&a, ""));
	assert_account(a, "S-1-5-18", "");
	accounts_destroy(a);
}

static void
a_line_that_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} wrong[] = {
		{ "# x\nS-1-5-18\n", "accounts:2: a SID and an account" },
		{ "S-1-5-18,\n", "accounts:1: the account is empty" },
		{ "S-1-5-18,a,b\n", "accounts:1: more than two fields" },
		{ "S-1-5-18\ta\tb\n", "accounts:1: more than two fields" },
		{ "S-1-5-18,a\nS-1,b\n", "accounts:2: not a SID" },
		{ "S-1-5-,b\n", "accounts:1: not a SID" },
		{ "S-1--5,b\n", "accounts:1: not a SID" },
		{ "S-1-5-18x,b\n", "accounts:1: not a SID" },
		{ "S-2-5-18,b\n", "accounts:1: not a SID" },
		{ "CORP\\bob,S-1-5-18\n", "accounts:1: not a SID" },
		{ "S-1-5-18,a\x1b[2J\n", "accounts:1: the account has a" },
		{ "S-1-5-18,a\xff\n", "accounts:1: the account is not UTF-8" },
		{ "S-1-5-1,x\nS-1-5-18,a\nSID,b\n", "accounts:3: not a SID" },
		{ "S-1-5-18,a\nS-1-5-19,b\nS-1-5-18,b\n",
		    "accounts:3: line 1 has another account" },
	};
	struct accounts *a;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_why(
		    read_text(&a, wrong[i].text), RC_FATAL, error, WHY_USAGE);
		assert_says(error, wrong[i].says);
		accounts_destroy(a);
	}
	assert_why(accounts_read(&a, in(dir, "none"), &error), RC_FATAL, error,
	    WHY_USAGE);
	accounts_destroy(a);
}

#define APPLOCKER(user) \
	"<System><EventID>8002</EventID><Computer>WS01</Computer>" \
	"<Security UserID='" user "'/></System>" \
	"<UserData><RuleAndFileData><TargetUser>" user "</TargetUser>" \
	"</RuleAndFileData></UserData>"

static void
assert_with(const struct schema *schema, const struct accounts *a,
    const char *inside, const char *part)
{
	const struct schema_options o = { .accounts = a };
	char *const text = row_of(schema, &o, inside, NULL);

	assert_has(text, part);
	free(text);
}

static void
accounts_of_applocker_and_of_events(void **state)
{
	struct accounts *a;

	(void)state;
	assert_ok(read_text(&a, "S-1-5-21-1,CORP\\ann\nS-1-5-21-2,CORP\\WS01$\n"
				"S-1-5-18,NT-AUTORIT\xc3\x84T\\SYSTEM\n"));
	assert_with(&schema_securityevent, a, APPLOCKER("S-1-5-21-1"),
	    ",\"Account\":\"CORP\\\\ann\",\"AccountType\":\"User\",");
	assert_with(&schema_securityevent, a, APPLOCKER("S-1-5-21-1"),
	    ",\"TargetUser\":\"S-1-5-21-1\",");
	assert_with(&schema_securityevent, a, APPLOCKER("S-1-5-21-2"),
	    ",\"Account\":\"CORP\\\\WS01$\",\"AccountType\":\"Machine\",");
	assert_with(&schema_securityevent, a, APPLOCKER("S-1-5-18"),
	    "\\\\SYSTEM\",\"AccountType\":\"Machine\",");
	assert_with(&schema_securityevent, a, APPLOCKER("S-1-5-21-3"),
	    ",\"Account\":\"S-1-5-21-3\",\"AccountType\":\"User\",");
	assert_with(&schema_securityevent, NULL, APPLOCKER("S-1-5-21-1"),
	    ",\"Account\":\"S-1-5-21-1\",\"AccountType\":\"User\",");
	assert_with(&schema_event_table, a, APPLOCKER("S-1-5-21-1"),
	    ",\"UserName\":\"CORP\\\\ann\",");
	assert_with(&schema_event_table, a, APPLOCKER("S-1-5-18"),
	    ",\"UserName\":\"NT-AUTORIT\xc3\x84T\\\\SYSTEM\",");
	/* Schemas whose columns have other names do not change. */
	assert_with(&schema_securityevent, a,
	    "<System><EventID>4624</EventID></System><EventData>"
	    "<Data Name='TargetUserSid'>S-1-5-21-1</Data>"
	    "<Data Name='TargetDomainName'>D</Data>"
	    "<Data Name='TargetUserName'>u</Data></EventData>",
	    ",\"Account\":\"D\\\\u\",");
	accounts_destroy(a);
}

static void
system_columns_when_asked_for(void **state)
{
	const struct schema_options o = { .system_columns = true };
	static const char inside[] =
	    "<System><Computer>WS01.Corp.Example</Computer></System>"
	    "<EventData/>";
	/* uuid.uuid5(uuid.NAMESPACE_DNS, 'ws01.corp.example') of Python. */
#define ID "e122371d-d215-5c49-9b89-3e9f116951b3"
	char *text = row_of(&schema_securityevent, &o, inside, NULL);

	(void)state;
	assert_has(text, ",\"SourceSystem\":\"OpsManager\",");
	assert_has(text, ",\"SourceComputerId\":\"" ID "\",");
	free(text);
	text = row_of(&schema_event_table, &o, inside, NULL);
	assert_has(text, ",\"SourceSystem\":\"OpsManager\",");
	assert_has(text, " sourceHealthServiceId=\\\"" ID "\\\">");
	assert_null(strstr(text, "SourceComputerId"));
	free(text);
	text = row_of(&schema_securityevent, &o, "<EventData/>", NULL);
	assert_null(strstr(text, "SourceComputerId"));
	free(text);
	text = row_of(&schema_securityevent, NULL, inside, NULL);
	assert_null(strstr(text, "SourceSystem"));
	free(text);
}

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return 0;
}

static int
teardown(void **state)
{
	temp_remove(dir);
	return helper_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_both_kinds),
		cmocka_unit_test(a_line_that_is_wrong_is_named),
		cmocka_unit_test(accounts_of_applocker_and_of_events),
		cmocka_unit_test(system_columns_when_asked_for),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
