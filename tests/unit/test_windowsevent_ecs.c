/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of WindowsEvent, documents of ecs, and the objects in them. */
#include "schema/table.h"
#include "tests/unit/row.h"

static void
assert_part(const struct schema *schema, const char *inside,
    const struct value *values, const char *part)
{
	char *const text = row_of(schema, NULL, inside, values);

	assert_has(text, part);
	free(text);
}

static void
assert_data(const char *inside, const struct value *values, const char *want)
{
	char part[1000];

	(void)snprintf(part, sizeof(part), ",\"EventData\":%s,\"Time", want);
	assert_part(&schema_windowsevent, inside, values, part);
}

#define HEAD \
	"<System><Provider Name='P' Guid='{0}'/><EventID>4624</EventID>" \
	"<Version>2</Version><Level>0</Level><Task>12544</Task>" \
	"<Opcode>0</Opcode><Keywords>0x8020000000000000</Keywords>" \
	"<EventRecordID>77</EventRecordID><Correlation ActivityID='{0}'/>" \
	"<Execution ProcessID='692' ThreadID='700'/>" \
	"<Channel>Security</Channel><Computer>DC01</Computer>" \
	"<Security UserID='S-1-5-18'/></System>"

static void
a_row_of_windowsevent(void **state)
{
	const struct value guid =
	    hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d");
	char *const text = row_of(&schema_windowsevent, NULL,
	    HEAD "<EventData><Data Name='A'>{0}</Data></EventData>", &guid);

	(void)state;
	assert_string_equal(text,
	    "{\"TimeGenerated\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"Provider\":\"P\",\"Channel\":\"Security\","
	    "\"Computer\":\"DC01\",\"Task\":12544,\"EventLevel\":0,"
	    "\"EventLevelName\":\"LogAlways\",\"EventID\":4624,"
	    "\"SystemUserId\":\"S-1-5-18\",\"Version\":2,\"Opcode\":\"0\","
	    "\"Keywords\":\"0x8020000000000000\",\"Correlation\":"
	    "\"{54849625-5478-4994-a5ba-3e3b0328c30d}\","
	    "\"SystemProcessId\":692,\"SystemThreadId\":700,"
	    "\"EventRecordId\":\"77\",\"EventData\":{\"A\":"
	    "\"{54849625-5478-4994-A5BA-3E3B0328C30D}\"},"
	    "\"TimeCreated_CF\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"RecordKey_CF\":\"" KEY "\"}");
	free(text);
}

static void
a_document_of_ecs(void **state)
{
	const struct value guid =
	    hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d");
	char *const text = row_of(&schema_ecs, NULL,
	    HEAD "<EventData><Data>x</Data></EventData>", &guid);

	(void)state;
	assert_string_equal(text,
	    "{\"@timestamp\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"kind\":\"event\","
	    "\"code\":\"4624\",\"outcome\":\"success\",\"provider\":\"P\","
	    "\"id\":\"00112233445566778899aabbccddeeff\"},"
	    "\"host\":{\"name\":\"DC01\"},\"log\":{\"level\":\"information\"},"
	    "\"winlog\":{\"api\":\"wineventlog\",\"activity_id\":"
	    "\"{54849625-5478-4994-A5BA-3E3B0328C30D}\","
	    "\"channel\":\"Security\",\"computer_name\":\"DC01\","
	    "\"event_id\":\"4624\",\"keywords\":[\"Audit Success\"],"
	    "\"opcode\":\"Info\",\"provider_guid\":"
	    "\"{54849625-5478-4994-A5BA-3E3B0328C30D}\","
	    "\"provider_name\":\"P\",\"record_id\":\"77\","
	    "\"task\":\"12544\",\"version\":2,\"process\":{\"pid\":692,"
	    "\"thread\":{\"id\":700}},\"user\":{\"identifier\":\"S-1-5-18\"},"
	    "\"event_data\":{\"param1\":\"x\"},"
	    "\"time_created\":\"2024-05-01T10:00:00.1234567Z\"}}");
	free(text);
}

static void
the_key_of_ecs_is_its_id(void **state)
{
	const struct schema_options o = { .provenance = SCHEMA_PROVENANCE_KEY };
	char *const text = row_of(&schema_ecs, &o, "<EventData/>", NULL);

	(void)state;
	assert_string_equal(text,
	    "{\"@timestamp\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"kind\":\"event\","
	    "\"id\":\"" KEY "\"},\"winlog\":{\"api\":\"wineventlog\","
	    "\"event_data\":{},"
	    "\"time_created\":\"2024-05-01T10:00:00.1234567Z\"}}");
	free(text);
}

static void
accounts_addresses_and_processes_of_ecs(void **state)
{
	(void)state;
	assert_part(&schema_ecs,
	    "<EventData><Data Name='SubjectUserName'>HOST$</Data>"
	    "<Data Name='SubjectUserSid'>S-1-5-21-1</Data>"
	    "<Data Name='SubjectDomainName'>CORP</Data>"
	    "<Data Name='TargetUserName'>ann</Data>"
	    "<Data Name='WorkstationName'>WS1</Data>"
	    "<Data Name='IpAddress'>::ffff:10.0.0.5</Data>"
	    "<Data Name='IpPort'>50123</Data>"
	    "<Data Name='ProcessName'>-</Data></EventData>",
	    NULL,
	    "},\"user\":{\"domain\":\"CORP\",\"id\":\"S-1-5-21-1\","
	    "\"name\":\"HOST$\"},\"related\":{\"user\":[\"HOST$\",\"ann\"]},"
	    "\"source\":{\"domain\":\"WS1\",\"ip\":\"10.0.0.5\","
	    "\"port\":50123}}");
	assert_part(&schema_ecs,
	    "<EventData><Data Name='LogonType'>3</Data>"
	    "<Data Name='TargetLogonId'>0x3e7</Data></EventData>",
	    NULL,
	    "},\"logon\":{\"id\":\"0x3e7\",\"type\":\"Network\"},"
	    "\"time_created\"");
	assert_part(&schema_ecs,
	    "<EventData><Data Name='NewProcessId'>0x10</Data>"
	    "<Data Name='NewProcessName'>C:\\a\\b.exe</Data>"
	    "<Data Name='ProcessId'>0x20</Data>"
	    "<Data Name='CommandLine'>b.exe \"x\"</Data>"
	    "<Data Name='ParentProcessName'>C:\\c.exe</Data></EventData>",
	    NULL,
	    ",\"process\":{\"executable\":\"C:\\\\a\\\\b.exe\","
	    "\"name\":\"b.exe\",\"pid\":16,"
	    "\"command_line\":\"b.exe \\\"x\\\"\","
	    "\"parent\":{\"executable\":\"C:\\\\c.exe\","
	    "\"name\":\"c.exe\",\"pid\":32}}}");
}

/* Elasticsearch would refuse a document with an invalid address. */
static void
what_is_no_value_makes_no_member_of_ecs(void **state)
{
	static const char *const addresses[] = { "-", "", "LOCAL", "host",
		"1.2.3.4 ", "fe80::1%eth0", "1.2.3", "1.2.3.4.5", "256.1.1.1",
		"1:2", "::ffff:1.2.3" };
	char body[128];
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		(void)snprintf(body, sizeof(body),
		    "<EventData><Data Name='IpAddress'>%s</Data>"
		    "<Data Name='IpPort'>80</Data></EventData>",
		    addresses[i]);
		text = row_of(&schema_ecs, NULL, body, NULL);
		assert_null(strstr(text, "\"source\""));
		free(text);
	}
	text = row_of(&schema_ecs, NULL,
	    "<EventData><Data Name='IpAddress'>1.2.3.4</Data>"
	    "<Data Name='IpPort'>70000</Data></EventData>",
	    NULL);
	assert_non_null(strstr(text, ",\"source\":{\"ip\":\"1.2.3.4\"}}"));
	free(text);
}

/* IPv4-mapped IPv6 addresses, as UTF-16 and as UTF-8. */
static void
mapped_addresses_of_ecs(void **state)
{
	static const struct {
		const char *text;
		const char *ip;
	} cases[] = { { "::ffff:192.0.2.44", "192.0.2.44" },
		{ "[::ffff:192.0.2.44]:443", "192.0.2.44" },
		{ "[::ffff:192.0.2.44]", "192.0.2.44" },
		{ "::ffff:c000:22c", "::ffff:c000:22c" }, { "::1", "::1" },
		{ "2001:db8::7", "2001:db8::7" } };
	char part[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct value wide = wide_value(cases[i].text);
		const struct value utf8 = utf8_value(cases[i].text);
		(void)snprintf(part, sizeof(part),
		    ",\"source\":{\"ip\":\"%s\"}}", cases[i].ip);
		assert_part(&schema_ecs,
		    "<EventData><Data Name='IpAddress'>{0}</Data></EventData>",
		    &wide, part);
		assert_part(&schema_ecs,
		    "<EventData><Data Name='IpAddress'>{0}</Data></EventData>",
		    &utf8, part);
	}
}

static void
assert_member_name(const char *name, const char *want)
{
	char inside[128];
	char part[128];

	(void)snprintf(inside, sizeof(inside),
	    "<EventData><Data Name='%s'>x</Data></EventData>", name);
	(void)snprintf(
	    part, sizeof(part), ",\"event_data\":{\"%s\":\"x\"}", want);
	assert_part(&schema_ecs, inside, NULL, part);
	/* Other schemas keep the name unchanged. */
	(void)snprintf(part, sizeof(part), "{\"%s\":\"x\"}", name);
	assert_part(&schema_windowsevent, inside, NULL, part);
}

static void
names_that_elasticsearch_refuses(void **state)
{
	(void)state;
	assert_member_name(".a", "%2ea");
	assert_member_name("a.", "a%2e");
	assert_member_name("a..b", "a%2e%2eb");
	assert_member_name(".", "%2e");
	assert_member_name("a.b", "a%2eb");
	/* Escaping never makes two names equal. */
	assert_member_name("a%2eb", "a%252eb");
	assert_member_name(" ", "%20");
	assert_member_name("\xe3\x80\x80", "%e3%80%80");
	assert_member_name("\xc3\xbc.\xe2\x82\xac", "\xc3\xbc%2e\xe2\x82\xac");
	assert_member_name(" a", " a");
	assert_part(&schema_ecs,
	    "<UserData><B.ody><C d.e='1'><F.>2</F.></C></B.ody></UserData>",
	    NULL,
	    ",\"user_data\":{\"xml_name\":\"B.ody\","
	    "\"C\":{\"@d%2ee\":\"1\",\"F%2e\":\"2\"}}");
}

static void
no_time_makes_no_member_and_no_column(void **state)
{
	const struct value v[] = { number_value(VALUE_FILETIME, 0, 8),
		number_value(VALUE_FILETIME, 1, 8) };
	static const char *const one = "\"1601-01-01T00:00:00.0000001Z\"";
	char want[200];

	(void)state;
	assert_data(
	    "<EventData><Data Name='A'>{0}</Data></EventData>", v, "{}");
	(void)snprintf(want, sizeof(want), "{\"B\":%s,\"C\":\"x\"}", one);
	assert_data("<EventData><Data Name='A'>{0}</Data>"
		    "<Data Name='B'>{1}</Data><Data Name='C'>x</Data>"
		    "<Data Name='D'>{0}</Data></EventData>",
	    v, want);
	(void)snprintf(want, sizeof(want), "{\"A\":[null,%s,\"x\"]}", one);
	assert_data("<EventData><Data Name='A'>{0}</Data>"
		    "<Data Name='A'>{1}</Data><Data Name='A'>x</Data>"
		    "</EventData>",
	    v, want);
	assert_part(&schema_ecs,
	    "<EventData><Data>{0}</Data><Data>x</Data></EventData>", v,
	    ",\"event_data\":{\"param2\":\"x\"}");
	assert_part(&schema_securityevent,
	    "<EventData><Data Name='NewTime'>{0}</Data>"
	    "<Data Name='PreviousTime'>{1}</Data></EventData>",
	    v, ",\"PreviousTime\":\"1601-01-01T00:00:00.0000001Z\"");
	char *const row = row_of(&schema_securityevent, NULL,
	    "<EventData><Data Name='NewTime'>{0}</Data></EventData>", v);
	assert_null(strstr(row, "\"NewTime\""));
	free(row);
}

static void
every_value_is_there_in_order(void **state)
{
	(void)state;
	assert_data("<EventData><Data Name='A'>1</Data><Data Name='B'>2</Data>"
		    "<Data Name='A'>3</Data><Data Name='A'/></EventData>",
	    NULL, "{\"A\":[\"1\",\"3\",\"\"],\"B\":\"2\"}");
	assert_data("<EventData><Data>1</Data><Data Name='B'>2</Data>"
		    "<Data>3</Data></EventData>",
	    NULL, "{\"Data\":[\"1\",\"3\"],\"B\":\"2\"}");
	assert_data("<EventData><Data>1</Data><Binary>FF</Binary></EventData>",
	    NULL, "{\"Data\":\"1\",\"Binary\":\"FF\"}");
}

static void
unnamed_data_of_ecs_go_by_their_place(void **state)
{
	(void)state;
	assert_part(&schema_ecs,
	    "<EventData><Data>1</Data><Data Name='B'>2</Data><Data>3</Data>"
	    "</EventData>",
	    NULL,
	    ",\"event_data\":{\"param1\":\"1\",\"B\":\"2\","
	    "\"param3\":\"3\"}");
	/* No duplicate members. */
	assert_part(&schema_ecs,
	    "<EventData><Data>1</Data><Data Name='param1'>2</Data>"
	    "<Data>3</Data></EventData>",
	    NULL, ",\"event_data\":{\"Data\":[\"1\",\"3\"],\"param1\":\"2\"}");
}

static void
an_array_is_a_data_for_each_item(void **state)
{
	static const char inside[] =
	    "<EventData><Data>{0}</Data><Data>x</Data></EventData>";
	const struct value two =
	    hex_value(VALUE_ARRAY | VALUE_WSTRING, "61000000 62000000");
	const struct value none = hex_value(VALUE_ARRAY | VALUE_WSTRING, "");

	(void)state;
	assert_data(inside, &two, "{\"Data\":[\"a\",\"b\",\"x\"]}");
	assert_data(inside, &none, "{\"Data\":[\"\",\"x\"]}");
	assert_data("<EventData><Data>{0}</Data></EventData>", &none,
	    "{\"Data\":\"\"}");
	assert_part(&schema_ecs, inside, &two,
	    ",\"event_data\":{\"param1\":\"a\",\"param2\":\"b\","
	    "\"param3\":\"x\"}");
	assert_part(&schema_securityevent, inside, &two,
	    "\\r\\n  <Data>a</Data>\\r\\n  <Data>b</Data>\\r\\n"
	    "  <Data>x</Data>\\r\\n</EventData>");
	/* No line break is added inside an element with text. */
	assert_part(&schema_securityevent,
	    "<EventData>t<Data>{0}</Data></EventData>", &two,
	    ">t<Data>a</Data><Data>b</Data></EventData>");
}

static void
user_data_and_what_is_nested(void **state)
{
	static const char inside[] =
	    "<UserData><Body xmlns='x'><A>1</A><B k='v'>2</B><C><D>3</D>"
	    "<D>4</D></C></Body></UserData>";

	(void)state;
	assert_data(inside, NULL,
	    "{\"A\":\"1\",\"B\":{\"@k\":\"v\",\"#text\":\"2\"},"
	    "\"C\":{\"D\":[\"3\",\"4\"]}}");
	assert_part(&schema_ecs, inside, NULL,
	    ",\"user_data\":{\"xml_name\":\"Body\",\"A\":\"1\",");
	/* A field of the event with that name takes precedence. */
	assert_part(&schema_ecs,
	    "<UserData><Body><xml_name>1</xml_name></Body></UserData>", NULL,
	    ",\"user_data\":{\"xml_name\":\"1\"}");
	assert_part(&schema_ecs, "<UserData/>", NULL, ",\"user_data\":{}");
}

static void
names_of_keywords_and_levels(void **state)
{
	(void)state;
	assert_part(&schema_ecs,
	    "<System><Level>3</Level><Keywords>0x8090000000000000</Keywords>"
	    "</System>",
	    NULL,
	    "\"outcome\":\"failure\","
	    "\"id\":\"00112233445566778899aabbccddeeff\"},"
	    "\"log\":{\"level\":\"warning\"},"
	    "\"winlog\":{\"api\":\"wineventlog\",\"keywords\":["
	    "\"Audit Failure\",\"Classic\"]");
	assert_part(&schema_ecs, "<System><Opcode>240</Opcode></System>", NULL,
	    "\"opcode\":\"240\"");
}

static void
a_record_without_a_time_says_so_once(void **state)
{
	struct plan_facts facts = { .has_time = false, .key = KEY };
	static const struct schema_options usual = {
		.provenance = SCHEMA_PROVENANCE_NONE
	};
	const struct tree t = sample_tree("<Event/>", NULL, 0);
	struct system_fields head;
	struct plan plan;
	struct buf out;

	(void)state;
	buf_init(&out, 10000);
	plan_init(&plan);
	system_fields_find(&head, &t);
	schema_ecs.compile(
	    &plan, &(struct schema_event){ &t, &head, &usual, 0 });
	plan_run(&plan, NULL, &facts, &out);
	assert_buf(&out,
	    "{\"@timestamp\":\"0000-00-00T00:00:00.0000000Z\","
	    "\"ecs\":{\"version\":\"8.0.0\"},\"event\":{\"kind\":\"event\"},"
	    "\"winlog\":{\"api\":\"wineventlog\"},"
	    "\"TimeSource_CF\":\"inferred\"}");
	assert_int_equal(facts.time_patch, strlen("{\"@timestamp\":\""));
	plan_free(&plan);
	buf_reset(&out);
}

static void
tables_are_found_by_schema(void **state)
{
	(void)state;
	assert_ptr_equal(schema_table("windowsevent"), &table_windowsevent);
	assert_ptr_equal(schema_table("ecs"), &table_ecs);
	assert_ptr_equal(schema_find("windowsevent"), &schema_windowsevent);
	assert_ptr_equal(schema_find("ecs"), &schema_ecs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_of_windowsevent),
		cmocka_unit_test(a_document_of_ecs),
		cmocka_unit_test(the_key_of_ecs_is_its_id),
		cmocka_unit_test(accounts_addresses_and_processes_of_ecs),
		cmocka_unit_test(what_is_no_value_makes_no_member_of_ecs),
		cmocka_unit_test(mapped_addresses_of_ecs),
		cmocka_unit_test(names_that_elasticsearch_refuses),
		cmocka_unit_test(no_time_makes_no_member_and_no_column),
		cmocka_unit_test(every_value_is_there_in_order),
		cmocka_unit_test(unnamed_data_of_ecs_go_by_their_place),
		cmocka_unit_test(an_array_is_a_data_for_each_item),
		cmocka_unit_test(user_data_and_what_is_nested),
		cmocka_unit_test(names_of_keywords_and_levels),
		cmocka_unit_test(a_record_without_a_time_says_so_once),
		cmocka_unit_test(tables_are_found_by_schema),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
