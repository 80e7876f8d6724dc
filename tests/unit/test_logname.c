/* SPDX-License-Identifier: Apache-2.0 */
#include "input/logname.h"
#include "tests/unit/helper.h"

static void
assert_log(const char *source, const char *want)
{
	char name[LOGNAME_MAX];

	logname_of(source, name);
	assert_string_equal(name, want);
}

static void
names_of_files_are_names_of_logs(void **state)
{
	(void)state;
	assert_log("Security.evtx", "Security");
	assert_log("C/Windows/System32/winevt/Logs/System.EVTX", "System");
	assert_log("case.zip!/C/Logs/Setup.evtx", "Setup");
	assert_log("D:\\copy\\Application.evtx", "Application");
	assert_log("Security.evtx.1", "Security");
	assert_log("Security.evtx.gz!/Security.evtx", "Security");
	assert_log("Security.evt", "Security");
	assert_log("Security.bak", "Security");
	assert_log("stdin", "stdin");
	assert_log("folder/", "");
	assert_log("", "");
}

/* A letter A to F after %4 is not a digit of the code. */
static void
codes_are_read(void **state)
{
	(void)state;
	assert_log("Microsoft-Windows-Sysmon%4Operational.evtx",
	    "Microsoft-Windows-Sysmon/Operational");
	assert_log("Microsoft-Windows-AppModel-Runtime%4Admin.evtx",
	    "Microsoft-Windows-AppModel-Runtime/Admin");
	assert_log("Microsoft-Windows-AppModel-Runtime%254Admin.evtx",
	    "Microsoft-Windows-AppModel-Runtime/Admin");
	assert_log("A%2FB.evtx", "A/B");
	assert_log(
	    "Key%20Management%2520Service.evtx", "Key Management Service");
	assert_log("%46orwarded%45vents.evtx", "/6orwarded/5vents");
	assert_log("Forwarded%2545vents.evtx", "Forwarded/5vents");
	assert_log("a%.evtx", "a%");
	assert_log("a%2.evtx", "a%2");
	assert_log("a%00b.evtx", "a%00b");
	assert_log("%%%25%25", "%%%%");
}

static void
archived_logs_have_a_time(void **state)
{
	(void)state;
	assert_log("Archive-Security-2019-05-08-13-45-04-317.evtx", "Security");
	assert_log("Archive-A%4B-2019-05-08-13-45-04-317.evtx", "A/B");
	assert_log("Archive-Security-2019-05-08-13-45-04-31.evtx",
	    "Archive-Security-2019-05-08-13-45-04-31");
	assert_log("Archive--2019-05-08-13-45-04-317.evtx",
	    "Archive--2019-05-08-13-45-04-317");
}

static void
names_are_bounded(void **state)
{
	char name[2 * LOGNAME_MAX];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[LOGNAME_MAX - 1] = '\0';
	assert_log(name, name);
	name[LOGNAME_MAX - 1] = 'a';
	name[LOGNAME_MAX] = '\0';
	assert_log(name, "");
}

static void
collectors_logs_are_known(void **state)
{
	(void)state;
	assert_true(logname_is_forwarded("ForwardedEvents"));
	assert_true(logname_is_forwarded("dc01-forwardedevents-2024"));
	assert_false(
	    logname_is_forwarded("Microsoft-Windows-Forwarding/Operational"));
	assert_false(logname_is_forwarded(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_files_are_names_of_logs),
		cmocka_unit_test(codes_are_read),
		cmocka_unit_test(archived_logs_have_a_time),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(collectors_logs_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
