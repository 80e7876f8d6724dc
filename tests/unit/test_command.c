/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "auth/command.h"
#include "tests/unit/helper.h"
#include "util/clock.h"

static struct command *command;

/* Run a script to its end. */
static struct http_answer
run(const char *script, unsigned timeout_ms)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	struct http_answer answer;
	struct err e;

	command_destroy(command);
	assert_ok(command_start(argv, timeout_ms, &command, &e));
	const int64_t limit = clock_ms() + 60000;
	while (!command_poll(command) && clock_ms() < limit)
		(void)usleep(2000);
	command_answer(command, &answer);
	return answer;
}

static int
end(void **state)
{
	(void)state;
	command_destroy(command);
	command = NULL;
	return 0;
}

static void
output_and_status(void **state)
{
	(void)state;
	struct http_answer a = run("echo out; echo err >&2", 30000);
	assert_int_equal(a.fate, HTTP_ANSWERED);
	assert_int_equal(a.status, 0);
	assert_span(a.body, "out\n");
	a = run("echo out; echo err >&2; exit 3", 30000);
	assert_int_equal(a.status, 3);
	assert_span(a.body, "err\n");
	a = run("kill -9 $$", 30000);
	assert_int_equal(a.fate, HTTP_LOST);
}

static void
no_secret_and_no_descriptor_is_inherited(void **state)
{
	const int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(fd >= 3);
	assert_int_equal(setenv("AZURE_CLIENT_SECRET", "hush", 1), 0);
	assert_int_equal(setenv("EVTXLOAD_TARGET", "x", 1), 0);
	assert_int_equal(setenv("AZURE_CONFIG_DIR", "/c", 1), 0);
	const struct http_answer a = run("tr '\\0' ' ' </proc/self/environ;"
					 "echo; ls /proc/self/fd; cat",
	    30000);
	char *const text = strndup((const char *)a.body.p, a.body.n);
	assert_non_null(text);
	assert_null(strstr(text, "hush"));
	assert_null(strstr(text, "EVTXLOAD"));
	assert_has(text, "AZURE_CONFIG_DIR=/c");
	/* 0, 1 and 2, and the one by which ls reads the folder. */
	assert_has(text, "\n0\n1\n2\n3\n");
	assert_null(strstr(text, "\n4\n"));
	free(text);
	(void)close(fd);
}

static void
time_and_output_have_an_end(void **state)
{
	(void)state;
	const int64_t began = clock_ms();
	struct http_answer a = run("sleep 600 & sleep 600", 100);
	assert_int_equal(a.fate, HTTP_LOST);
	assert_has(a.reason, "in time");
	assert_true(clock_ms() - began < 30000);
	a = run("while :; do echo 0123456789012345678901234567890123456789; "
		"done",
	    30000);
	assert_int_equal(a.fate, HTTP_LOST);
	assert_has(a.reason, "too long");
	assert_true(clock_ms() - began < 60000);
}

static void
a_program_that_is_not_there(void **state)
{
	const char *const argv[] = { "/nowhere/az", NULL };
	struct http_answer a;
	struct err e;

	(void)state;
	assert_ok(command_start(argv, 30000, &command, &e));
	while (!command_poll(command))
		(void)usleep(2000);
	command_answer(command, &a);
	assert_int_equal(a.fate, HTTP_ANSWERED);
	assert_int_equal(a.status, 127);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(output_and_status, end),
		cmocka_unit_test_teardown(
		    no_secret_and_no_descriptor_is_inherited, end),
		cmocka_unit_test_teardown(time_and_output_have_an_end, end),
		cmocka_unit_test_teardown(a_program_that_is_not_there, end),
	};

	return RUN(tests);
}
