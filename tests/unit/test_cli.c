/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/helper.h"
#include "tools/cli.h"
#include "tools/progress.h"

static int
exit_of(enum rc rc, enum why why)
{
	const struct err e = { .rc = rc, .why = why };

	return cli_exit_of(&e);
}

static void
errors_become_exit_status(void **state)
{
	(void)state;
	assert_int_equal(exit_of(RC_OK, WHY_NONE), 0);
	assert_int_equal(exit_of(RC_FATAL, WHY_USAGE), 2);
	assert_int_equal(exit_of(RC_FATAL, WHY_EXISTS), 2);
	assert_int_equal(exit_of(RC_FATAL, WHY_LOCKED), 11);
	assert_int_equal(exit_of(RC_FATAL, WHY_DENIED), 7);
	assert_int_equal(exit_of(RC_RETRY, WHY_NETWORK), 5);
	assert_int_equal(exit_of(RC_RETRY, WHY_SYSTEM), 5);
	assert_int_equal(exit_of(RC_FATAL, WHY_SYSTEM), 1);
	assert_int_equal(exit_of(RC_FATAL, WHY_TAMPERED), 1);
	assert_int_equal(exit_of(RC_FATAL, WHY_MEMORY), 1);
	assert_int_equal(exit_of(RC_FATAL, WHY_FOREIGN), 1);
}

static void
the_worst_status_counts(void **state)
{
	static const int order[] = { 143, 1, 2, 11, 7, 5, 6, 3, 4, 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++) {
		for (size_t k = i; k < COUNT(order); k++) {
			assert_int_equal(
			    cli_worse(order[i], order[k]), order[i]);
			assert_int_equal(
			    cli_worse(order[k], order[i]), order[i]);
		}
	}
}

static void
counts_are_grouped(void **state)
{
	char text[CLI_COUNT_MAX];

	(void)state;
	assert_string_equal(cli_count(text, 0), "0");
	assert_string_equal(cli_count(text, 999), "999");
	assert_string_equal(cli_count(text, 1000), "1 000");
	assert_string_equal(cli_count(text, 1234567), "1 234 567");
	assert_string_equal(
	    cli_count(text, UINT64_MAX), "18 446 744 073 709 551 615");
}

/* What a call writes to standard error; for free(). */
static char *catch (void (*call)(void))
{
	char dir[TEMP_MAX];
	temp_make(dir);
	const char *const path = in(dir, "stderr");
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	const int saved = dup(STDERR_FILENO);

	assert_int_not_equal(fd, -1);
	(void)fflush(stderr);
	assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	call();
	(void)fflush(stderr);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	(void)close(saved);
	(void)close(fd);
	char *const text = file_text(path);
	temp_remove(dir);
	return text;
}

static void
say_hostile(void)
{
	cli_say("prog", "%s", "a\x1b[31m\n\x7f\x01z \xc3\xa9");
}

static void
control_characters_do_not_reach_the_terminal(void **state)
{
	char *const text = catch (say_hostile);

	(void)state;
	assert_string_equal(
	    text, "prog: a\\x1b[31m\\x0a\\x7f\\x01z \xc3\xa9\n");
	free(text);
}

static void
say_c1(void)
{
	cli_say("prog", "%s",
	    "a\xc2\x9b"
	    "31m");
}

static void
nor_do_those_of_two_bytes(void **state)
{
	char *const text = catch (say_c1);

	(void)state;
	assert_string_equal(text, "prog: a\\x9b31m\n");
	free(text);
}

static void
say_long(void)
{
	char name[9000];

	memset(name, 1, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cli_say("prog", "%s", name);
}

static void
a_long_message_is_cut(void **state)
{
	char *const text = catch (say_long);

	(void)state;
	assert_true(strlen(text) > 1000 && strlen(text) < 9000);
	assert_int_equal(text[strlen(text) - 1], '\n');
	free(text);
}

static void
draw(enum progress_mode mode, uint64_t total)
{
	struct progress p;

	progress_init(&p, mode, PROGRESS_BYTES, total);
	progress_to(&p, &(struct progress_now){ .done = 0 });
	progress_to(&p, &(struct progress_now){ .done = total / 2 });
	progress_end(&p);
	progress_end(&p);
}

static void
draw_on(void)
{
	draw(PROGRESS_ON, 1000);
}

static void
draw_nothing(void)
{
	draw(PROGRESS_OFF, 1000);
	draw(PROGRESS_AUTO, 1000); /* a file is no terminal */
	draw(PROGRESS_ON, 0);
}

static void
the_bar_is_drawn_and_taken_away(void **state)
{
	char *text = catch (draw_on);

	(void)state;
	assert_has(text, "\r[");
	assert_has(text, "0%");
	assert_string_equal(text + strlen(text) - 4, "\r\x1b[K");
	free(text);
	text = catch (draw_nothing);
	assert_string_equal(text, "");
	free(text);
}

/* The line of a bar in the middle of a run of some seconds. */
static void
check_line(const struct progress *p, const struct progress_now *now,
    size_t columns, const char *want)
{
	char line[PROGRESS_LINE];

	progress_line(line, p, now, 4000, columns);
	assert_string_equal(line, want);
	assert_true(strlen(line) <= columns);
}

static void
the_bar_says_rate_time_left_records_and_file(void **state)
{
	const struct progress bytes = { .unit = PROGRESS_BYTES,
		.total = 2000000000 };
	const struct progress records = { .unit = PROGRESS_RECORDS,
		.total = 1000000 };
	const struct progress_now now = { 500000000, 1234567,
		"C/Windows/System32/winevt/Logs/Security.evtx" };

	(void)state;
	check_line(&bytes, &now, 110,
	    "[#####               ]  25%  500 MB  125 MB/s  0:12 left  "
	    "1 234 567 records  ...em32/winevt/Logs/Security.evtx");
	check_line(&bytes, &now, 79,
	    "[#####               ]  25%  500 MB  125 MB/s  0:12 left  "
	    "1 234 567 records");
	check_line(&bytes, &now, 30, "[#####               ]  25%  5");
	check_line(&records, &(struct progress_now){ .done = 1000 }, 79,
	    "[                    ]   0%  1 000 records  250/s  1:06:36 left");
}

static void
a_file_name_cannot_steer_the_terminal(void **state)
{
	const struct progress bytes = { .unit = PROGRESS_BYTES, .total = 10 };
	const struct progress_now now = { 20, 0, "a\x1b[2J\n.evtx" };

	(void)state;
	check_line(&bytes, &now, 79,
	    "[####################] 100%  10 B  2 B/s  0:00 left  "
	    "a\\x1b[2J\\x0a.evtx");
}

static void
a_signal_sets_the_flag(void **state)
{
	const volatile sig_atomic_t *const flag = cli_catch_signals();

	(void)state;
	assert_int_equal(*flag, 0);
	assert_int_equal(exit_of(RC_FATAL, WHY_STOPPED), 5);
	assert_int_equal(raise(SIGTERM), 0);
	assert_int_equal(*flag, SIGTERM);
	assert_int_equal(exit_of(RC_FATAL, WHY_STOPPED), 143);
	/* A reader that goes away is an error of write, not the end. */
	assert_int_equal(raise(SIGPIPE), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_become_exit_status),
		cmocka_unit_test(the_worst_status_counts),
		cmocka_unit_test(counts_are_grouped),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(nor_do_those_of_two_bytes),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(the_bar_is_drawn_and_taken_away),
		cmocka_unit_test(the_bar_says_rate_time_left_records_and_file),
		cmocka_unit_test(a_file_name_cannot_steer_the_terminal),
		cmocka_unit_test(a_signal_sets_the_flag),
	};

	return RUN(tests);
}
