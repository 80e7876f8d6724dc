/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "input/walk.h"
#include "tests/unit/helper.h"
#include "util/sorter.h"

static char dir[TEMP_MAX];
static struct walk list;
static struct walk_entry entries[400];
static struct err error;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return 0;
}

static void
forget(void)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++)
		free((void *)(uintptr_t)entries[i].path);
	memset(entries, 0, sizeof(entries));
	walk_free(&list);
}

static int
teardown(void **state)
{
	(void)state;
	forget();
	temp_remove(dir);
	return 0;
}

static void
file(const char *name)
{
	file_write(in(dir, name), SPAN("x"));
}

static void
folder(const char *name)
{
	assert_int_equal(mkdir(in(dir, name), 0700), 0);
}

/* Copies of all entries, with paths of their own. */
static void
read_entries(void)
{
	struct sorter_reader *r;
	struct walk_entry entry;
	size_t n = 0;

	assert_ok(walk_read(&r, &list, &error));
	while (walk_next_entry(r, &entry, &error) == RC_OK) {
		assert_true(n < sizeof(entries) / sizeof(*entries));
		entries[n] = entry;
		entries[n++].path = strdup(entry.path);
	}
	sorter_reader_destroy(r);
	assert_int_equal(n, list.n);
}

/* Walk up to four operands below the test's folder. */
static enum rc
walk(const char *a, const char *b)
{
	char first[200];
	char second[200];
	char *const operands[] = { first, second };

	(void)snprintf(first, sizeof(first), "%s%s", dir, a);
	(void)snprintf(second, sizeof(second), "%s%s", dir, b == NULL ? "" : b);
	const enum rc rc =
	    walk_operands(&list, operands, b == NULL ? 1 : 2, &error);
	if (rc == RC_OK)
		read_entries();
	return rc;
}

/* Entry i is dir/name; why is part of its reason, or NULL. */
static void
assert_entry(size_t i, const char *name, const char *why)
{
	assert_true(i < list.n);
	assert_string_equal(entries[i].path, in(dir, name));
	if (why == NULL)
		assert_null(entries[i].why);
	else
		assert_has(entries[i].why, why);
}

static void
folders_are_walked_and_sorted(void **state)
{
	(void)state;
	folder("b");
	folder("b/c");
	file("z.evtx");
	file("b/c/y.EVTX");
	file("b/x.Evtx");
	file("a.evtx");
	file("notes.txt");
	file("evtx");
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 4);
	assert_entry(0, "a.evtx", NULL);
	assert_entry(1, "b/c/y.EVTX", NULL);
	assert_entry(2, "b/x.Evtx", NULL);
	assert_entry(3, "z.evtx", NULL);
	assert_int_equal(list.folders, 1);
	assert_int_equal(entries[0].bytes, 1);
}

static void
a_file_is_taken_whatever_it_is_called(void **state)
{
	(void)state;
	file("notes.txt");
	assert_ok(walk("/notes.txt", NULL));
	assert_int_equal(list.n, 1);
	assert_entry(0, "notes.txt", NULL);
	assert_int_equal(list.folders, 0);
}

static void
the_order_of_operands_plays_no_part(void **state)
{
	(void)state;
	file("a.evtx");
	file("b.evtx");
	assert_ok(walk("/b.evtx", "/a.evtx"));
	assert_int_equal(list.n, 2);
	assert_entry(0, "a.evtx", NULL);
	assert_entry(1, "b.evtx", NULL);
}

static void
a_file_named_twice_is_there_once(void **state)
{
	(void)state;
	folder("d");
	file("d/a.evtx");
	assert_int_equal(link(in(dir, "d/a.evtx"), in(dir, "d/b.evtx")), 0);
	assert_ok(walk("/d", "/d/a.evtx"));
	assert_int_equal(list.n, 1);
	assert_entry(0, "d/a.evtx", NULL);
}

static void
the_slash_at_the_end_of_a_folder_is_not_doubled(void **state)
{
	(void)state;
	file("a.evtx");
	assert_ok(walk("/", NULL));
	assert_entry(0, "a.evtx", NULL);
}

static void
links_are_followed_inside_only(void **state)
{
	(void)state;
	folder("in");
	folder("out");
	file("out/real.evtx");
	file("in/real.bin");
	assert_int_equal(symlink("real.bin", in(dir, "in/a.evtx")), 0);
	assert_int_equal(symlink("../out/real.evtx", in(dir, "in/b.evtx")), 0);
	assert_int_equal(symlink("nowhere", in(dir, "in/c.evtx")), 0);
	assert_int_equal(symlink("../out", in(dir, "in/d")), 0);
	assert_int_equal(symlink("..", in(dir, "in/loop")), 0);
	assert_ok(walk("/in", NULL));
	assert_int_equal(list.n, 3);
	assert_entry(0, "in/a.evtx", NULL);
	assert_entry(1, "in/b.evtx", "leads out");
	assert_entry(2, "in/c.evtx", "leads out");
}

static void
a_folder_beside_that_begins_alike_is_outside(void **state)
{
	(void)state;
	folder("in");
	folder("in2");
	file("in2/real.evtx");
	assert_int_equal(symlink("../in2/real.evtx", in(dir, "in/a.evtx")), 0);
	assert_ok(walk("/in", NULL));
	assert_entry(0, "in/a.evtx", "leads out");
}

static void
what_is_no_file_is_listed_and_not_opened(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(in(dir, "f.evtx"), 0600), 0);
	folder("d.evtx");
	file("d.evtx/a.evtx");
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 2);
	assert_entry(0, "d.evtx/a.evtx", NULL);
	assert_entry(1, "f.evtx", "not a regular file");
	forget();
	assert_ok(walk("/f.evtx", NULL));
	assert_entry(0, "f.evtx", "not a regular file");
}

static void
an_operand_that_is_not_there_is_a_mistake(void **state)
{
	(void)state;
	file("a.evtx");
	assert_why(walk("/a.evtx", "/b.evtx"), RC_FATAL, error, WHY_USAGE);
	assert_says(error, "b.evtx: No such file");
	assert_int_equal(list.n, 0);
}

static void
an_empty_folder_gives_nothing(void **state)
{
	(void)state;
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 0);
	assert_int_equal(list.folders, 1);
}

static void
a_folder_that_cannot_be_read_is_listed(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip();
	folder("d");
	file("d/a.evtx");
	assert_int_equal(chmod(in(dir, "d"), 0), 0);
	assert_ok(walk("", NULL));
	assert_int_equal(chmod(in(dir, "d"), 0700), 0);
	assert_entry(0, "d", "cannot be read");
}

static void
depth_has_an_end(void **state)
{
	char path[400] = "d";

	(void)state;
	for (unsigned i = 0; i < WALK_DEPTH_MAX + 3; i++) {
		folder(path);
		(void)snprintf(
		    path + strlen(path), sizeof(path) - strlen(path), "/d");
	}
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 1);
	assert_has(entries[0].why, "nested too deep");
}

static void
many_files(void **state)
{
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "%03u.evtx", 299 - i);
		file(name);
	}
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 300);
	for (unsigned i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "%03u.evtx", i);
		assert_entry(i, name, NULL);
	}
}

static void
file_of(const char *name, struct span bytes)
{
	file_write(in(dir, name), bytes);
}

static void
a_log_is_known_by_its_first_bytes(void **state)
{
	(void)state;
	file_of("Security.evt", SPAN("ElfFile\0and so on"));
	file_of("Security.evtx.1", SPAN("ElfFile\0and so on"));
	file_of("torn.bin", SPAN("ElfChnk\0and so on"));
	file_of("short", SPAN("ElfFil"));
	file_of("behind", SPAN(" ElfFile"));
	file_of("System.evtx.gz", SPAN("x"));
	file_of("notes.gz", SPAN("\037\213\010"));
	file_of("empty", SPAN(""));
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 4);
	assert_entry(0, "Security.evt", NULL);
	assert_entry(1, "Security.evtx.1", NULL);
	assert_entry(2, "System.evtx.gz", NULL);
	assert_entry(3, "torn.bin", NULL);
	assert_true(entries[0].log);
	assert_true(entries[3].log);
	assert_false(entries[2].log);
	assert_int_equal(list.passed, 4);
	assert_int_equal(list.unseen, 0);
}

static void
what_looks_like_evidence_is_listed_with_a_reason(void **state)
{
	(void)state;
	file_of("a.evt", SPAN("\060\0\0\0LfLe"));
	file_of("b.bin", SPAN("\060\0\0\0LfLe"));
	file_of("c.vhdx", SPAN("whatever"));
	file_of("d.E01", SPAN(""));
	file_of("e", SPAN("conectix"));
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 5);
	assert_entry(0, "a.evt", "wevtutil");
	assert_entry(1, "b.bin", "wevtutil");
	assert_entry(2, "c.vhdx", "virtual disk");
	assert_entry(3, "d.E01", "disk image");
	assert_entry(4, "e", "virtual disk");
	forget();
	assert_ok(walk("/b.bin", NULL));
	assert_entry(0, "b.bin", "wevtutil");
}

/* Special files are not opened; a link to a log in the folder is followed. */
static void
what_is_no_file_is_passed_over(void **state)
{
	(void)state;
	folder("in");
	assert_int_equal(mkfifo(in(dir, "in/fifo"), 0600), 0);
	file_of("real", SPAN("ElfFile\0"));
	file_of("in/log", SPAN("ElfFile\0"));
	assert_int_equal(symlink("../real", in(dir, "in/out")), 0);
	assert_int_equal(symlink("log", in(dir, "in/link")), 0);
	assert_int_equal(symlink("nowhere", in(dir, "in/dangling")), 0);
	assert_ok(walk("/in", NULL));
	assert_int_equal(list.n, 1);
	assert_entry(0, "in/log", NULL);
	assert_int_equal(list.passed, 4);
	assert_int_equal(list.unseen, 0);
}

static void
the_folder_of_the_output_is_not_walked(void **state)
{
	char out[TEMP_MAX + 8];

	(void)state;
	folder("out");
	file("out/a.evtx");
	file("b.evtx");
	(void)snprintf(out, sizeof(out), "%s", in(dir, "out"));
	list.skip = out;
	assert_ok(walk("", NULL));
	assert_int_equal(list.n, 1);
	assert_entry(0, "b.evtx", NULL);
}

static void
operands_with_nothing_are_known(void **state)
{
	(void)state;
	folder("a");
	folder("b");
	file("b/c.evtx");
	assert_ok(walk("/a", "/b"));
	assert_int_equal(list.n_operands, 2);
	assert_int_equal(entries[0].operand, 1);
	forget();
	/* The same file twice: it counts for the second operand too. */
	assert_ok(walk("/b", "/b/c.evtx"));
	assert_int_equal(list.n, 1);
	assert_true(list.operands[entries[0].operand == 0 ? 1 : 0].found);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(folders_are_walked_and_sorted),
		EACH(a_file_is_taken_whatever_it_is_called),
		EACH(the_order_of_operands_plays_no_part),
		EACH(a_file_named_twice_is_there_once),
		EACH(the_slash_at_the_end_of_a_folder_is_not_doubled),
		EACH(links_are_followed_inside_only),
		EACH(a_folder_beside_that_begins_alike_is_outside),
		EACH(what_is_no_file_is_listed_and_not_opened),
		EACH(an_operand_that_is_not_there_is_a_mistake),
		EACH(an_empty_folder_gives_nothing),
		EACH(a_folder_that_cannot_be_read_is_listed),
		EACH(depth_has_an_end),
		EACH(many_files),
		EACH(a_log_is_known_by_its_first_bytes),
		EACH(what_looks_like_evidence_is_listed_with_a_reason),
		EACH(what_is_no_file_is_passed_over),
		EACH(the_folder_of_the_output_is_not_walked),
		EACH(operands_with_nothing_are_known),
	};

	return RUN(tests);
}
