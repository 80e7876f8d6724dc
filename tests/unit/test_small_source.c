/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that are read at once, and the groups of their jobs. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/dispatch.h"
#include "convert/small_source.h"
#include "evtx/decoder_native.h"
#include "tests/unit/helper.h"

#define LOG (CHUNK_FILE_HEADER + CHUNK_BYTES)

static char dir[TEMP_MAX];
static struct select criteria;
static struct job job;
static struct small_source small;
static struct chunk_file_header header;
static struct err error;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	select_init(&criteria);
	return eventset_load(&criteria.set, "any", &error) == RC_OK &&
		       job_init(&job, &error) == RC_OK
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	(void)state;
	job_free(&job);
	select_free(&criteria);
	temp_remove(dir);
	return 0;
}

/* Fill in the first n bytes of a log. Its bytes depend on the seed. */
static void
fill(uint8_t *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + i / 4096 + seed);
	memcpy(p, "ElfFile", n < 8 ? n : 8);
	for (size_t at = CHUNK_FILE_HEADER; at < n; at += CHUNK_BYTES)
		memcpy(p + at, "ElfChnk", n - at < 8 ? n - at : 8);
}

/* Make a log of n bytes and open it. */
static int
make(size_t n)
{
	const char *const path = in(dir, "x.evtx");
	uint8_t *const p = malloc(n);

	assert_non_null(p);
	fill(p, n, 0);
	file_write(path, span_of(p, n));
	free(p);
	const int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd != -1);
	return fd;
}

static bool
is_small(size_t n)
{
	const int fd = make(n);
	const bool yes = small_source_init(&small, fd, "x");

	(void)close(fd);
	assert_true(!yes || small.n == n);
	return yes;
}

static void
only_small_files_are_read_at_once(void **state)
{
	(void)state;
	assert_false(is_small(1));
	assert_false(is_small(CHUNK_FILE_HEADER + CHUNK_HEADER));
	assert_true(is_small(CHUNK_FILE_HEADER + CHUNK_HEADER + 1));
	assert_true(is_small(SMALL_SOURCE_MAX));
	assert_false(is_small(SMALL_SOURCE_MAX + 1));
	const int fd = open(dir, O_RDONLY | O_CLOEXEC);
	assert_false(small_source_init(&small, fd, "x"));
	(void)close(fd);
	assert_false(small_source_init(&small, -1, "x"));
}

static void
all_bytes_become_pieces(void **state)
{
	(void)state;
	const int fd = make(LOG + CHUNK_BYTES + 100);
	assert_true(small_source_init(&small, fd, "x"));
	memset(&header, 0, sizeof(header));
	assert_true(small_source_read(&small, &job, &header));
	(void)close(fd);
	assert_true(header.signature);
	assert_int_equal(job.offset, 0);
	assert_int_equal(job.n_pieces, 3);
	size_t at = CHUNK_FILE_HEADER;
	for (size_t i = 0; i < job.n_pieces; i++) {
		assert_int_equal(job.pieces[i].cut.at, at);
		at += job.pieces[i].cut.n;
	}
	assert_int_equal(at, small.n);
	assert_memory_equal(job.bytes + CHUNK_FILE_HEADER, "ElfChnk", 8);
}

/* A file that changes must be read piece by piece, which reports the change. */
static void
a_file_that_changes_is_refused(void **state)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	(void)state;
	const int fd = make(LOG);
	assert_true(small_source_init(&small, fd, "x"));
	assert_true(small_source_read(&small, &job, &header));
	assert_int_equal(futimens(fd, times), 0);
	assert_false(small_source_read(&small, &job, &header));
	assert_true(small_source_init(&small, fd, "x"));
	assert_true(small_source_read(&small, &job, &header));
	assert_int_equal(ftruncate(fd, LOG - 1), 0);
	assert_false(small_source_read(&small, &job, &header));
	assert_true(small_source_init(&small, fd, "x"));
	assert_int_equal(write(fd, "x", 1), 1);
	assert_false(small_source_read(&small, &job, &header));
	(void)close(fd);
	assert_false(small_source_read(&small, &job, &header));
}

/* --- groups --------------------------------------------------------------- */

#define MANY 250U

/* The jobs that were collected. */
struct seen {
	uint64_t n;
	size_t grouped; /* number of those that others were submitted with */
	size_t copies;
	/* 1 + the number of the source for which settle() was called last. */
	uint64_t settled;
};

/* From 100 to 199, and some others. */
static bool
is_doubtful(uint64_t number)
{
	return number / 100 == 1 || number % 13 == 0;
}

/* All sources of some groups, or some sources of a group. */
static bool
is_copy(uint64_t number)
{
	return is_doubtful(number) && number % 49 != 0 &&
	       (number < 150 || number > 180);
}

/* The length of the source with this number. 0: an ordinary job. */
static size_t
length_of(uint64_t number)
{
	static const size_t lengths[] = { LOG, LOG, 5000, LOG, 9000, 5000,
		SMALL_SOURCE_MAX, LOG, 0, LOG, LOG, LOG, LOG, LOG, LOG, LOG,
		LOG, LOG, LOG };

	return lengths[number % COUNT(lengths)];
}

static enum rc
settle(void *ctx, struct job *j, bool *copy, struct err *e)
{
	struct seen *const seen = ctx;

	(void)e;
	assert_int_equal(j->whole, length_of(j->source));
	assert_true(j->source >= seen->settled);
	/* All groups before this one were collected. */
	assert_true(j->source - seen->n < JOB_GROUP_MAX);
	seen->settled = j->source + 1;
	*copy = is_copy(j->source);
	j->whole = 0;
	return RC_OK;
}

static enum rc
collect(void *ctx, struct job *j, struct err *e)
{
	static uint8_t bytes[SMALL_SOURCE_MAX];
	struct seen *const seen = ctx;
	const size_t n = length_of(seen->n);
	uint8_t sum[DIGEST_BYTES];
	char want[DIGEST_HEX];

	(void)e;
	assert_int_equal(j->source, seen->n);
	assert_int_equal(j->whole, seen->settled <= j->source ? n : 0);
	assert_int_equal(j->n_pieces, n == 0 || is_copy(j->source) ? 0 : 1);
	assert_true(
	    !is_doubtful(j->source) || seen->settled > j->source || n == 0);
	seen->copies += n != 0 && is_copy(j->source);
	fill(bytes, n == 0 ? LOG : n, (unsigned)seen->n);
	assert_int_equal(j->out.account.found, 0);
	assert_memory_equal(j->bytes, bytes, n == 0 ? LOG : n);
	if (n != 0) {
		assert_ok(digest_once(span_of(bytes, n), sum, &error));
		digest_hex(sum, sizeof(sum), want);
		assert_string_equal(j->sha256, want);
	}
	seen->grouped += j->first != NULL;
	seen->n++;
	return RC_OK;
}

/* Submit the job of the source with this number. The source with number 5, 10
 * and so on is the second one for which its job is requested: the first turned
 * out to be a copy. */
static void
submit(struct dispatch *d, uint64_t number)
{
	const size_t n = length_of(number);
	struct job *j;

	if (number % 5 == 0 && n != 0) {
		assert_ok(dispatch_small_job(d, SMALL_SOURCE_MAX, &j, &error));
		fill(j->bytes, SMALL_SOURCE_MAX, MANY);
	}
	if (n != 0)
		assert_ok(dispatch_small_job(d, n, &j, &error));
	else
		assert_ok(dispatch_idle_job(d, &j, &error));
	fill(j->bytes, n == 0 ? LOG : n, (unsigned)number);
	j->source = number;
	j->name = "x";
	j->n_pieces = n == 0 ? 0 : 1;
	j->pieces[0] = (struct job_piece){ .cut = { PIECE_OTHER, 0, 100 } };
	j->whole = n;
	j->doubtful = is_doubtful(number);
	if (n != 0)
		dispatch_submit_small(d, j, n);
	else
		dispatch_submit(d, j);
}

/* Submit many jobs, of which the last are not collected by the way. */
static struct dispatch *
submit_many(unsigned threads, struct writer *out, struct seen *seen)
{
	static const struct worker_options w = { .decoder = &decoder_native,
		.record = { .schema = &schema_raw, .select = &criteria } };
	const struct dispatch_options o = { .worker = &w,
		.threads = threads,
		.out = out,
		.collect = collect,
		.settle = settle,
		.ctx = seen };
	struct dispatch *d;

	assert_ok(dispatch_create(&d, &o, &error));
	for (uint64_t i = 0; i < MANY; i++)
		submit(d, i);
	assert_true(seen->n < MANY);
	return d;
}

static void
jobs_of_groups_are_collected_in_order(void **state)
{
	const struct writer_options wo = { .dir = NULL, .fd = -1 };
	struct writer *out;

	(void)state;
	assert_ok(writer_open(&out, &wo, &error));
	for (unsigned threads = 1; threads <= 4; threads++) {
		struct seen seen = { .n = 0 };
		struct dispatch *const d = submit_many(threads, out, &seen);

		assert_ok(dispatch_drain(d, &error));
		assert_int_equal(seen.n, MANY);
		assert_true(seen.grouped > MANY / 2);
		assert_true(seen.copies > MANY / 8);
		assert_ok(dispatch_drain(d, &error));
		dispatch_destroy(d);
	}
	writer_close(out);
}

/* After a failure nobody waits for the group. */
static void
an_unfinished_group_is_discarded(void **state)
{
	const struct writer_options wo = { .dir = NULL, .fd = -1 };
	struct seen seen = { .n = 0 };
	struct writer *out;

	(void)state;
	assert_ok(writer_open(&out, &wo, &error));
	dispatch_destroy(submit_many(3, out, &seen));
	assert_true(seen.n < MANY);
	writer_close(out);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(only_small_files_are_read_at_once),
		EACH(all_bytes_become_pieces),
		EACH(a_file_that_changes_is_refused),
		EACH(jobs_of_groups_are_collected_in_order),
		EACH(an_unfinished_group_is_discarded),
	};

	return RUN(tests);
}
