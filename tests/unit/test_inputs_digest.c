/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of all inputs: read from files, or made from sources. */
#include <sys/stat.h>
#include <unistd.h>

#include "convert/inputs_digest.h"
#include "tests/unit/helper.h"

#define HEAD INPUTS_DIGEST_HEAD

static char dir[TEMP_MAX];
static struct walk list;
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
	(void)state;
	walk_free(&list);
	temp_remove(dir);
	return 0;
}

/* Make a file of n bytes that depend on the seed. */
static void
make(const char *name, size_t n, unsigned seed)
{
	uint8_t *const p = malloc(n + 1);

	assert_non_null(p);
	memset(p, (int)seed, n);
	file_write(in(dir, name), span_of(p, n));
	free(p);
}

/* Make the inputs: small logs (numbers 0, 2 and 4), a log that is large by one
 * byte, an archive and an empty log. */
static void
make_all(void)
{
	make("0.evtx", 5000, 1);
	make("1.evtx", HEAD + 1, 2);
	make("2.evtx", HEAD, 3);
	make("3.zip", 300, 4);
	make("4.evtx", 1, 5);
	make("5.evtx", 0, 6);
}

static void
walk(void)
{
	char path[TEMP_MAX];
	char *const operands[] = { path };

	(void)snprintf(path, sizeof(path), "%s", dir);
	walk_free(&list);
	memset(&list, 0, sizeof(list));
	assert_ok(walk_operands(&list, operands, 1, &error));
}

static struct inputs_digest *
start(void)
{
	struct inputs_digest *d;

	assert_ok(inputs_digest_create(&d, &list, NULL, &error));
	return d;
}

/* The digest of all inputs; valid until the eighth call after it. */
static const char *
end(struct inputs_digest *d)
{
	static char sums[8][DIGEST_HEX];
	static unsigned next;
	char *const sum = sums[next++ % COUNT(sums)];

	assert_ok(inputs_digest_end(d, sum, &error));
	inputs_digest_destroy(d);
	return sum;
}

static const char *
read_digest(void)
{
	walk();
	return end(start());
}

/* The source of an input of n equal bytes. */
static struct finished_source
source(uint64_t input, size_t n, unsigned seed)
{
	struct finished_source s = {
		.input = input, .whole = true, .line = { .bytes = n }
	};
	uint8_t sum[DIGEST_BYTES];
	uint8_t *const p = malloc(n + 1);

	assert_non_null(p);
	memset(p, (int)seed, n);
	assert_ok(digest_once(span_of(p, n), sum, &error));
	free(p);
	digest_hex(sum, sizeof(sum), s.line.sha256);
	s.line.name = "x";
	return s;
}

static void
add(struct inputs_digest *d, struct finished_source s)
{
	assert_ok(inputs_digest_add_source(d, &s, &error));
}

/* The files of small logs are removed: nobody reads them. */
static void
sources_replace_reading(void **state)
{
	(void)state;
	make_all();
	const char *const want = read_digest();
	struct inputs_digest *const d = start();
	for (const char *name = "024"; *name != '\0'; name++) {
		const char file[] = { *name, '.', 'e', 'v', 't', 'x', '\0' };
		assert_int_equal(unlink(in(dir, file)), 0);
	}
	add(d, source(0, 5000, 1));
	add(d, source(1, 7, 7));
	struct finished_source copy = source(2, HEAD, 3);
	copy.whole = false;
	copy.line.duplicate_of = "y";
	add(d, copy);
	add(d, source(3, 8, 8));
	add(d, source(3, 9, 9)); /* another log of the archive */
	add(d, source(4, 1, 5));
	add(d, source(5, 0, 6));
	assert_string_equal(end(d), want);
}

/* Logs that are left out have no source. */
static void
logs_without_a_source_are_read(void **state)
{
	(void)state;
	make_all();
	const char *const want = read_digest();
	struct inputs_digest *d = start();
	add(d, source(2, HEAD, 3));
	assert_string_equal(end(d), want);
	d = start();
	add(d, source(1, 7, 7));
	assert_string_equal(end(d), want);
}

/* The next run has such an input as a whole, so its digest must differ. */
static void
a_source_that_was_not_read_completely_differs(void **state)
{
	(void)state;
	make_all();
	const char *const want = read_digest();
	struct finished_source s = source(0, 5000, 1);
	s.whole = false;
	struct inputs_digest *d = start();
	add(d, s);
	const char *const torn = end(d);
	assert_string_not_equal(torn, want);
	/* An input that the next run cannot read is the same. */
	assert_int_equal(unlink(in(dir, "0.evtx")), 0);
	assert_string_equal(end(start()), torn);
	make("0.evtx", 5000, 1);
	d = start();
	add(d, source(0, 4999, 1));
	assert_string_equal(end(d), torn);
	d = start();
	add(d, source(0, 5000, 2));
	assert_string_not_equal(end(d), torn);
}

static void
each_change_changes_the_digest(void **state)
{
	static const struct {
		const char *name;
		size_t n;
	} changes[] = { { "0.evtx", 5000 }, { "0.evtx", 5001 },
		{ "1.evtx", HEAD + 1 }, { "1.evtx", HEAD + 2 },
		{ "3.zip", 300 }, { "4.evtx", 2 }, { "5.evtx", 1 },
		{ "6.evtx", 0 }, { "00.evtx", 1 } };

	char want[DIGEST_HEX];

	(void)state;
	make_all();
	(void)snprintf(want, sizeof(want), "%s", read_digest());
	assert_string_equal(read_digest(), want);
	for (size_t i = 0; i < COUNT(changes); i++) {
		make(changes[i].name, changes[i].n, 99);
		assert_string_not_equal(read_digest(), want);
		assert_int_equal(unlink(in(dir, changes[i].name)), 0);
		make_all();
		assert_string_equal(read_digest(), want);
	}
	/* Bytes behind the first ones are not read. */
	const struct span last = SPAN("x");
	FILE *const f = fopen(in(dir, "1.evtx"), "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, HEAD, SEEK_SET), 0);
	assert_int_equal(fwrite(last.p, 1, 1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(read_digest(), want);
}

static void
many_inputs_that_cannot_be_read(void **state)
{
	char name[200];

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name), "%0150u.evtx", i);
		assert_int_equal(symlink("gone", in(dir, name)), 0);
	}
	const char *const want = read_digest();
	assert_string_equal(read_digest(), want);
	assert_int_equal(unlink(in(dir, name)), 0);
	assert_string_not_equal(read_digest(), want);
}

static void
a_stop_ends_the_reading(void **state)
{
	const volatile sig_atomic_t stop = 1;
	struct inputs_digest *d;

	(void)state;
	make("1.evtx", HEAD + 1, 2);
	walk();
	assert_why(inputs_digest_create(&d, &list, &stop, &error), RC_FATAL,
	    error, WHY_STOPPED);
	inputs_digest_destroy(d);
	inputs_digest_destroy(NULL);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(sources_replace_reading),
		EACH(logs_without_a_source_are_read),
		EACH(a_source_that_was_not_read_completely_differs),
		EACH(each_change_changes_the_digest),
		EACH(many_inputs_that_cannot_be_read),
		EACH(a_stop_ends_the_reading),
	};

	return RUN(tests);
}
