/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the Event table. */
#include "schema/table.h"
#include "schema/xml_chars.h"
#include "tests/unit/row.h"

#define ITEM \
	"<DataItem Type=\\\"System.XmlData\\\" " \
	"time=\\\"2024-05-01T10:00:00.1234567Z\\\" sourceHealthServiceId=" \
	"\\\"00000000-0000-0000-0000-000000000000\\\">"
#define DATA_NS \
	"xmlns=\\\"http://schemas.microsoft.com/win/2004/08/events/event\\\""

static void
assert_event(const char *inside, const struct value *values, const char *part)
{
	char *const text = row_of(&schema_event_table, NULL, inside, values);

	assert_has(text, part);
	free(text);
}

static void
assert_event_lacks(const char *inside, const char *part)
{
	char *const text = row_of(&schema_event_table, NULL, inside, NULL);

	assert_null(strstr(text, part));
	free(text);
}

static void
a_row_of_sysmon(void **state)
{
	char *const text = row_of(&schema_event_table, NULL,
	    "<System><Provider Name='Microsoft-Windows-Sysmon'/>"
	    "<EventID Qualifiers='7'>1</EventID><Level>4</Level><Task>1</Task>"
	    "<Channel>Microsoft-Windows-Sysmon/Operational</Channel>"
	    "<Computer>WS01</Computer><Security UserID='S-1-5-18'/></System>"
	    "<EventData><Data Name='RuleName'>-</Data>"
	    "<Data Name='ProcessId'>42</Data></EventData>",
	    NULL);

	(void)state;
	assert_string_equal(text,
	    "{\"TimeGenerated\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"Source\":\"Microsoft-Windows-Sysmon\","
	    "\"EventLog\":\"Microsoft-Windows-Sysmon/Operational\","
	    "\"Computer\":\"WS01\",\"EventLevel\":4,"
	    "\"EventLevelName\":\"Information\","
	    "\"ParameterXml\":\"<Param>-</Param><Param>42</Param>\","
	    "\"EventData\":\"" ITEM "<EventData " DATA_NS ">"
	    "<Data Name=\\\"RuleName\\\">-</Data>"
	    "<Data Name=\\\"ProcessId\\\">42</Data></EventData></DataItem>\","
	    "\"EventID\":1,\"EventCategory\":1,"
	    "\"UserName\":\"NT AUTHORITY\\\\SYSTEM\","
	    "\"TimeCreated_CF\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"RecordKey_CF\":\"" KEY "\"}");
	free(text);
}

static void
a_row_of_nothing(void **state)
{
	char *const text = row_of(&schema_event_table, NULL, "", NULL);

	(void)state;
	assert_string_equal(text,
	    "{\"TimeGenerated\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"EventLog\":\"\",\"Computer\":\"\",\"UserName\":\"N/A\","
	    "\"TimeCreated_CF\":\"2024-05-01T10:00:00.1234567Z\","
	    "\"RecordKey_CF\":\"" KEY "\"}");
	free(text);
}

static void
who_logged_it(void **state)
{
	const struct value service =
	    hex_value(VALUE_SID, "010100000000000513000000");
	const struct value user =
	    hex_value(VALUE_SID, "0103000000000005150000000100000002000000");
	static const char inside[] =
	    "<System><Security UserID='{0}'/></System>";

	(void)state;
	assert_event(inside, &service,
	    ",\"UserName\":\"NT AUTHORITY\\\\LOCAL SERVICE\",");
	assert_event(inside, &user, ",\"UserName\":\"S-1-5-21-1-2\",");
	assert_event("<System><Security UserID='S-1-5-180'/></System>", NULL,
	    ",\"UserName\":\"S-1-5-180\",");
	assert_event(
	    "<System><Security/></System>", NULL, ",\"UserName\":\"N/A\",");
}

static void
the_text_of_a_forwarded_event(void **state)
{
	const struct value text = wide_value("Process Create:\r\n\"x\"<y>");

	(void)state;
	assert_event("<EventData/><RenderingInfo><Message>{0}</Message>"
		     "<Level>Information</Level></RenderingInfo>",
	    &text,
	    ",\"RenderedDescription\":\"Process Create: \\\"x\\\"<y>\",");
	assert_event_lacks("<RenderingInfo><Level>Information</Level>"
			   "</RenderingInfo>",
	    "RenderedDescription");
}

/* No value can close or open an element. */
static void
markup_in_values_is_escaped(void **state)
{
	const struct value v =
	    wide_value("</Param><Param>&amp;\"]]></Data></EventData>");
	static const char escaped[] =
	    "&lt;/Param&gt;&lt;Param&gt;&amp;amp;\\\"]]&gt;&lt;/Data&gt;"
	    "&lt;/EventData&gt;";
	char want[400];

	(void)state;
	(void)snprintf(want, sizeof(want),
	    ",\"ParameterXml\":\"<Param>%s</Param>\",", escaped);
	assert_event(
	    "<EventData><Data Name='A'>{0}</Data></EventData>", &v, want);
	(void)snprintf(
	    want, sizeof(want), "<Data Name=\\\"A\\\">%s</Data>", escaped);
	assert_event(
	    "<EventData><Data Name='A'>{0}</Data></EventData>", &v, want);
	assert_event("<EventData><Data Name='{0}'>x</Data></EventData>", &v,
	    "<Data Name=\\\"&lt;/Param&gt;&lt;Param&gt;&amp;amp;&quot;]]&gt;"
	    "&lt;/Data&gt;&lt;/EventData&gt;\\\">x</Data>");
}

static void
what_xml_does_not_have_is_replaced(void **state)
{
	const struct value v = hex_value(
	    VALUE_WSTRING, "4100 1b00 0800 0c00 0900 0100 feff 5c00 6200");
#define BAD "\xef\xbf\xbd"
#define WANT "A" BAD BAD BAD "\\t" BAD BAD "\\\\b"

	(void)state;
	assert_event("<EventData><Data Name='A'>{0}</Data></EventData>", &v,
	    ",\"ParameterXml\":\"<Param>" WANT "</Param>\",");
	assert_event("<EventData><Data Name='A'>{0}</Data></EventData>", &v,
	    "<Data Name=\\\"A\\\">" WANT "</Data>");
	assert_event("<EventData><Data Name='{0}'>x</Data></EventData>", &v,
	    "<Data Name=\\\"" WANT "\\\">x</Data>");
}

static void
characters_that_xml_has(void **state)
{
	(void)state;
	assert_true(
	    xml_chars_are_valid(SPAN("a\\\\b\\n\\r\\t\\\"\xef\xbf\xbd")));
	assert_true(xml_chars_are_valid(SPAN("")));
	assert_false(xml_chars_are_valid(SPAN("a\\\\\\b")));
	assert_false(xml_chars_are_valid(SPAN("\\u001f")));
	assert_false(xml_chars_are_valid(SPAN("\xef\xbf\xbf")));
}

static void
arrays_and_binaries(void **state)
{
	const struct value v[] = {
		hex_value(VALUE_WSTRING | VALUE_ARRAY,
		    "6100 0000 3c00 0000 0000 6300 0000"),
		hex_value(VALUE_BINARY, "00ff"),
	};
	static const char inside[] = "<EventData><Data>{0}</Data>"
				     "<Binary>{1}</Binary></EventData>";

	(void)state;
	assert_event(inside, v,
	    ",\"ParameterXml\":\"<Param>a</Param><Param>&lt;</Param>"
	    "<Param></Param><Param>c</Param>\",");
	assert_event(inside, v,
	    "<Data>a</Data><Data>&lt;</Data><Data></Data><Data>c</Data>"
	    "<Binary>00FF</Binary></EventData></DataItem>\"");
	assert_event("<EventData><Data>{0}</Data></EventData>",
	    &(struct value){ .type = VALUE_WSTRING | VALUE_ARRAY },
	    ",\"ParameterXml\":\"<Param></Param>\",");
}

static void
user_data_is_wrapped_too(void **state)
{
	const struct value guid =
	    hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d");
	static const char inside[] =
	    "<UserData><Info xmlns='urn:x'><Id>{0}</Id><Binary>b</Binary>"
	    "<In><Deep>d</Deep></In></Info></UserData>";

	(void)state;
	assert_event(inside, &guid,
	    "\"EventData\":\"" ITEM "<UserData " DATA_NS ">"
	    "<Info xmlns=\\\"urn:x\\\">"
	    "<Id>{54849625-5478-4994-A5BA-3E3B0328C30D}</Id>"
	    "<Binary>b</Binary><In><Deep>d</Deep></In></Info></UserData>"
	    "</DataItem>\"");
	assert_event(inside, &guid,
	    ",\"ParameterXml\":\"<Param>{54849625-5478-4994-A5BA-"
	    "3E3B0328C30D}</Param><Param>b</Param><Param><Deep>d</Deep>"
	    "</Param>\",");
}

/* The line of a record without TimeCreated. */
static void
assert_item_of(struct plan_facts facts, const char *want)
{
	const struct tree t = sample_tree(
	    "<Event><EventData><Data>x</Data></EventData></Event>", NULL, 0);
	const struct schema_options o = { .provenance =
					      SCHEMA_PROVENANCE_NONE };
	struct system_fields head;
	struct plan plan;
	struct buf out;

	buf_init(&out, 1000);
	plan_init(&plan);
	system_fields_find(&head, &t);
	schema_event_table.compile(
	    &plan, &(struct schema_event){ &t, &head, &o, 0 });
	plan_run(&plan, NULL, &facts, &out);
	buf_byte(&out, '\0');
	assert_has((const char *)out.p, want);
	plan_free(&plan);
	buf_reset(&out);
}

static void
an_item_has_the_time_of_its_row(void **state)
{
	(void)state;
	assert_item_of((struct plan_facts){ .from_header = true,
			   .time = UINT64_C(133590312001234567) },
	    "XmlData\\\" time=\\\"2024-05-01T10:00:00.1234567Z\\\" source");
	assert_item_of((struct plan_facts){ .time = 0 },
	    "<DataItem Type=\\\"System.XmlData\\\" sourceHealthServiceId=");
}

static void
the_table(void **state)
{
	(void)state;
	assert_ptr_equal(schema_table("event"), &table_event);
	assert_ptr_equal(schema_find("event"), &schema_event_table);
	assert_ptr_equal(schema_event_table.table, &table_event);
	assert_string_equal(table_event.name, "Event");
	assert_string_equal(table_event.key, "RecordKey_CF");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_of_sysmon),
		cmocka_unit_test(a_row_of_nothing),
		cmocka_unit_test(who_logged_it),
		cmocka_unit_test(the_text_of_a_forwarded_event),
		cmocka_unit_test(markup_in_values_is_escaped),
		cmocka_unit_test(what_xml_does_not_have_is_replaced),
		cmocka_unit_test(characters_that_xml_has),
		cmocka_unit_test(arrays_and_binaries),
		cmocka_unit_test(user_data_is_wrapped_too),
		cmocka_unit_test(an_item_has_the_time_of_its_row),
		cmocka_unit_test(the_table),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
