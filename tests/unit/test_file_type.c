/* SPDX-License-Identifier: Apache-2.0 */
#include "input/file_type.h"
#include "tests/unit/helper.h"

static void
logs_are_known_by_their_first_bytes(void **state)
{
	(void)state;
	assert_true(file_type_is_evtx(SPAN("ElfFile\0")));
	assert_true(file_type_is_evtx(SPAN("ElfChnk\0")));
	assert_false(file_type_is_evtx(SPAN("ElfFil")));
	assert_false(file_type_is_evtx(SPAN("elffile\0")));
	assert_false(file_type_is_evtx(SPAN("")));
}

static void
assert_foreign(struct span head, const char *name, const char *what)
{
	const char *const why = file_type_unsupported(head, name);

	if (what == NULL)
		assert_null(why);
	else
		assert_has(why, what);
}

#define E01(n) SPAN("EVF\x09\x0d\x0a\xff\0\x01" n "\0\0\0\0\0")
#define EX01(n) SPAN("EVF2\x0d\x0a\x81\0\x02\x01\x01\0" n "\0")

static void
evidence_that_is_not_read_is_known(void **state)
{
	(void)state;
	assert_foreign(SPAN("\060\0\0\0LfLe"), "x", "wevtutil export-log");
	assert_foreign(SPAN(""), "Security.EVT", "wevtutil export-log");
	assert_foreign(SPAN("vhdxfile"), "x", "virtual disk");
	assert_foreign(SPAN("conectix"), "x", "virtual disk");
	assert_foreign(SPAN(""), "a/HOST.VHDX", "virtual disk");
	assert_foreign(SPAN("PK\003\004"), "x.vhd", "virtual disk");
	assert_foreign(E01("\x01\0"), "x", "ewfmount");
	assert_foreign(EX01("\x01\0"), "x", "ewfmount");
	assert_foreign(SPAN(""), "disk.e01", "ewfmount");
}

static void
all_else_is_not(void **state)
{
	(void)state;
	assert_foreign(SPAN("ElfFile\0"), "Security.evt", NULL);
	assert_foreign(SPAN("ElfChnk\0"), "x.vhdx", NULL);
	assert_foreign(SPAN("LfLe"), "x", NULL);
	assert_foreign(SPAN("conect"), "x", NULL);
	assert_foreign(SPAN(""), "evt", NULL);
	assert_foreign(SPAN(""), ".evt", NULL);
	/* Only the first file of a split image is identified. */
	assert_foreign(E01("\x02\0"), "x.E02", NULL);
	assert_foreign(E01("\0\x01"), "x.EAA", NULL);
	assert_foreign(EX01("\x02\0"), "x.Ex02", NULL);
}

static void
logs_that_are_compressed_alone_have_names(void **state)
{
	static const char *const yes[] = { "Security.evtx.gz", "a/b.EVTX.XZ",
		"x.evtx.zst", "x.evtx.bz2", "x.evtx.lz4", "x.evtx.1.gz",
		"x.evtx-20240501.xz" };
	static const char *const no[] = { "Security.gz", "x.evtx", "x.evtx.zip",
		".evtx.gz", "a/.evtx.gz", "x.evtx/notes.gz", "x.evtxs.gz",
		"x.evt.gz", "evtx.gz", "x.evtx.tar" };

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_true(file_type_is_packed_log_name(yes[i]));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(file_type_is_packed_log_name(no[i]));
	assert_int_equal(file_type_unpacked_name("a.evtx.gz"), 6);
	assert_int_equal(file_type_unpacked_name("a.evtx"), 6);
	assert_int_equal(file_type_unpacked_name(".gz"), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_are_known_by_their_first_bytes),
		cmocka_unit_test(evidence_that_is_not_read_is_known),
		cmocka_unit_test(all_else_is_not),
		cmocka_unit_test(logs_that_are_compressed_alone_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
