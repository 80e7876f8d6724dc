/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>
#include <unistd.h>

#include "stage/reader.h"
#include "tests/unit/helper.h"

static char dir[TEMP_MAX];
static struct err error;

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

/* A manifest with one segment that holds text, or says so. */
static void
stage(const char *name, const char *text, unsigned lines, unsigned emitted)
{
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];
	char json[1024];

	assert_ok(digest_once(span_str(text), sum, &error));
	digest_hex(sum, sizeof(sum), hex);
	(void)snprintf(json, sizeof(json),
	    "{\"schema\":\"raw\",\"segments\":[{\"name\":\"%s\",\"sha256\":"
	    "\"%s\",\"bytes\":%zu,\"lines\":%u}],\"accounting\":"
	    "{\"emitted\":%u}}",
	    name, hex, strlen(text), lines, emitted);
	file_write(in(dir, "manifest.json"), span_str(json));
	file_write(in(dir, "segments/000001.ndjson"), span_str(text));
}

#define NAME "segments/000001.ndjson"

struct places {
	uint64_t offset[8];
	uint64_t length[8];
	uint64_t sum[8]; /* of the bytes of its text */
	size_t n;
};

static enum rc
note(void *arg, const struct scan_line *line, struct err *e)
{
	struct places *const p = arg;

	(void)e;
	assert_int_equal(line->text.n,
	    line->length < SCAN_LINE_MAX ? line->length : SCAN_LINE_MAX);
	for (size_t i = 0; i < line->text.n; i++)
		p->sum[p->n] += line->text.p[i];
	p->offset[p->n] = line->offset;
	p->length[p->n++] = line->length;
	return RC_OK;
}

static void
lines_and_ranges(void **state)
{
	struct places p = { .n = 0 };
	const struct scan_visit visit = { note, &p };
	const struct reader_range range = { 0, 3, 5 };
	struct reader *r = NULL;
	struct buf out;

	(void)state;
	stage(NAME, "{}\n{\"a\"}\n\n{}\n", 4, 4);
	assert_ok(reader_open(dir, &r, &error));
	assert_string_equal(reader_schema(r), "raw");
	assert_int_equal(reader_count(r), 1);
	assert_int_equal(reader_lines(r), 4);
	assert_ok(reader_scan(r, 0, &visit, &error));
	assert_int_equal(p.n, 4);
	assert_int_equal(p.offset[1], 3);
	assert_int_equal(p.length[1], 5);
	assert_int_equal(p.length[2], 0);
	assert_int_equal(p.offset[3], 10);
	buf_init(&out, 100);
	assert_ok(reader_read(r, &range, &out, &error));
	assert_buf(&out, "{\"a\"}");
	buf_reset(&out);
	reader_close(r);
}

/* Of a line longer than the longest that is shown, the first bytes are. */
static void
a_line_beyond_the_maximum(void **state)
{
	static char text[5500001];
	struct places p = { .n = 0 };
	const struct scan_visit visit = { note, &p };
	struct reader *r = NULL;

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	memset(text + 10, 'a', SCAN_LINE_MAX);
	text[9] = '\n';
	text[5400000] = '\n';
	text[5499999] = '\n';
	stage(NAME, text, 3, 3);
	assert_ok(reader_open(dir, &r, &error));
	assert_ok(reader_scan(r, 0, &visit, &error));
	assert_int_equal(p.n, 3);
	assert_int_equal(p.length[1], 5399990);
	assert_int_equal(p.sum[1], 'a' * (uint64_t)SCAN_LINE_MAX);
	assert_int_equal(p.offset[2], 5400001);
	assert_int_equal(p.sum[2], 'y' * UINT64_C(99998));
	reader_close(r);
}

static void
lines_across_blocks(void **state)
{
	static char text[700001];
	struct places p = { .n = 0 };
	const struct scan_visit visit = { note, &p };
	struct reader *r = NULL;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[262143] = '\n'; /* the last byte of the first block */
	text[262144] = '\n'; /* the first of the second */
	text[699999] = '\n';
	stage(NAME, text, 3, 3);
	assert_ok(reader_open(dir, &r, &error));
	assert_ok(reader_scan(r, 0, &visit, &error));
	assert_int_equal(p.n, 3);
	assert_int_equal(p.length[0], 262143);
	assert_int_equal(p.length[1], 0);
	assert_int_equal(p.offset[2], 262145);
	assert_int_equal(p.length[2], 699999 - 262145);
	reader_close(r);
}

static void
assert_open_fails(enum why why, const char *part)
{
	struct reader *r = NULL;

	assert_why(reader_open(dir, &r, &error), RC_FATAL, error, why);
	assert_null(r);
	assert_says(error, part);
}

static void
what_is_unfinished(void **state)
{
	(void)state;
	assert_open_fails(WHY_USAGE, "manifest.json");
	stage(NAME, "{}\n", 1, 1);
	assert_int_equal(mkdir(in(dir, "state"), 0700), 0);
	assert_open_fails(WHY_USAGE, "unfinished");
	assert_int_equal(rmdir(in(dir, "state")), 0);
	assert_int_equal(unlink(in(dir, "manifest.json")), 0);
	assert_int_equal(mkfifo(in(dir, "manifest.json"), 0600), 0);
	assert_open_fails(WHY_CORRUPT, "regular");
}

static void
names_that_lead_elsewhere(void **state)
{
	static const char *const bad[] = { "segments/../x", "/etc/passwd",
		"segments/a/b", "../segments/a", "segments/", "segments/..",
		"segments/.hidden", "000001.ndjson", "segments//a",
		"segments/a\\u0007b", "segments/a\\\\b", "" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		stage(bad[i], "{}\n", 1, 1);
		assert_open_fails(WHY_CORRUPT, "manifest.json");
	}
}

static void
manifests_that_nobody_wrote(void **state)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"schema\":1}",
		"{\"schema\":\"raw\"}", "{\"schema\":\"raw\",\"segments\":[]}",
		"{\"schema\":\"raw\",\"segments\":[{}],"
		"\"accounting\":{\"emitted\":0}}",
		"{\"schema\":\"raw\",\"segments\":[{\"name\":"
		"\"segments/1\",\"sha256\":\"zz\",\"bytes\":1,\"lines\":1}],"
		"\"accounting\":{\"emitted\":1}}" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		file_write(in(dir, "manifest.json"), span_str(bad[i]));
		assert_open_fails(WHY_CORRUPT, dir);
	}
	/* A segment that was struck from the list. */
	stage(NAME, "{}\n", 1, 2);
	assert_open_fails(
	    WHY_TAMPERED, "2 emitted and 0 recovered records, but 1 lines");
}

static void
assert_scan_fails(const char *part)
{
	struct reader *r = NULL;

	assert_ok(reader_open(dir, &r, &error));
	assert_why(
	    reader_scan(r, 0, NULL, &error), RC_FATAL, error, WHY_TAMPERED);
	assert_says(error, part);
	reader_close(r);
}

static void
segments_that_changed(void **state)
{
	const char *const path = in(dir, NAME);

	(void)state;
	stage(NAME, "{\"a\":1}\n", 1, 1);
	file_write(path, SPAN("{\"a\":2}\n"));
	assert_scan_fails("SHA-256");
	file_write(path, SPAN("{\"a\":1}\n\n"));
	assert_scan_fails("bytes");
	assert_int_equal(unlink(in(dir, NAME)), 0);
	assert_scan_fails("missing");
	file_write(in(dir, "elsewhere"), SPAN("{\"a\":1}\n"));
	assert_int_equal(symlink(in(dir, "elsewhere"), in(dir, NAME)), 0);
	assert_scan_fails("link");
	/* The right digest of the wrong thing. */
	assert_int_equal(unlink(in(dir, NAME)), 0);
	stage(NAME, "{}\n{}\n", 1, 1);
	assert_scan_fails("lines");
	stage(NAME, "{}\n{}", 1, 1);
	assert_scan_fails("lines");
}

/* Same size, and even the same bytes: somebody was at it after the digest was
 * compared. */
static void
segments_that_change_after_the_scan(void **state)
{
	const struct reader_range range = { 0, 0, 8 };
	struct reader *r = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	stage(NAME, "{\"a\":1}\n", 1, 1);
	assert_ok(reader_open(dir, &r, &error));
	assert_ok(reader_scan(r, 0, NULL, &error));
	assert_ok(reader_read(r, &range, &out, &error));
	assert_int_equal(unlink(in(dir, NAME)), 0);
	file_write(in(dir, NAME), SPAN("{\"a\":1}\n"));
	assert_why(reader_read(r, &range, &out, &error), RC_FATAL, error,
	    WHY_TAMPERED);
	assert_says(error, "changed");
	buf_reset(&out);
	reader_close(r);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(lines_and_ranges),
		T(a_line_beyond_the_maximum),
		T(lines_across_blocks),
		T(what_is_unfinished),
		T(names_that_lead_elsewhere),
		T(manifests_that_nobody_wrote),
		T(segments_that_changed),
		T(segments_that_change_after_the_scan),
	};

	return RUN(tests);
}
