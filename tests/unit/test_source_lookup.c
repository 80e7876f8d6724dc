/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "input/archive_library.h"
#include "input/source_lookup.h"
#include "tests/unit/helper.h"
#include "util/maxima.h"
#include "util/scratch.h"

#define BLOCK 512U

static char dir[TEMP_MAX];
static struct scratch scratch;
static struct err error;
static struct spool spool;
static struct archive_library *library;
static struct source_lookup_options options;
static struct buf outer;

/* A member of a tar: POSIX.1, ustar. */
static void
put_member(struct buf *tar, const char *name, struct span text)
{
	uint8_t head[BLOCK] = { 0 };
	unsigned sum = 0;

	(void)snprintf((char *)head, 100, "%s", name);
	(void)snprintf((char *)head + 100, 8, "0000600");
	(void)snprintf((char *)head + 124, 12, "%011o", (unsigned)text.n);
	memset(head + 148, ' ', 8);
	head[156] = '0';
	memcpy(head + 257, "ustar\00000", 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += head[i];
	(void)snprintf((char *)head + 148, 8, "%06o", sum);
	buf_put(tar, span_of(head, BLOCK));
	buf_put(tar, text);
	while (tar->n % BLOCK != 0)
		buf_byte(tar, 0);
}

static void
put_end(struct buf *tar)
{
	const uint8_t zeros[2 * BLOCK] = { 0 };

	buf_put(tar, span_of(zeros, sizeof(zeros)));
}

/* c.tar with the members a, a, !/b and in.tar, which has a and d. */
static int
setup(void **state)
{
	struct buf inner;

	(void)state;
	temp_make(dir);
	buf_init(&inner, 1U << 20);
	buf_init(&outer, 1U << 20);
	put_member(&inner, "a.evtx", SPAN("inner a"));
	put_member(&inner, "d.evtx", SPAN("inner d"));
	put_end(&inner);
	put_member(&outer, "a.evtx", SPAN("first a"));
	put_member(&outer, "a.evtx", SPAN("second a"));
	put_member(&outer, "!/b.evtx", SPAN("b"));
	put_member(&outer, "in.tar", buf_span(&inner));
	put_end(&outer);
	file_write(in(dir, "c.tar"), buf_span(&outer));
	buf_reset(&inner);
	spool = (struct spool){ .dirfd = -1, .scratch = &scratch, .max = 1000 };
	scratch.dir = dir;
	if (archive_library_open(&library, &error) != RC_OK)
		return -1;
	options = (struct source_lookup_options){
		.unpack.limits = { 1000, 10000, 100000, 100 },
		.unpack.library = library,
		.spool = &spool,
	};
	err_clear(&error);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_reset(&outer);
	archive_library_close(library);
	temp_remove(dir);
	return 0;
}

/* Notes the sources that were visited, as "i:text ". */
static enum rc
note(void *arg, size_t i, struct stream bytes, struct err *e)
{
	struct buf *const told = arg;
	struct span block;
	enum rc rc;

	buf_fmt(told, "%zu:", i);
	while ((rc = stream_next(bytes, &block, e)) == RC_OK)
		buf_put(told, block);
	buf_byte(told, ' ');
	return rc == RC_END ? RC_OK : rc;
}

static void
assert_read(const char *const *inside, size_t n, const char *want)
{
	char paths[4][TEMP_MAX + 32];
	const char *names[4];
	struct buf told;

	for (size_t i = 0; i < n; i++) {
		(void)snprintf(
		    paths[i], sizeof(paths[i]), "%s/c.tar!/%s", dir, inside[i]);
		names[i] = paths[i];
	}
	buf_init(&told, 1000);
	const struct source_lookup_visit visit = { note, &told };
	const struct source_lookup_names list = { names, n,
		source_name_file(names[0], &error) };
	assert_int_equal(list.file, strlen(in(dir, "c.tar")));
	assert_ok(source_lookup_read(&options, &list, &visit, &error));
	assert_buf(&told, want);
	buf_reset(&told);
}

static void
members_are_read_in_their_order(void **state)
{
	(void)state;
	assert_read((const char *const[]){ "!/b.evtx", "a.evtx" }, 2,
	    "1:first a 1:second a 0:b ");
	assert_read((const char *const[]){ "in.tar!/d.evtx" }, 1, "0:inner d ");
	assert_read((const char *const[]){ "a.evtx", "a.evtx", "in.tar!/a.evtx",
			"in.tar!/none" },
	    4, "0:first a 0:second a 2:inner a ");
	assert_read((const char *const[]){ "none", "none!/a.evtx" }, 2, "");
}

static void
the_file_is_the_first_that_is_there(void **state)
{
	(void)state;
	file_write(in(dir, "x!"), SPAN("a file"));
	file_write(in(dir, "y"), SPAN("a file"));
	assert_int_equal(
	    source_name_file(in(dir, "y"), &error), strlen(in(dir, "y")));
	assert_int_equal(
	    source_name_file(in(dir, "y!/x!/z"), &error), strlen(in(dir, "y")));
	assert_int_equal(
	    source_name_file(in(dir, "x!!/z"), &error), strlen(in(dir, "x!")));
	assert_int_equal(source_name_file(in(dir, "none!/z"), &error), 0);
	assert_says(error, "none!/z");
	/* A folder is not an archive. */
	assert_int_equal(source_name_file(in(dir, "../none!/z"), &error), 0);
}

static void
assert_opens(const char *name, struct span text)
{
	uint8_t digest[DIGEST_BYTES];
	char sha256[DIGEST_HEX];
	uint8_t got[64];
	int fd;

	assert_ok(digest_once(text, digest, &error));
	digest_hex(digest, DIGEST_BYTES, sha256);
	assert_ok(
	    source_lookup_open(&options, in(dir, name), sha256, &fd, &error));
	const ssize_t n = pread(fd, got, sizeof(got), 0);
	assert_true(n >= 0);
	assert_span_eq(span_of(got, (size_t)n), text);
	(void)close(fd);
}

static void
one_is_opened_by_its_digest(void **state)
{
	int fd;

	(void)state;
	file_write(in(dir, "plain"), SPAN("plain"));
	assert_opens("plain", SPAN("plain"));
	assert_opens("c.tar!/a.evtx", SPAN("first a"));
	assert_opens("c.tar!/a.evtx", SPAN("second a"));
	assert_opens("c.tar!/in.tar!/a.evtx", SPAN("inner a"));
	assert_why(source_lookup_open(
		       &options, in(dir, "c.tar!/a.evtx"), "00", &fd, &error),
	    RC_SKIP, error, WHY_TAMPERED);
	assert_int_equal(fd, -1);
	assert_why(
	    source_lookup_open(&options, in(dir, "away"), "00", &fd, &error),
	    RC_SKIP, error, WHY_SYSTEM);
}

static void
what_cannot_be_read_is_told_at_the_end(void **state)
{
	char name[TEMP_MAX + 32];
	const char *const names[] = { name };
	struct buf told;

	(void)state;
	/* Truncated in in.tar, after its first member. */
	file_write(in(dir, "c.tar"), span_of(outer.p, 8U * BLOCK + 100));
	(void)snprintf(name, sizeof(name), "%s/c.tar!/in.tar!/a.evtx", dir);
	buf_init(&told, 1000);
	const struct source_lookup_visit visit = { note, &told };
	const struct source_lookup_names list = { names, 1,
		source_name_file(name, &error) };
	assert_rc(source_lookup_read(&options, &list, &visit, &error), RC_SKIP);
	assert_says(error, "c.tar");
	buf_reset(&told);
}

/* Different names stay different, and none is too long. */
static void
long_names_are_cut_with_their_digest(void **state)
{
	char long_name[3000];
	char *names[2];

	(void)state;
	memset(long_name, 'a', sizeof(long_name));
	long_name[1024] = '\0';
	names[0] = source_name_make(NULL, long_name);
	assert_string_equal(names[0], long_name);
	free(names[0]);
	long_name[1024] = 'a';
	long_name[2999] = '\0';
	names[0] = source_name_make("x.zip", long_name);
	long_name[2998] = 'b';
	names[1] = source_name_make("x.zip", long_name);
	assert_true(strlen(names[0]) <= MAXIMUM_NAME);
	assert_true(strncmp(names[0], "x.zip!/aaa", 10) == 0);
	assert_non_null(strstr(names[0], "...sha256:"));
	assert_string_not_equal(names[0], names[1]);
	/* No name can be crafted to equal another source's. */
	char *const forged = source_name_make(NULL, names[0]);
	assert_string_not_equal(forged, names[0]);
	assert_true(strlen(forged) <= MAXIMUM_NAME);
	free(forged);
	free(names[0]);
	free(names[1]);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names_are_cut_with_their_digest),
		EACH(members_are_read_in_their_order),
		EACH(the_file_is_the_first_that_is_there),
		EACH(one_is_opened_by_its_digest),
		EACH(what_cannot_be_read_is_told_at_the_end),
	};

	return RUN(tests);
}
