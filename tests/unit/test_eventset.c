/* SPDX-License-Identifier: Apache-2.0 */
#include "select/eventset.h"
#include "tests/unit/helper.h"

static char dir[TEMP_MAX];
static struct eventset set;
static struct err error;

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

static enum rc
load_text(const char *json)
{
	file_write(in(dir, "set.json"), span_str(json));
	return eventset_load(&set, in(dir, "set.json"), &error);
}

static bool
takes(const char *channel, uint64_t id)
{
	return eventset_has(
	    &set, eventset_rules_of(&set, span_str(channel)), id);
}

static unsigned
count(const char *channel)
{
	const uint64_t rules = eventset_rules_of(&set, span_str(channel));
	unsigned n = 0;

	for (uint64_t id = 0; id <= IDS_MAX; id++)
		n += eventset_has(&set, rules, id) ? 1 : 0;
	return n;
}

static void
check_ids(const uint64_t *ids, size_t n, bool want)
{
	for (size_t i = 0; i < n; i++) {
		if (takes("Security", ids[i]) != want)
			fail_msg(
			    "%s: %llu", set.name, (unsigned long long)ids[i]);
	}
}

static void
minimal(void **state)
{
	static const uint64_t has[] = { 1102, 4624, 4625, 4657, 4663, 4688,
		4722, 4723, 4724, 4754, 4756, 4799, 4825, 5033, 8001, 8007,
		8222 };
	static const uint64_t lacks[] = { 1, 1100, 4634, 4648, 4672, 4689, 4698,
		4721, 4725, 4726, 4798, 5140, 8000, 8008 };

	(void)state;
	assert_ok(eventset_load(&set, "minimal", &error));
	assert_string_equal(set.name, "minimal");
	assert_int_equal(count("Security"), 39);
	check_ids(has, COUNT(has), true);
	check_ids(lacks, COUNT(lacks), false);
	eventset_free(&set);
}

static void
common(void **state)
{
	static const uint64_t has[] = { 1, 299, 300, 324, 340, 410, 413, 431,
		500, 1100, 1107, 4608, 4634, 4647, 4649, 4661, 4670, 4675, 4704,
		4716, 4725, 4729, 4732, 4733, 4760, 4762, 4771, 4797, 4803,
		4870, 4888, 4931, 4985, 5136, 5145, 5632, 6144, 6278, 6424,
		8222, 26401, 30004 };
	static const uint64_t lacks[] = { 0, 2, 405, 409, 414, 4621, 4650, 4656,
		4664, 4676, 4698, 4730, 4731, 4741, 4747, 4753, 4758, 4763,
		4769, 4776, 4804, 4889, 5156, 6279, 30005 };

	(void)state;
	assert_ok(eventset_load(&set, "common", &error));
	assert_int_equal(count("Security"), 143);
	check_ids(has, COUNT(has), true);
	check_ids(lacks, COUNT(lacks), false);
	eventset_free(&set);
}

static void
common_has_all_of_minimal(void **state)
{
	struct eventset small;

	(void)state;
	assert_ok(eventset_load(&small, "minimal", &error));
	assert_ok(eventset_load(&set, "common", &error));
	for (uint64_t id = 0; id <= IDS_MAX; id++) {
		if (eventset_has(&small, 1, id))
			assert_true(takes("Security", id));
	}
	eventset_free(&small);
	eventset_free(&set);
}

static void
built_in_sets_speak_of_security_and_applocker(void **state)
{
	static const char *const names[] = { "all", "common", "minimal" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_ok(eventset_load(&set, names[i], &error));
		assert_false(set.any);
		assert_true(takes("Security", 4624));
		assert_true(takes("SECURITY", 4624));
		assert_true(
		    takes("Microsoft-Windows-AppLocker/EXE and DLL", 8002));
		assert_true(
		    takes("microsoft-windows-applocker/Packaged app-Deployment",
			8002));
		assert_false(takes("Security2", 4624));
		assert_false(takes("System", 4624));
		assert_false(takes("Microsoft-Windows-AppLocker", 8002));
		assert_false(takes("", 4624));
		eventset_free(&set);
	}
}

static void
strict_sets_ask_applocker_as_the_agent(void **state)
{
	static const char exe[] = "Microsoft-Windows-AppLocker/EXE and DLL";
	static const char msi[] = "Microsoft-Windows-AppLocker/MSI and Script";
	static const char app[] =
	    "Microsoft-Windows-AppLocker/Packaged app-Execution";
	static const char *const names[] = { "common", "minimal" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_ok(eventset_load_strict(&set, names[i], &error));
		assert_string_equal(set.name, names[i]);
		for (uint64_t id = 8000; id <= 8008; id++) {
			assert_int_equal(
			    takes(exe, id), id >= 8001 && id <= 8004);
			assert_int_equal(
			    takes(msi, id), id >= 8005 && id <= 8007);
			assert_false(takes(app, id));
			assert_int_equal(takes("Security", id),
			    i == 0 && id >= 8001 && id <= 8007);
		}
		assert_false(takes(exe, 4624));
		assert_true(takes("Security", 4624));
		assert_true(takes("Security", 8222));
		eventset_free(&set);
	}
	assert_ok(eventset_load_strict(&set, "ALL", &error));
	assert_int_equal(count(exe), 65536);
	assert_int_equal(count(msi), 65536);
	assert_int_equal(count("Security"), 65536);
	assert_int_equal(count(app), 0);
	eventset_free(&set);
}

static void
strict_sets_are_those_of_the_connector(void **state)
{
	char wide[DIGEST_HEX];

	(void)state;
	assert_ok(eventset_load(&set, "common", &error));
	memcpy(wide, set.sha256, sizeof(wide));
	eventset_free(&set);
	assert_ok(eventset_load_strict(&set, "common", &error));
	assert_string_not_equal(set.sha256, wide);
	eventset_free(&set);
	assert_why(eventset_load_strict(&set, "any", &error), RC_FATAL, error,
	    WHY_USAGE);
	assert_says(error, "all, common and minimal");
	assert_why(eventset_load_strict(&set, "set.json", &error), RC_FATAL,
	    error, WHY_USAGE);
	assert_true(eventset_has_strict("Minimal"));
	assert_false(eventset_has_strict("none"));
}

static void
all_none_and_any(void **state)
{
	(void)state;
	assert_ok(eventset_load(&set, "all", &error));
	assert_int_equal(count("Security"), 65536);
	assert_false(set.any);
	eventset_free(&set);
	assert_ok(eventset_load(&set, "none", &error));
	assert_int_equal(count("Security"), 0);
	assert_false(set.any);
	eventset_free(&set);
	assert_ok(eventset_load(&set, "any", &error));
	assert_true(set.any);
	eventset_free(&set);
}

static void
each_built_in_set_has_a_digest_of_its_own(void **state)
{
	static const char *const names[] = { "all", "common", "minimal", "none",
		"any" };
	char seen[COUNT(names)][DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_ok(eventset_load(&set, names[i], &error));
		assert_int_equal(strlen(set.sha256), 64);
		memcpy(seen[i], set.sha256, DIGEST_HEX);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
		eventset_free(&set);
	}
}

static void
a_file_of_the_users(void **state)
{
	(void)state;
	assert_ok(
	    load_text("{\"name\":\"case42\",\"select\":["
		      "{\"channel\":\"Security\",\"ids\":[4624,"
		      "\"4700-4702\"]},"
		      "{\"channel\":\"Microsoft-Windows-*/Operational\","
		      "\"ids\":\"*\"},"
		      "{\"channel\":\"System\",\"ids\":\"7045,7036\"}]}"));
	assert_string_equal(set.name, "case42");
	assert_int_equal(set.n, 3);
	assert_int_equal(count("security"), 4);
	assert_true(takes("Security", 4701));
	assert_int_equal(count("Microsoft-Windows-Sysmon/Operational"), 65536);
	assert_int_equal(count("Microsoft-Windows-Sysmon/Debug"), 0);
	assert_int_equal(count("System"), 2);
	eventset_free(&set);
}

static void
the_digest_of_a_file_is_that_of_its_bytes(void **state)
{
	static const char text[] = "{\"name\":\"x\",\"select\":[]}\n";
	uint8_t raw[DIGEST_BYTES];
	char hex[DIGEST_HEX];

	(void)state;
	assert_ok(load_text(text));
	assert_ok(digest_once(span_str(text), raw, &error));
	digest_hex(raw, sizeof(raw), hex);
	assert_string_equal(set.sha256, hex);
	assert_int_equal(count("Security"), 0);
	eventset_free(&set);
}

static void
a_star_among_ids_stays_a_star(void **state)
{
	(void)state;
	assert_ok(load_text("{\"name\":\"x\",\"select\":[{\"channel\":\"A\","
			    "\"ids\":[\"*\",\"4624\"]}]}"));
	assert_int_equal(count("A"), 65536);
	eventset_free(&set);
}

static void
one_channel_may_have_several_rules(void **state)
{
	(void)state;
	assert_ok(load_text("{\"name\":\"x\",\"select\":["
			    "{\"channel\":\"S*\",\"ids\":[1]},"
			    "{\"channel\":\"*y\",\"ids\":[2]}]}"));
	assert_int_equal(eventset_rules_of(&set, SPAN("Security")), 3);
	assert_int_equal(eventset_rules_of(&set, SPAN("System")), 1);
	assert_int_equal(count("Security"), 2);
	assert_int_equal(count("Gray"), 1);
	eventset_free(&set);
}

static void
every_bad_file_is_refused(void **state)
{
#define ITEM(members) "{\"name\":\"x\",\"select\":[{" members "}]}"
	static const char *const bad[] = { "", "{", "[]", "7", "null",
		"\"all\"", "{}", "{\"name\":\"x\"}", "{\"select\":[]}",
		"{\"name\":\"\",\"select\":[]}", "{\"name\":7,\"select\":[]}",
		"{\"name\":\"x\",\"select\":{}}",
		"{\"name\":\"x\",\"select\":[7]}",
		"{\"name\":\"x\",\"select\":[null]}",
		"{\"name\":\"x\",\"select\":[[\"a\"]]}",
		"{\"name\":\"x\",\"select\":[],\"more\":1}",
		"{\"name\":\"x\",\"select\":[],\"sel\":1}",
		"{\"name\":\"x\",\"select\":[],\"name select\":1}",
		"{\"name\":\"x\",\"select\":[]} trailing",
		ITEM("\"channel\":\"A\""), ITEM("\"ids\":[1]"),
		ITEM("\"channel\":\"\",\"ids\":[1]"),
		ITEM("\"channel\":7,\"ids\":[1]"),
		ITEM("\"channel\":\"A\",\"ids\":[1],\"id\":2"),
		ITEM("\"channel\":\"A\",\"ids\":[-1]"),
		ITEM("\"channel\":\"A\",\"ids\":[65536]"),
		ITEM("\"channel\":\"A\",\"ids\":[1.5]"),
		ITEM("\"channel\":\"A\",\"ids\":[1e300]"),
		ITEM("\"channel\":\"A\",\"ids\":[true]"),
		ITEM("\"channel\":\"A\",\"ids\":[[1]]"),
		ITEM("\"channel\":\"A\",\"ids\":null"),
		ITEM("\"channel\":\"A\",\"ids\":{}"),
		ITEM("\"channel\":\"A\",\"ids\":[\"5-4\"]"),
		ITEM("\"channel\":\"A\",\"ids\":\"\"") };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (load_text(bad[i]) == RC_OK)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(error.rc, RC_FATAL);
		assert_int_equal(error.why, WHY_USAGE);
		assert_true(error.text[0] != '\0');
	}
}

static void
a_file_that_is_not_there_is_named(void **state)
{
	(void)state;
	assert_why(eventset_load(&set, in(dir, "comon"), &error), RC_FATAL,
	    error, WHY_USAGE);
	assert_says(error, "comon");
}

static void
limits(void **state)
{
	char json[40000];
	int n = snprintf(json, sizeof(json), "{\"name\":\"x\",\"select\":[");

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		n += snprintf(json + n, sizeof(json) - (size_t)n,
		    "%s{\"channel\":\"c%u\",\"ids\":[%u]}", i == 0 ? "" : ",",
		    i, i);
	const int mark = n;
	(void)snprintf(json + n, sizeof(json) - (size_t)n, "]}");
	assert_ok(load_text(json));
	assert_true(takes("c63", 63));
	assert_false(takes("c63", 62));
	eventset_free(&set);
	(void)snprintf(json + mark, sizeof(json) - (size_t)mark,
	    ",{\"channel\":\"c64\",\"ids\":[64]}]}");
	assert_why(load_text(json), RC_FATAL, error, WHY_USAGE);
	(void)snprintf(
	    json, sizeof(json), "{\"name\":\"%0128d\",\"select\":[]}", 0);
	assert_why(load_text(json), RC_FATAL, error, WHY_USAGE);
	(void)snprintf(
	    json, sizeof(json), ITEM("\"channel\":\"%0256d\",\"ids\":[1]"), 0);
	assert_why(load_text(json), RC_FATAL, error, WHY_USAGE);
}

static void
a_channel_beyond_every_length_matches_nothing(void **state)
{
	char name[5000];

	(void)state;
	assert_ok(load_text("{\"name\":\"x\",\"select\":[{\"channel\":\"Sec*\","
			    "\"ids\":\"*\"}]}"));
	memset(name, 'x', sizeof(name));
	memcpy(name, "Security", 8);
	assert_int_equal(
	    eventset_rules_of(&set, span_of(name, sizeof(name))), 0);
	assert_int_equal(eventset_rules_of(&set, span_of(name, 255)), 1);
	assert_int_equal(eventset_rules_of(&set, span_of(NULL, 0)), 0);
	eventset_free(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(minimal),
		cmocka_unit_test(common),
		cmocka_unit_test(common_has_all_of_minimal),
		cmocka_unit_test(built_in_sets_speak_of_security_and_applocker),
		cmocka_unit_test(strict_sets_ask_applocker_as_the_agent),
		cmocka_unit_test(strict_sets_are_those_of_the_connector),
		cmocka_unit_test(all_none_and_any),
		cmocka_unit_test(each_built_in_set_has_a_digest_of_its_own),
		cmocka_unit_test(a_file_of_the_users),
		cmocka_unit_test(the_digest_of_a_file_is_that_of_its_bytes),
		cmocka_unit_test(a_star_among_ids_stays_a_star),
		cmocka_unit_test(one_channel_may_have_several_rules),
		cmocka_unit_test(every_bad_file_is_refused),
		cmocka_unit_test(a_file_that_is_not_there_is_named),
		cmocka_unit_test(limits),
		cmocka_unit_test(a_channel_beyond_every_length_matches_nothing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
