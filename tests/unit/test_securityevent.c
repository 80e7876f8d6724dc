/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of SecurityEvent, its table, and the texts of Activity. */
#include "schema/activity.h"
#include "schema/schema.h"
#include "schema/table.h"
#include "tests/unit/row.h"

/* The value of a named Data as the row shows it. */
static void
assert_column(const char *name, struct value v, const char *want)
{
	char inside[200];
	char part[300];

	(void)snprintf(inside, sizeof(inside),
	    "<EventData><Data Name='%s'>{0}</Data></EventData>", name);
	(void)snprintf(part, sizeof(part), ",\"%s\":%s,", name, want);
	assert_row(inside, &v, part);
}

static void
the_table_takes_channels_of_the_connector(void **state)
{
	static const struct {
		const char *channel;
		bool taken;
	} cases[] = {
		{ "Security", true },
		{ "SECURITY", true },
		{ "Microsoft-Windows-AppLocker/EXE and DLL", true },
		{ "microsoft-windows-applocker/MSI and Script", true },
		{ "Microsoft-Windows-AppLocker", false },
		{ "Microsoft-Windows-AppLocker/", false },
		{ "Security2", false },
		{ "Securit", false },
		{ "System", false },
		{ "", false },
	};
	const struct schema *const s = &schema_securityevent;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct value wide = wide_value(cases[i].channel);
		const struct value text = utf8_value(cases[i].channel);
		assert_int_equal(schema_accepts(s, &wide), cases[i].taken);
		assert_int_equal(schema_accepts(s, &text), cases[i].taken);
	}
	assert_false(schema_accepts(s, NULL));
	assert_true(schema_accepts(&schema_windowsevent, NULL));
}

static void
five_columns_are_always_there(void **state)
{
	char *const text = row_of(&schema_securityevent, NULL, "", NULL);

	(void)state;
	assert_string_equal(text,
	    "{\"TimeGenerated\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"Computer\":\"\",\"Channel\":\"\",\"EventID\":\"\","
	    "\"Activity\":\"\",\"SystemUserId\":\"N/A\","
	    "\"TimeCreated_CF\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"RecordKey_CF\":\"" KEY "\"}");
	free(text);
}

static void
the_head_of_a_logon(void **state)
{
	static const char inside[] =
	    "<System><Provider Name='Microsoft-Windows-Security-Auditing'/>"
	    "<EventID>4624</EventID><Version>2</Version><Level>0</Level>"
	    "<Task>12544</Task><Opcode>0</Opcode>"
	    "<Keywords>0x8020000000000000</Keywords>"
	    "<EventRecordID>77</EventRecordID>"
	    "<Correlation ActivityID='{0}'/>"
	    "<Execution ProcessID='692' ThreadID='700'/>"
	    "<Channel>Security</Channel><Computer>DC01</Computer>"
	    "<Security UserID='S-1-5-18'/></System>";
	const struct value guid =
	    hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d");
	static const char *const parts[] = {
		",\"Computer\":\"DC01\",\"EventSourceName\":"
		"\"Microsoft-Windows-Security-Auditing\","
		"\"Channel\":\"Security\",\"Task\":12544,\"Level\":\"0\",",
		"\"EventID\":4624,\"Activity\":\"4624 - An account was "
		"successfully logged on.\",",
		",\"SystemUserId\":\"S-1-5-18\",\"Version\":2,\"Opcode\":"
		"\"0\",\"Keywords\":\"0x8020000000000000\",\"Correlation\":"
		"\"{54849625-5478-4994-a5ba-3e3b0328c30d}\","
		"\"SystemProcessId\":692,\"SystemThreadId\":700,"
		"\"EventRecordId\":\"77\",",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++)
		assert_row(inside, &guid, parts[i]);
}

static void
columns_come_in_the_order_of_the_table(void **state)
{
	char inside[16000];
	size_t n = (size_t)snprintf(inside, sizeof(inside), "<EventData>");

	(void)state;
	/* In the event they stand the other way round. */
	for (size_t i = table_securityevent.n; i-- > 0;) {
		const struct column *const c = &table_securityevent.columns[i];
		if (c->kind == COLUMN_FIELD && i % 4 == 0)
			n += (size_t)snprintf(inside + n, sizeof(inside) - n,
			    "<Data Name='%s'>1</Data>", c->name);
	}
	(void)snprintf(inside + n, sizeof(inside) - n, "</EventData>");
	assert_true(n < 7000);
	char *const text = row_of(&schema_securityevent, NULL, inside, NULL);
	const char *at = text;
	unsigned found = 0;
	for (size_t i = 0; i < table_securityevent.n; i++) {
		char name[100];
		(void)snprintf(name, sizeof(name),
		    "\"%s\":", table_securityevent.columns[i].name);
		if (strstr(text, name) == NULL)
			continue;
		at = strstr(at, name);
		if (at == NULL)
			fail_msg("%s stands too early", name);
		found++;
	}
	assert_true(found > 40);
	free(text);
}

static void
strings(void **state)
{
	(void)state;
	assert_column(
	    "CommandLine", wide_value("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
	assert_column("SubjectLogonId",
	    hex_value(VALUE_HEX64, "e703000000000000"), "\"0x3e7\"");
	assert_column("IpPort", utf8_value("49152"), "\"49152\"");
	assert_column("TargetUserSid",
	    hex_value(VALUE_SID, "010100000000000512000000"), "\"S-1-5-18\"");
	assert_column("CommandLine", hex_value(VALUE_WSTRING, ""), "\"\"");
	assert_column("CommandLine", hex_value(VALUE_NULL, ""), "\"\"");
}

static void
line_ends_become_one_blank(void **state)
{
	(void)state;
	assert_column("PrivilegeList", utf8_value("A\r\n\t\t\tB\r\nC"),
	    "\"A \\t\\t\\tB C\"");
	assert_column("PrivilegeList", utf8_value("A\nB\rC"), "\"A\\nB\\rC\"");
	/* These are a backslash and letters, not a line end. */
	assert_column(
	    "CommandLine", utf8_value("C:\\r\\n"), "\"C:\\\\r\\\\n\"");
	assert_column("CommandLine", utf8_value("\\\r\n"), "\"\\\\ \"");
}

static void
guids_are_bare_and_lower_case(void **state)
{
	static const char want[] = "\"54849625-5478-4994-a5ba-3e3b0328c30d\"";

	(void)state;
	assert_column("LogonGuid",
	    hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d"), want);
	assert_column("LogonGuid",
	    utf8_value("{54849625-5478-4994-A5BA-3E3B0328C30D}"), want);
	assert_column("LogonGuid",
	    wide_value("{54849625-5478-4994-A5BA-3E3B0328C30D}"), want);
	/* Not braced: a text like any other. */
	assert_column("LogonGuid",
	    utf8_value("54849625-5478-4994-A5BA-3E3B0328C30D"),
	    "\"54849625-5478-4994-A5BA-3E3B0328C30D\"");
}

static void
integer_columns(void **state)
{
	(void)state;
	assert_column("LogonType", hex_value(VALUE_U32, "0a000000"), "10");
	assert_column("LogonType", utf8_value("3"), "3");
	assert_column("KeyLength", utf8_value("0x80"), "128");
	assert_column("KeyLength", hex_value(VALUE_HEX32, "ff000000"), "255");
	/* 32 bits, as the service has them. */
	assert_column("ErrorCode", utf8_value("0xc000006d"), "-1073741715");
	assert_column("ErrorCode", utf8_value("2147483647"), "2147483647");
	assert_column("ErrorCode", utf8_value("4294967296"), "null");
	assert_column(
	    "ErrorCode", hex_value(VALUE_I32, "5f800480"), "-2147188641");
	assert_column(
	    "ErrorCode", hex_value(VALUE_I64, "ffffffffffffffff"), "-1");
	assert_column(
	    "ErrorCode", hex_value(VALUE_I64, "ffffff7fffffffff"), "null");
	assert_column("ErrorCode", utf8_value("-2147483648"), "-2147483648");
	assert_column("ErrorCode", utf8_value("-2147483649"), "null");
	assert_column("ErrorCode", utf8_value("-0x10"), "-16");
	assert_column("ErrorCode", utf8_value("--1"), "null");
	assert_column("ErrorCode", utf8_value("-"), "null");
	assert_column("ErrorCode", utf8_value("%%2313"), "null");
}

static void
an_integer_that_is_null_is_not_there(void **state)
{
	const struct value empty = hex_value(VALUE_WSTRING, "");
	char *const text = row_of(&schema_securityevent, NULL,
	    "<EventData><Data Name='LogonType'>{0}</Data></EventData>", &empty);

	(void)state;
	assert_null(strstr(text, ",\"LogonType"));
	free(text);
	assert_lacks(
	    "<EventData><Data Name='LogonType'/></EventData>", ",\"LogonType");
	assert_lacks(
	    "<EventData><Data Name='Other'>1</Data></EventData>", ",\"Other");
}

static void
user_data_has_its_fields_one_element_deeper(void **state)
{
	(void)state;
	assert_row("<UserData><LogFileCleared xmlns='x'>"
		   "<SubjectUserSid>S-1-5-18</SubjectUserSid>"
		   "<SubjectUserName>adm</SubjectUserName>"
		   "</LogFileCleared></UserData>",
	    NULL,
	    ",\"SubjectUserName\":\"adm\",\"SubjectUserSid\":\"S-1-5-18\",");
}

static void
the_first_of_repeated_fields_counts(void **state)
{
	(void)state;
	assert_row("<EventData><Data Name='Status'>a</Data>"
		   "<Data Name='Status'>b</Data></EventData>",
	    NULL, ",\"Status\":\"a\",");
	assert_lacks("<EventData><Data Name='Status'>a</Data>"
		     "<Data Name='Status'>b</Data></EventData>",
	    "\"b\"");
}

static void
data_cannot_pose_as_the_head(void **state)
{
	static const char inside[] =
	    "<System><Computer>DC</Computer><Channel>Security</Channel>"
	    "</System><EventData><Data Name='Computer'>forged</Data>"
	    "<Data Name='TimeGenerated'>forged</Data>"
	    "<Data Name='RecordKey_CF'>forged</Data>"
	    "<Data Name='TenantId'>forged</Data></EventData>";

	(void)state;
	assert_row(inside, NULL, "\"Computer\":\"DC\"");
	assert_row(inside, NULL, "\"RecordKey_CF\":\"" KEY "\"");
	assert_lacks(inside, "\"Computer\":\"forged\"");
	assert_lacks(inside, "\"TimeGenerated\":\"forged\"");
	assert_lacks(inside, "\"RecordKey_CF\":\"forged\"");
}

static void
an_id_without_text_shows_its_number(void **state)
{
	(void)state;
	assert_row("<System><EventID>9999</EventID></System>", NULL,
	    "\"EventID\":9999,\"Activity\":\"9999\"");
}

static void
activities(void **state)
{
	(void)state;
	assert_string_equal(
	    activity_text(4625), "An account failed to log on.");
	assert_string_equal(activity_text(1102), "The audit log was cleared.");
	assert_non_null(activity_text(403));
	assert_non_null(activity_text(8002));
	assert_null(activity_text(0));
	assert_null(activity_text(9999));
	assert_null(activity_text(65536 + 4624));
	assert_null(activity_text(UINT64_MAX));
}

/* The table is searched by halves: out of order, some id would be lost. */
static void
activities_are_all_found(void **state)
{
	unsigned n = 0;

	(void)state;
	for (uint64_t id = 0; id <= 65535; id++) {
		if (activity_text(id) == NULL)
			continue;
		assert_true(activity_text(id)[0] != '\0');
		n++;
	}
	assert_true(n > 380);
}

static void
tables(void **state)
{
	(void)state;
	assert_ptr_equal(schema_table("securityevent"), &table_securityevent);
	assert_ptr_equal(schema_table("raw"), &table_raw);
	assert_null(schema_table("SecurityEvent"));
	assert_string_equal(table_securityevent.name, "SecurityEvent");
	assert_string_equal(table_securityevent.key, "RecordKey_CF");
	assert_int_equal(table_raw.n, 0);
	assert_ptr_equal(schema_securityevent.table, &table_securityevent);
	assert_int_equal(
	    schema_securityevent.default_provenance, SCHEMA_PROVENANCE_KEY);
}

static void
no_column_is_there_twice(void **state)
{
	const struct table *const t = &table_securityevent;

	(void)state;
	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    t->columns[i].name, t->columns[k].name);
	}
	assert_true(t->n > 220);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_takes_channels_of_the_connector),
		cmocka_unit_test(five_columns_are_always_there),
		cmocka_unit_test(the_head_of_a_logon),
		cmocka_unit_test(columns_come_in_the_order_of_the_table),
		cmocka_unit_test(strings),
		cmocka_unit_test(line_ends_become_one_blank),
		cmocka_unit_test(guids_are_bare_and_lower_case),
		cmocka_unit_test(integer_columns),
		cmocka_unit_test(an_integer_that_is_null_is_not_there),
		cmocka_unit_test(user_data_has_its_fields_one_element_deeper),
		cmocka_unit_test(the_first_of_repeated_fields_counts),
		cmocka_unit_test(data_cannot_pose_as_the_head),
		cmocka_unit_test(an_id_without_text_shows_its_number),
		cmocka_unit_test(activities),
		cmocka_unit_test(activities_are_all_found),
		cmocka_unit_test(tables),
		cmocka_unit_test(no_column_is_there_twice),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
