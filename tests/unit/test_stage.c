/* SPDX-License-Identifier: Apache-2.0 */
/* Account, manifest and writer: a staging directory from its first line to
 * its manifest. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stage/account_json.h"
#include "stage/writer.h"
#include "tests/unit/helper.h"
#include "util/json.h"

static char dir[TEMP_MAX];
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
	temp_remove(dir);
	return 0;
}

static enum rc
try_open(struct writer **w, bool force)
{
	const struct writer_options o = { .dir = in(dir, "out"),
		.fd = -1,
		.force = force,
		.segment_bytes = 10 };

	return writer_open(w, &o, &error);
}

static struct writer *
start(void)
{
	struct writer *w;

	assert_ok(try_open(&w, false));
	return w;
}

static void
assert_file(const char *name, const char *want)
{
	char *const text = file_text(in(dir, name));

	if (text == NULL)
		fail_msg("%s is not there", name);
	assert_string_equal(text, want);
	free(text);
}

static struct manifest
empty_manifest(void)
{
	static const struct manifest_pair none[] = { { NULL, NULL } };
	static const struct manifest_pair run[] = { { "host", "h" },
		{ NULL, NULL } };
	static const char *const reasons[ACCOUNT_REASONS] = { "kept",
		"event_set" };

	return (struct manifest){ .tool_version = "1.2",
		.tool_commit = "abc",
		.schema = "raw",
		.set_name = "common",
		.set_sha256 = "00",
		.reasons = reasons,
		.options = none,
		.run = run };
}

/* Write lines and finish the directory. */
static void
finish(struct writer *w)
{
	struct manifest m = empty_manifest();

	assert_ok(writer_begin_end(w, &error));
	assert_ok(writer_end(w, &m, &error));
	assert_ok(writer_publish(w, &m, &error));
	manifest_free(&m);
	writer_close(w);
}

static void
accounts_add_up(void **state)
{
	struct account a = { .found = 10,
		.emitted = 5,
		.filtered = { [1] = 2, [3] = 1 },
		.duplicate = 1,
		.damaged = 1,
		.regions = 4,
		.recovered = 2 };
	struct account sum = { .found = 0 };

	(void)state;
	assert_true(account_closes(&a));
	assert_int_equal(account_filtered(&a), 3);
	account_add(&sum, &a);
	account_add(&sum, &a);
	assert_true(account_closes(&sum));
	assert_int_equal(sum.found, 20);
	assert_int_equal(sum.filtered[3], 2);
	assert_int_equal(sum.regions, 8);
	assert_int_equal(sum.recovered, 4);
	a.found++;
	assert_false(account_closes(&a));
	account_add(&sum, &a);
	assert_false(account_closes(&sum));
}

static void
accounts_know_first_and_last_time(void **state)
{
	struct account a = { .found = 0 };
	struct account b = { .found = 0 };

	(void)state;
	account_time(&a, 0);
	assert_int_equal(a.first_time, 0);
	account_time(&a, 50);
	account_time(&a, 20);
	account_time(&a, 30);
	assert_int_equal(a.first_time, 20);
	assert_int_equal(a.last_time, 50);
	account_add(&b, &a);
	account_time(&b, 10);
	account_add(&b, &a);
	assert_int_equal(b.first_time, 10);
	assert_int_equal(b.last_time, 50);
}

static void
a_manifest_says_all(void **state)
{
	struct manifest m = empty_manifest();
	struct buf out;

	(void)state;
	m.sources.lines = 2;
	m.sources.bytes = 700;
	m.account = (struct account){
		.found = 3, .emitted = 1, .filtered = { [1] = 2 }
	};
	struct manifest_segment *const g = manifest_add_segment(&m);
	memcpy(g->name, "segments/000001.ndjson", 23);
	g->lines = 1;
	buf_init(&out, MAXIMUM_MANIFEST);
	assert_ok(manifest_write(&m, &out, &error));
	struct cJSON *root;
	assert_ok(json_parse(buf_span(&out), "manifest", &root, &error));
	assert_string_equal(json_text(json_get(root, "tool"), "commit"), "abc");
	assert_string_equal(json_text(root, "schema"), "raw");
	assert_string_equal(
	    json_text(json_get(root, "event_set"), "name"), "common");
	assert_string_equal(json_text(json_get(root, "run"), "host"), "h");
	const struct cJSON *one = json_get(root, "sources");
	assert_string_equal(json_text(one, "name"), "sources.ndjson");
	uint64_t n = 0;
	assert_ok(json_need_u64(one, "lines", &n, &error));
	assert_int_equal(n, 2);
	assert_ok(json_need_u64(one, "bytes", &n, &error));
	assert_int_equal(n, 700);
	assert_string_equal(
	    json_text(json_get(root, "logs"), "name"), "logs.ndjson");
	const struct cJSON *const account = json_get(root, "accounting");
	assert_ok(json_need_u64(account, "found", &n, &error));
	assert_int_equal(n, 3);
	assert_ok(json_need_u64(
	    json_get(account, "filtered"), "event_set", &n, &error));
	assert_int_equal(n, 2);
	one = json_first(json_get(root, "segments"));
	assert_string_equal(json_text(one, "name"), "segments/000001.ndjson");
	json_free(root);
	manifest_free(&m);
	buf_reset(&out);
}

static void
a_source_is_a_line(void **state)
{
	static const char *const reasons[ACCOUNT_REASONS] = { "kept",
		"event_set" };
	const struct source_entry s = { .name = "a\"b.evtx",
		.error = "is broken",
		.bytes = 69632,
		.chunks = 1,
		.account = { .found = 3,
		    .emitted = 1,
		    .filtered = { [1] = 2 },
		    .first_time = UINT64_C(130270189599735000),
		    .last_time = UINT64_C(130270189599735000) } };
	struct source_entry again;
	struct account account;
	struct cJSON *one;
	struct buf out;

	(void)state;
	buf_init(&out, MAXIMUM_LINE);
	assert_ok(source_entry_write(&out, &s, reasons, &error));
	assert_int_equal(out.p[out.n - 1], '\n');
	out.n--;
	assert_ok(json_parse(buf_span(&out), "line", &one, &error));
	assert_string_equal(
	    json_text(one, "first_time"), "2013-10-23T16:22:39.9735000Z");
	assert_true(json_is_true(json_get(one, "bad")));
	assert_ok(source_entry_read(one, &again, &error));
	assert_string_equal(again.name, s.name);
	assert_string_equal(again.error, s.error);
	assert_null(again.duplicate_of);
	assert_int_equal(again.bytes, s.bytes);
	assert_int_equal(again.chunks, 1);
	memset(&account, 0, sizeof(account));
	assert_ok(account_json_read(
	    json_get(one, "accounting"), reasons, &account, &error));
	assert_int_equal(account.found, 3);
	assert_int_equal(account.filtered[1], 2);
	json_free(one);
	buf_reset(&out);
}

/* Append what source_entry_write() must write, and an LF. */
static void
put_entry(struct buf *b, const struct source_entry *s, const char *const *names)
{
	struct cJSON *const o = source_entry_json(s, names);

	assert_ok(json_write(b, o, &error));
	json_free(o);
	buf_byte(b, '\n');
}

/* The line is the text of the JSON object, which other listings contain. */
static void
a_source_is_written_in_two_ways(void **state)
{
	const char *const names[ACCOUNT_REASONS] = { NULL, "by \"id\"", NULL,
		"by time" };
	const struct source_entry all = { .name = "a\"b\xff.evtx",
		.sha256 = "12",
		.archive_sha256 = "34",
		.error = "is\nbroken",
		.duplicate_of = "other",
		.bytes = UINT64_C(9007199254740992),
		.chunks = 2,
		.chunks_bad = 1,
		.copy = { .records = 5, .ids_differ = 3, .times_shift = 2 },
		.collected = { "KAPE", "host", "C:\\x", 4 },
		.account = { .found = 3,
		    .emitted = 1,
		    .filtered = { [1] = 2, [3] = 7 },
		    .other_channels = 8,
		    .first_time = UINT64_C(130270189599735000),
		    .last_time = UINT64_C(130270189599735001) } };
	const struct source_entry few = { .name = "" };
	struct source_entry some = all;
	struct buf lines;
	struct buf want;

	(void)state;
	some.collected.host = NULL;
	some.collected.shadow_copy = 0;
	some.account.filtered[1] = 0;
	const struct source_entry *const entries[] = { &all, &few, &some };
	buf_init(&lines, MAXIMUM_LINE);
	buf_init(&want, MAXIMUM_LINE);
	for (size_t i = 0; i < COUNT(entries); i++) {
		assert_ok(
		    source_entry_write(&lines, entries[i], names, &error));
		put_entry(&want, entries[i], names);
	}
	assert_span_eq(buf_span(&lines), buf_span(&want));
	buf_reset(&lines);
	buf_init(&lines, 600);
	assert_why(source_entry_write(&lines, &all, names, &error), RC_FATAL,
	    error, WHY_LIMIT);
	buf_reset(&lines);
	buf_reset(&want);
}

static void
a_line_that_nobody_wrote_is_refused(void **state)
{
	static const char *const bad[] = { "{}", "{\"name\":\"a\"}",
		"{\"name\":\"a\",\"sha256\":\"x\",\"bytes\":1,\"chunks\":0,"
		"\"chunks_bad\":0}",
		"{\"name\":\"a\",\"sha256\":\"\",\"bytes\":-1,\"chunks\":0,"
		"\"chunks_bad\":0}" };
	struct source_entry s;
	struct cJSON *o;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_ok(json_parse(span_str(bad[i]), "line", &o, &error));
		assert_why(source_entry_read(o, &s, &error), RC_FATAL, error,
		    WHY_CORRUPT);
		json_free(o);
	}
}

static void
many_segments_stay_in_order(void **state)
{
	struct manifest m = empty_manifest();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		manifest_add_segment(&m)->lines = i;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(m.segments[i].lines, i);
	manifest_free(&m);
	assert_int_equal(m.n_segments, 0);
}

static void
a_finished_directory(void **state)
{
	struct writer *const w = start();
	struct stat st;

	(void)state;
	assert_ok(writer_lines(w, SPAN("{}\n{}\n"), 2, &error));
	assert_ok(writer_damage(w, SPAN("{\"d\":1}\n"), &error));
	assert_false(file_there(in(dir, "out/manifest.json")));
	finish(w);
	assert_file("out/segments/000001.ndjson", "{}\n{}\n");
	assert_file("out/damage.ndjson", "{\"d\":1}\n");
	assert_true(file_there(in(dir, "out/manifest.json")));
	assert_false(file_there(in(dir, "out/state")));
	assert_int_equal(stat(in(dir, "out"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
segments_rotate_and_keep_lines_together(void **state)
{
	struct manifest m = empty_manifest();
	struct writer *const w = start();
	uint8_t raw[DIGEST_BYTES];
	char hex[DIGEST_HEX];

	(void)state;
	assert_ok(writer_lines(w, SPAN("{\"a\":1}\n"), 1, &error));
	assert_ok(writer_lines(w, SPAN("{\"a\":2}\n{\"a\":3}\n"), 2, &error));
	assert_ok(writer_lines(w, SPAN("{\"a\":4}\n"), 1, &error));
	assert_ok(writer_begin_end(w, &error));
	assert_ok(writer_end(w, &m, &error));
	assert_int_equal(m.n_segments, 2);
	assert_string_equal(m.segments[0].name, "segments/000001.ndjson");
	assert_int_equal(m.segments[0].lines, 3);
	assert_int_equal(m.segments[0].bytes, 24);
	assert_int_equal(m.segments[1].lines, 1);
	assert_ok(digest_once(
	    SPAN("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n"), raw, &error));
	digest_hex(raw, sizeof(raw), hex);
	assert_string_equal(m.segments[0].sha256, hex);
	assert_ok(digest_once(SPAN("{\"a\":4}\n"), raw, &error));
	digest_hex(raw, sizeof(raw), hex);
	assert_string_equal(m.segments[1].sha256, hex);
	manifest_free(&m);
	writer_close(w);
	assert_file("out/segments/000002.ndjson", "{\"a\":4}\n");
}

static void
only_settled_and_closed_segments_have_a_name(void **state)
{
	struct writer *const w = start();

	(void)state;
	assert_ok(writer_lines(w, SPAN("0123456789\n"), 1, &error));
	assert_true(file_there(in(dir, "out/state/000001.ndjson")));
	assert_false(file_there(in(dir, "out/segments/000001.ndjson")));
	assert_ok(writer_lines(w, SPAN("x\n"), 1, &error));
	assert_ok(writer_settle(w, &error));
	assert_true(file_there(in(dir, "out/segments/000001.ndjson")));
	assert_false(file_there(in(dir, "out/segments/000002.ndjson")));
	assert_true(file_there(in(dir, "out/state/000002.ndjson")));
	assert_ok(writer_settle(w, &error));
	finish(w);
	assert_file("out/segments/000002.ndjson", "x\n");
}

static void
nothing_to_write_makes_no_segment(void **state)
{
	struct writer *const w = start();

	(void)state;
	assert_ok(writer_lines(w, SPAN(""), 0, &error));
	assert_ok(writer_settle(w, &error));
	finish(w);
	assert_false(file_there(in(dir, "out/segments/000001.ndjson")));
	assert_file("out/damage.ndjson", "");
}

static void
a_finished_directory_is_only_replaced_by_force(void **state)
{
	struct writer *w = start();

	(void)state;
	assert_ok(writer_lines(w, SPAN("old\n"), 1, &error));
	finish(w);
	assert_why(try_open(&w, false), RC_FATAL, error, WHY_EXISTS);
	assert_null(w);
	assert_file("out/segments/000001.ndjson", "old\n");
	assert_true(file_there(in(dir, "out/manifest.json")));
	assert_ok(try_open(&w, true));
	assert_false(file_there(in(dir, "out/manifest.json")));
	assert_false(file_there(in(dir, "out/segments/000001.ndjson")));
	finish(w);
	assert_false(file_there(in(dir, "out/segments/000001.ndjson")));
}

static void
an_unfinished_directory_is_started_anew(void **state)
{
	struct writer *w = start();

	(void)state;
	assert_ok(writer_lines(w, SPAN("0123456789\n"), 1, &error));
	assert_ok(writer_settle(w, &error));
	assert_ok(writer_lines(w, SPAN("half"), 1, &error));
	writer_close(w);
	assert_true(file_there(in(dir, "out/state/000002.ndjson")));
	w = start();
	assert_ok(writer_lines(w, SPAN("new\n"), 1, &error));
	finish(w);
	assert_file("out/segments/000001.ndjson", "new\n");
	assert_false(file_there(in(dir, "out/segments/000002.ndjson")));
}

static void
a_directory_with_other_things_is_left_alone(void **state)
{
	struct writer *w;

	(void)state;
	assert_int_equal(mkdir(in(dir, "out"), 0700), 0);
	file_write(in(dir, "out/thesis.txt"), SPAN("years of work"));
	assert_why(try_open(&w, false), RC_FATAL, error, WHY_EXISTS);
	assert_says(error, "thesis.txt");
	assert_why(try_open(&w, true), RC_FATAL, error, WHY_EXISTS);
	assert_file("out/thesis.txt", "years of work");
	assert_false(file_there(in(dir, "out/state")));
}

static void
a_second_run_is_locked_out(void **state)
{
	struct writer *const first = start();
	struct writer *second;

	(void)state;
	assert_why(try_open(&second, false), RC_FATAL, error, WHY_LOCKED);
	assert_why(try_open(&second, true), RC_FATAL, error, WHY_LOCKED);
	assert_ok(writer_lines(first, SPAN("x\n"), 1, &error));
	finish(first);
	assert_file("out/segments/000001.ndjson", "x\n");
}

static void
a_file_in_the_place_of_the_directory(void **state)
{
	struct writer *w;

	(void)state;
	file_write(in(dir, "out"), SPAN("file"));
	assert_rc(try_open(&w, true), RC_FATAL);
	assert_null(w);
	assert_file("out", "file");
}

static void
lines_to_a_descriptor(void **state)
{
	struct manifest m = empty_manifest();
	const int fd = open(in(dir, "lines"), O_WRONLY | O_CREAT, 0600);
	const struct writer_options o = { .dir = NULL, .fd = fd };
	struct writer *w;

	(void)state;
	assert_ok(writer_open(&w, &o, &error));
	assert_ok(writer_lines(w, SPAN("a\n"), 1, &error));
	assert_ok(writer_damage(w, SPAN("damage\n"), &error));
	assert_ok(writer_settle(w, &error));
	assert_ok(writer_lines(w, SPAN("b\n"), 1, &error));
	assert_ok(writer_begin_end(w, &error));
	assert_ok(writer_end(w, &m, &error));
	assert_ok(writer_publish(w, &m, &error));
	assert_int_equal(m.n_segments, 0);
	writer_close(w);
	writer_close(NULL);
	(void)close(fd);
	assert_file("lines", "a\nb\n");
}

static void
a_full_disk_is_temporary(void **state)
{
	const int fd = open("/dev/full", O_WRONLY);
	const struct writer_options o = { .dir = NULL, .fd = fd };
	struct writer *w;

	(void)state;
	if (fd == -1)
		skip();
	assert_ok(writer_open(&w, &o, &error));
	assert_why(writer_lines(w, SPAN("a\n"), 1, &error), RC_RETRY, error,
	    WHY_SYSTEM);
	assert_int_equal(error.sys, ENOSPC);
	writer_close(w);
	(void)close(fd);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accounts_add_up),
		cmocka_unit_test(accounts_know_first_and_last_time),
		cmocka_unit_test(a_manifest_says_all),
		cmocka_unit_test(many_segments_stay_in_order),
		cmocka_unit_test(a_source_is_a_line),
		cmocka_unit_test(a_source_is_written_in_two_ways),
		cmocka_unit_test(a_line_that_nobody_wrote_is_refused),
		EACH(a_finished_directory),
		EACH(segments_rotate_and_keep_lines_together),
		EACH(only_settled_and_closed_segments_have_a_name),
		EACH(nothing_to_write_makes_no_segment),
		EACH(a_finished_directory_is_only_replaced_by_force),
		EACH(an_unfinished_directory_is_started_anew),
		EACH(a_directory_with_other_things_is_left_alone),
		EACH(a_second_run_is_locked_out),
		EACH(a_file_in_the_place_of_the_directory),
		EACH(lines_to_a_descriptor),
		EACH(a_full_disk_is_temporary),
	};

	return RUN(tests);
}
