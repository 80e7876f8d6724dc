/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of SecurityEvent that are computed, and EventData. */
#include "tests/unit/row.h"

#define LOGON(id, fields) \
	"<System><EventID>" id "</EventID></System><EventData>" fields \
	"</EventData>"
#define DATA(name, text) "<Data Name='" name "'>" text "</Data>"
#define SUBJECT \
	DATA("SubjectUserSid", "S-1-5-18") \
	DATA("SubjectUserName", "DC01$") DATA("SubjectDomainName", "CORP")
#define TARGET \
	DATA("TargetUserSid", "S-1-5-21-1-2-3-500") \
	DATA("TargetUserName", "alice") DATA("TargetDomainName", "CORP")

static void
account_is_that_of_target_or_subject(void **state)
{
	static const char both[] = ",\"SubjectAccount\":\"CORP\\\\DC01$\"";

	(void)state;
	assert_row(LOGON("4624", SUBJECT TARGET), NULL,
	    ",\"Account\":\"CORP\\\\alice\",\"AccountType\":\"User\"");
	assert_row(LOGON("4625", SUBJECT TARGET), NULL,
	    ",\"Account\":\"CORP\\\\alice\",\"AccountType\":\"User\"");
	assert_row(LOGON("4648", SUBJECT TARGET), NULL,
	    ",\"Account\":\"CORP\\\\DC01$\",\"AccountType\":\"Machine\"");
	assert_row(LOGON("4634", TARGET), NULL,
	    ",\"Account\":\"CORP\\\\alice\",\"AccountType\":\"User\"");
	assert_row(LOGON("4648", SUBJECT TARGET), NULL, both);
	assert_row(LOGON("4648", SUBJECT TARGET), NULL,
	    ",\"TargetAccount\":\"CORP\\\\alice\"");
}

static void
some_events_are_nobodys(void **state)
{
	static const char *const events[] = { LOGON("4776", TARGET),
		LOGON("5058", SUBJECT), LOGON("5061", SUBJECT),
		LOGON("9999", DATA("Other", "x")) };

	(void)state;
	for (size_t i = 0; i < COUNT(events); i++) {
		assert_lacks(events[i], ",\"Account\":");
		assert_lacks(events[i], ",\"AccountType\":");
	}
}

static void
account_without_a_domain_and_with_empty_parts(void **state)
{
	static const char nobody[] = LOGON(
	    "4625", DATA("TargetUserName", "") DATA("TargetDomainName", ""));

	(void)state;
	assert_row(LOGON("4776", DATA("TargetUserName", "bob")), NULL,
	    ",\"TargetAccount\":\"bob\"");
	assert_row(LOGON("4625", DATA("TargetUserName", "bob")
				     DATA("TargetDomainName", "")),
	    NULL, ",\"Account\":\"\\\\bob\",\"AccountType\":\"User\"");
	assert_row(LOGON("4625", DATA("TargetUserName", "bob")
				     DATA("TargetDomainName", "-")),
	    NULL, ",\"Account\":\"-\\\\bob\"");
	assert_row(nobody, NULL, ",\"Account\":\"\",\"AccountType\":\"\"");
	assert_lacks(
	    LOGON("4625", DATA("TargetDomainName", "CORP")), ",\"Account");
}

static void
machines_and_the_system_are_machines(void **state)
{
	const struct value v[] = { hex_value(
				       VALUE_SID, "010100000000000512000000"),
		wide_value("SYSTEM"), wide_value("NT AUTHORITY") };
	const struct value machine[] = { hex_value(VALUE_SID,
					     "010100000000000514000000"),
		wide_value("PC1$"), wide_value("CORP") };
	const struct value service[] = { hex_value(VALUE_SID,
					     "010100000000000514000000"),
		wide_value("NETWORK SERVICE"), wide_value("NT AUTHORITY") };
	static const char inside[] = LOGON("4624",
	    DATA("TargetUserSid", "{0}") DATA("TargetUserName", "{1}")
		DATA("TargetDomainName", "{2}"));

	(void)state;
	assert_row(inside, v,
	    ",\"Account\":\"NT AUTHORITY\\\\SYSTEM\","
	    "\"AccountType\":\"Machine\"");
	assert_row(inside, machine,
	    ",\"Account\":\"CORP\\\\PC1$\",\"AccountType\":\"Machine\"");
	assert_row(inside, service,
	    ",\"Account\":\"NT AUTHORITY\\\\NETWORK SERVICE\","
	    "\"AccountType\":\"User\"");
}

static void
logon_types_have_names(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = { { "0", "0" }, { "2", "2 - Interactive" },
		{ "3", "3 - Network" }, { "5", "5 - Service" },
		{ "10", "10 - RemoteInteractive" }, { "6", "6" },
		{ "14", "14" }, { "4294967295", "4294967295" } };
	char want[100];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct value v = utf8_value(cases[i].text);
		(void)snprintf(want, sizeof(want), ",\"LogonTypeName\":\"%s\"",
		    cases[i].want);
		assert_row(LOGON("4624", DATA("LogonType", "{0}")), &v, want);
	}
}

static void
process_is_the_name_of_a_file(void **state)
{
	const struct value wide = wide_value("C:\\Windows\\cmd.exe");

	(void)state;
	assert_row(LOGON("4624", DATA("ProcessName", "{0}")), &wide,
	    ",\"Process\":\"cmd.exe\",");
	assert_row(LOGON("4625", DATA("ProcessName", "-")), NULL,
	    ",\"Process\":\"-\",");
	assert_row(LOGON("4688", DATA("NewProcessName", "C:\\a.exe")
				     DATA("ParentProcessName", "C:\\b.exe")),
	    NULL, ",\"Process\":\"a.exe\",");
	assert_row(LOGON("4624", DATA("ProcessName", "a.exe")), NULL,
	    ",\"Process\":\"a.exe\",");
	assert_row(LOGON("4624", DATA("ProcessName", "C:\\")), NULL,
	    ",\"Process\":\"\",");
	assert_lacks(LOGON("4799", DATA("CallerProcessName", "C:\\a.exe")),
	    ",\"Process\":");
}

static void
levels_have_names(void **state)
{
	(void)state;
	assert_row("<System><Level>0</Level></System>", NULL,
	    ",\"EventLevelName\":\"LogAlways\"");
	assert_row("<System><Level>2</Level></System>", NULL,
	    ",\"EventLevelName\":\"Error\"");
	assert_row("<System><Level>9</Level></System>", NULL,
	    ",\"EventLevelName\":\"\"");
}

static void
applocker_columns_come_from_its_body_only(void **state)
{
	static const char inside[] =
	    "<System><EventID>8002</EventID></System><UserData xmlns='u'>"
	    "<RuleAndFileData xmlns='r'><TargetUser>S-1-5-18</TargetUser>"
	    "<FilePath>%OSDRIVE%\\A.EXE</FilePath><Fqbn>-</Fqbn>"
	    "<FileHash>AB</FileHash></RuleAndFileData></UserData>";

	(void)state;
	assert_row(inside, NULL,
	    ",\"Account\":\"S-1-5-18\",\"AccountType\":\"Machine\"");
	assert_row(inside, NULL,
	    ",\"FileHash\":\"AB\",\"FilePath\":\"%OSDRIVE%\\\\A.EXE\","
	    "\"Fqbn\":\"-\",\"Process\":\"A.EXE\",");
	assert_row(inside, NULL, ",\"TargetUser\":\"S-1-5-18\"");
	assert_lacks(LOGON("4624", DATA("FilePath", "x")), ",\"FilePath\":");
	assert_lacks("<UserData><Other><FileHash>AB</FileHash></Other>"
		     "</UserData>",
	    ",\"FileHash\":");
}

/* --- EventData ------------------------------------------------------------ */

#define NAMESPACE \
	" xmlns=\\\"http://schemas.microsoft.com/win/2004/08/events/event\\\""

static void
event_data_has_the_layout_of_the_connector(void **state)
{
	const struct value v[] = { utf8_value("a<b>&\"c\""),
		hex_value(VALUE_GUID, "2596845478549449a5ba3e3b0328c30d"),
		utf8_value("x\"<y") };

	(void)state;
	assert_row("<EventData><Data Name='A'>{0}</Data>"
		   "<Data Name='{2}'>{1}</Data><Data Name='C'/></EventData>",
	    v,
	    ",\"EventData\":\"<EventData" NAMESPACE ">\\r\\n"
	    "  <Data Name=\\\"A\\\">a&lt;b&gt;&amp;\\\"c\\\"</Data>\\r\\n"
	    "  <Data Name=\\\"x&quot;&lt;y\\\">"
	    "{54849625-5478-4994-A5BA-3E3B0328C30D}</Data>\\r\\n"
	    "  <Data Name=\\\"C\\\"></Data>\\r\\n</EventData>\",");
	assert_row("<UserData><R xmlns='r'><A>1</A><B><C/></B></R></UserData>",
	    NULL,
	    ",\"EventData\":\"<UserData" NAMESPACE ">\\r\\n"
	    "  <R xmlns=\\\"r\\\">\\r\\n    <A>1</A>\\r\\n    <B>\\r\\n"
	    "      <C></C>\\r\\n    </B>\\r\\n  </R>\\r\\n</UserData>\",");
}

/* Whether a row has the column; not for reading. */
static const char *
data_of(const char *inside, enum schema_eventdata when)
{
	const struct schema_options o = { .eventdata = when };
	char *const text = row_of(&schema_securityevent, &o, inside, NULL);
	const bool there = strstr(text, ",\"EventData\":") != NULL;

	free(text);
	return there ? "" : NULL;
}

static void
event_data_is_there_as_asked(void **state)
{
	static const char logon[] = LOGON("4624", TARGET);
	static const char other[] = LOGON("4634", TARGET);
	static const char twice[] = LOGON("4624", TARGET TARGET);
	static const char unnamed[] = LOGON("4672", "<Data>x</Data>");

	(void)state;
	assert_lacks(logon, ",\"EventData\":");
	assert_row(other, NULL, ",\"EventData\":");
	/* No column holds these. */
	assert_row(twice, NULL, ",\"EventData\":");
	assert_row(unnamed, NULL, ",\"EventData\":");
	assert_null(data_of(other, SCHEMA_EVENTDATA_NEVER));
	assert_non_null(data_of(logon, SCHEMA_EVENTDATA_ALWAYS));
}

static void
several_values_make_one_cell(void **state)
{
	const struct value v[] = { utf8_value("1"), wide_value("2") };

	(void)state;
	assert_row("<EventData><Data Name='Status'>{0}-{1}</Data></EventData>",
	    v, ",\"Status\":\"1-2\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(account_is_that_of_target_or_subject),
		cmocka_unit_test(some_events_are_nobodys),
		cmocka_unit_test(account_without_a_domain_and_with_empty_parts),
		cmocka_unit_test(machines_and_the_system_are_machines),
		cmocka_unit_test(logon_types_have_names),
		cmocka_unit_test(process_is_the_name_of_a_file),
		cmocka_unit_test(levels_have_names),
		cmocka_unit_test(applocker_columns_come_from_its_body_only),
		cmocka_unit_test(event_data_has_the_layout_of_the_connector),
		cmocka_unit_test(event_data_is_there_as_asked),
		cmocka_unit_test(several_values_make_one_cell),
	};

	return cmocka_run_group_tests(tests, NULL, helper_teardown);
}
