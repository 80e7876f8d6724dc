/* SPDX-License-Identifier: Apache-2.0 */
/* Segments that several threads verify have the batches, counts and errors of a
 * single thread, in the order of their submission. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load/segment_jobs.h"
#include "sink/sink_table.h"
#include "tests/unit/helper.h"

#define SEGMENTS 6U
#define LINES 90U

static char dir[TEMP_MAX];
static struct err error;
static const struct sink small = { .max_bytes = 400, .max_records = 7 };
static const unsigned threads[] = { 0, 1, 2, 3, 8 };

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	return mkdir(in(dir, "segments"), 0700);
}

static int
teardown(void **state)
{
	temp_remove(dir);
	return helper_teardown(state);
}

/* A staging of SEGMENTS segments, with lines of 31 to 460 bytes. */
static void
stage(void)
{
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	char json[4096];
	size_t at = 0;

	at += (size_t)snprintf(
	    json, sizeof(json), "{\"schema\":\"raw\",\"segments\":[");
	for (size_t i = 0; i < SEGMENTS; i++) {
		struct buf text;
		buf_init(&text, 1U << 20);
		for (size_t k = 0; k < LINES; k++)
			buf_fmt(&text, "{\"a\":\"%0*zu\"}\n",
			    (int)(23 + (k * (i + 3) * 37) % 430), k);
		file_write(in(dir, segment_name(i)), buf_span(&text));
		assert_ok(digest_once(buf_span(&text), sum, &error));
		digest_hex(sum, sizeof(sum), hex);
		at += (size_t)snprintf(json + at, sizeof(json) - at,
		    "%s{\"name\":\"%s\",\"sha256\":\"%s\",\"bytes\":%zu,"
		    "\"lines\":%u}",
		    i == 0 ? "" : ",", segment_name(i), hex, text.n, LINES);
		buf_reset(&text);
	}
	(void)snprintf(json + at, sizeof(json) - at,
	    "],\"accounting\":{\"emitted\":%u}}", SEGMENTS * LINES);
	file_write(in(dir, "manifest.json"), span_str(json));
}

/* Change a byte, or the size, which is found without reading the segment. */
static void
damage(size_t i)
{
	struct stat st;

	assert_int_equal(stat(in(dir, segment_name(i)), &st), 0);
	if (i % 3 == 2) {
		assert_int_equal(
		    truncate(in(dir, segment_name(i)), st.st_size - 1), 0);
		return;
	}
	const int fd = open(in(dir, segment_name(i)), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "b", 1, 2), 1);
	assert_int_equal(close(fd), 0);
}

/* --- one thread, as the loader would read without jobs ------------------- */

static struct batch expected[SEGMENTS * LINES];
static size_t expected_n;

static enum rc
keep(void *arg, struct batch *b, struct err *e)
{
	(void)arg;
	(void)e;
	expected[expected_n++] = *b;
	return RC_OK;
}

static enum rc
read_serially(const struct reader *r, struct err *e)
{
	struct batcher b = { .sink = &small, .add = keep };
	enum rc rc = RC_OK;

	expected_n = 0;
	for (size_t i = 0; rc == RC_OK && i < SEGMENTS; i++)
		rc = batcher_scan(&b, r, i, (int64_t)i + 1, e);
	return rc;
}

/* --- with jobs ----------------------------------------------------------- */

static void
assert_same(const struct batch *a, const struct batch *b)
{
	assert_int_equal(a->segment, b->segment);
	assert_int_equal(a->offset, b->offset);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->records, b->records);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->refused, b->refused);
}

/* Submit all segments and take them until one is bad; compare what was taken
 * with read_serially(). */
static enum rc
compare(const struct reader *r, unsigned n, struct err *e)
{
	const struct segment_jobs_options o = { .threads = n, .sink = &small };
	struct segment_jobs *jobs = NULL;
	struct segment_job *job;
	size_t next = 0;
	size_t taken = 0;
	size_t at = 0;
	enum rc rc = RC_OK;

	assert_ok(segment_jobs_create(&jobs, &o, &error));
	while (rc == RC_OK) {
		while (
		    next < SEGMENTS && (job = segment_jobs_new(jobs)) != NULL) {
			job->work = SEGMENT_DIVIDE;
			job->reader = r;
			job->index = next++;
			job->id = (int64_t)next;
			segment_jobs_submit(jobs, job);
		}
		job = segment_jobs_take(jobs);
		if (job == NULL)
			break;
		assert_int_equal(job->index, taken++);
		rc = job->result.rc;
		*e = job->result;
		for (size_t i = 0; rc == RC_OK && i < job->n; i++) {
			const struct batch b = segment_jobs_batch(job, i);
			assert_same(&b, &expected[at++]);
		}
	}
	segment_jobs_destroy(jobs);
	if (rc == RC_OK)
		assert_int_equal(at, expected_n);
	return rc;
}

static void
the_batches_are_those_of_one_thread(void **state)
{
	struct reader *r = NULL;
	size_t refused = 0;

	(void)state;
	stage();
	assert_ok(reader_open(dir, &r, &error));
	assert_ok(read_serially(r, &error));
	for (size_t i = 0; i < expected_n; i++)
		refused += expected[i].refused;
	assert_in_range(refused, 10, 200);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_ok(compare(r, threads[i], &error));
	reader_close(r);
}

/* Whichever segment a thread finds damaged first, the first one in the manifest
 * is reported. */
static void
the_first_damaged_segment_is_reported(void **state)
{
	struct reader *r = NULL;

	(void)state;
	for (unsigned mask = 1; mask < 1U << SEGMENTS; mask++) {
		struct err serial = { .rc = RC_OK };
		struct err e = { .rc = RC_OK };
		stage();
		for (size_t i = 0; i < SEGMENTS; i++)
			if ((mask >> i & 1) != 0)
				damage(i);
		assert_ok(reader_open(dir, &r, &error));
		assert_why(
		    read_serially(r, &serial), RC_FATAL, serial, WHY_TAMPERED);
		for (size_t i = 0; i < COUNT(threads); i++) {
			assert_why(compare(r, threads[i], &e), RC_FATAL, e,
			    WHY_TAMPERED);
			assert_string_equal(e.text, serial.text);
		}
		reader_close(r);
	}
}

/* --- counting ------------------------------------------------------------ */

static void
only_rows_of_the_parts_are_counted(void **state)
{
	const struct sink_remote *const remote =
	    sink_table_find("sentinel")->remote;
	struct preflight preflight;
	struct segment_jobs *jobs = NULL;
	struct reader *r = NULL;
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	char json[1024];
	struct buf text;

	(void)state;
	buf_init(&text, 1U << 20);
	for (unsigned i = 0; i < 100; i++)
		buf_str(&text,
		    "{\"TimeGenerated\":\"2020-01-01T00:00:00.0000000Z\"}\n");
	const size_t line = text.n / 100;
	file_write(in(dir, segment_name(0)), buf_span(&text));
	assert_ok(digest_once(buf_span(&text), sum, &error));
	digest_hex(sum, sizeof(sum), hex);
	(void)snprintf(json, sizeof(json),
	    "{\"schema\":\"raw\",\"segments\":[{\"name\":\"%s\",\"sha256\":"
	    "\"%s\",\"bytes\":%zu,\"lines\":100}],\"accounting\":{\"emitted\":"
	    "100}}",
	    segment_name(0), hex, text.n);
	file_write(in(dir, "manifest.json"), span_str(json));
	buf_reset(&text);
	preflight_init(&preflight, remote->limits, 1800000000, false);
	const struct segment_jobs_options o = { .threads = 2,
		.sink = sink_table_find("sentinel"),
		.preflight = &preflight };
	assert_ok(reader_open(dir, &r, &error));
	assert_ok(segment_jobs_create(&jobs, &o, &error));
	for (unsigned pass = 0; pass < 2; pass++) {
		struct segment_job *job = segment_jobs_new(jobs);
		const struct segment_part parts[] = { { .length = 3 * line },
			{ .offset = 50 * line, .length = line },
			{ .offset = 98 * line, .length = 2 * line } };
		job->work = pass == 0 ? SEGMENT_COUNT : SEGMENT_VERIFY;
		job->reader = r;
		for (size_t i = 0; i < COUNT(parts); i++)
			assert_ok(
			    segment_jobs_add_part(job, &parts[i], &error));
		segment_jobs_submit(jobs, job);
		job = segment_jobs_take(jobs);
		assert_int_equal(job->result.rc, RC_OK);
		assert_int_equal(job->preflight.counts.old, pass == 0 ? 6 : 0);
	}
	assert_null(segment_jobs_take(jobs));
	segment_jobs_destroy(jobs);
	reader_close(r);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_batches_are_those_of_one_thread),
		T(the_first_damaged_segment_is_reported),
		T(only_rows_of_the_parts_are_counted),
	};

	return RUN(tests);
}
