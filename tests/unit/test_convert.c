/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs and whole conversions, on logs that the generator writes. */
#include <sys/stat.h>
#include <unistd.h>

#include "convert/convert.h"
#include "convert/damage.h"
#include "evtx/decoder_libevtx.h"
#include "evtx/decoder_native.h"
#include "tests/unit/helper.h"

static char dir[TEMP_MAX];
static struct select criteria;
static struct manifest manifest;
static const struct decoder_kind *decoder;
static unsigned warnings;
static struct told {
	struct source_entry line; /* its error is in `error` */
	char error[200];
} sources[8];
static size_t n_sources;
static struct err error;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	memset(&manifest, 0, sizeof(manifest));
	warnings = 0;
	select_init(&criteria);
	return eventset_load(&criteria.set, "any", &error) == RC_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	select_free(&criteria);
	manifest_free(&manifest);
	temp_remove(dir);
	return 0;
}

static void
warn(void *ctx, const char *name, const char *text)
{
	(void)ctx;
	(void)name;
	assert_true(text[0] != '\0');
	warnings++;
}

static void
keep_source(
    void *ctx, const struct source_entry *s, const struct coverage *logs)
{
	(void)ctx;
	assert_null(logs);
	assert_true(account_closes(&s->account));
	assert_true(n_sources < COUNT(sources));
	struct told *const t = &sources[n_sources++];
	t->line = *s;
	(void)snprintf(
	    t->error, sizeof(t->error), "%s", s->error == NULL ? "" : s->error);
	t->line.error = s->error == NULL ? NULL : t->error;
}

/* Convert the folder `logs` into out/ and return the lines; for free(). */
static char *
convert(const struct schema *schema, unsigned jobs)
{
	const struct convert_options o = {
		.worker = { .decoder = decoder,
		    .record = { .schema = schema, .select = &criteria } },
		.jobs = jobs,
		.digests = true,
		.watch = { .warn = warn, .source = keep_source },
	};
	const struct writer_options wo = { .dir = in(dir, "out"),
		.fd = -1,
		.force = true,
		.segment_bytes = (uint64_t)1 << 30 };
	char logs[200];
	char *const operands[] = { logs };
	struct writer *w;
	struct walk list = { .n = 0 };

	(void)snprintf(logs, sizeof(logs), "%s", in(dir, "logs"));
	manifest_free(&manifest);
	n_sources = 0;
	assert_ok(walk_operands(&list, operands, 1, &error));
	assert_ok(writer_open(&w, &wo, &error));
	if (convert_run(&o, &list, w, &manifest, &error) != RC_OK)
		fail_msg("%s", error.text);
	assert_ok(writer_end(w, &manifest, &error));
	writer_close(w);
	walk_free(&list);
	assert_true(account_closes(&manifest.account));
	assert_int_equal(manifest.counts.sources, n_sources);
	assert_int_equal(manifest.sources.lines, n_sources);
	char *const lines = file_text(in(dir, "out/segments/000001.ndjson"));
	return lines != NULL ? lines : strdup("");
}

static void
make_log(const char *name, const char *description, const char *odd)
{
	(void)mkdir(in(dir, "logs"), 0700);
	mkevtx(in(dir, name), description, odd);
}

static unsigned
count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		n++;
	return n;
}

static void
every_record_becomes_a_line(void **state)
{
	(void)state;
	make_log("logs/a.evtx", "event 4624 x700 every 1s\n", NULL);
	char *const lines = convert(&schema_securityevent, 1);
	assert_int_equal(count(lines, "\n"), 700);
	assert_int_equal(count(lines, "\"EventID\":4624,"), 700);
	assert_int_equal(manifest.account.emitted, 700);
	assert_int_equal(manifest.account.found, 700);
	assert_true(sources[0].line.chunks > 1);
	assert_true(source_entry_is_good(&sources[0].line));
	assert_int_equal(strlen(sources[0].line.sha256), 64);
	assert_int_equal(warnings, 0);
	free(lines);
}

static void
output_does_not_depend_on_the_number_of_workers(void **state)
{
	char *lines[3];
	static const unsigned jobs[] = { 1, 2, 5 };

	(void)state;
	make_log("logs/a.evtx", "event 4624 x300 every 1s\n", NULL);
	make_log("logs/b.evtx", "event 4688 x300 every 1s\n", "garbage");
	make_log("logs/c.evtx", "event 1102 x3 every 1s\n", NULL);
	for (size_t i = 0; i < COUNT(jobs); i++) {
		lines[i] = convert(&schema_raw, jobs[i]);
		assert_int_equal(n_sources, 3);
	}
	assert_int_equal(count(lines[0], "\n"), 603);
	assert_string_equal(lines[0], lines[1]);
	assert_string_equal(lines[0], lines[2]);
	for (size_t i = 0; i < COUNT(jobs); i++)
		free(lines[i]);
}

static void
what_is_not_wanted_is_counted_by_reason(void **state)
{
	(void)state;
	select_free(&criteria);
	assert_ok(eventset_load(&criteria.set, "minimal", &error));
	make_log("logs/a.evtx",
	    "event 4624 x5 every 1s\nevent 4634 x7 every 1s\n", NULL);
	char *const lines = convert(&schema_raw, 1);
	assert_int_equal(count(lines, "\n"), 5);
	assert_int_equal(manifest.account.emitted, 5);
	assert_int_equal(manifest.account.filtered[SELECT_EVENT_SET], 7);
	assert_int_equal(manifest.account.found, 12);
	free(lines);
}

/* Headers tell the times of their events in this log. */
static void
records_without_time_take_that_of_their_header(void **state)
{
	(void)state;
	make_log("logs/a.evtx",
	    "event 4624\ntime 2024-05-01T10:00:00\nlack time\n"
	    "event 4624\ntime 2024-05-01T11:00:00\n"
	    "event 4624\ntime 2024-05-01T12:00:00\nlack time\n",
	    NULL);
	char *const lines = convert(&schema_securityevent, 1);
	assert_int_equal(count(lines, "\n"), 3);
	for (unsigned hour = 10; hour < 13; hour++) {
		char time[60];
		(void)snprintf(time, sizeof(time),
		    "{\"TimeGenerated\":\"2024-05-01T%u:00:00.0000000Z\"",
		    hour);
		assert_int_equal(count(lines, time), 1);
	}
	assert_int_equal(count(lines, "\"TimeSource_CF\":\"header\""), 2);
	assert_int_equal(count(lines, "\"TimeCreated_CF\":"), 1);
	assert_int_equal(manifest.account.inferred, 2);
	free(lines);
}

static void
a_time_is_borrowed_across_chunks(void **state)
{
	(void)state;
	make_log("logs/a.evtx",
	    "event 4624\ntime 2024-05-01T11:00:00\n"
	    "event 4624 x300\nlack time\n",
	    NULL);
	char *const lines = convert(&schema_securityevent, 2);
	assert_true(sources[0].line.chunks > 1);
	/* No record of the later chunks vouches for their headers. */
	const unsigned inferred =
	    count(lines, "\"TimeSource_CF\":\"inferred\"");
	assert_true(inferred > 50 && inferred < 300);
	assert_int_equal(
	    count(lines, "{\"TimeGenerated\":\"2024-05-01T11:00:00.0000000Z\""),
	    inferred + 1);
	free(lines);
}

/* Records that no generator writes, given to a recorder: trees with the value
 * of substitution 0 as their time. */
static void
record_time(struct recorder *r, struct lines *l, struct value time)
{
	struct record record = { .header = { .time = UINT64_C(10000000) } };

	record.tree = sample_tree("<Event><System><TimeCreated "
				  "SystemTime='{0}'/></System></Event>",
	    &time, 1);
	assert_ok(recorder_add(r, &record, l, &error));
	assert_ok(recorder_settle(r, l, &error));
}

static struct recorder *
start_lines(struct lines *l, size_t max)
{
	const struct recorder_options o = { .schema = &schema_securityevent,
		.select = &criteria };
	struct recorder *r;

	assert_ok(recorder_create(&r, &o, &error));
	lines_init(l, max);
	lines_limit(l, max);
	return r;
}

static void
assert_lines(struct lines *l, const char *part, unsigned n)
{
	buf_byte(&l->text, '\0');
	assert_int_equal(count((const char *)l->text.p, part), n);
	buf_cut(&l->text, l->text.n - 1);
}

static void
end_lines(struct recorder *r, struct lines *l)
{
	recorder_destroy(r);
	recorder_destroy(NULL);
	lines_free(l);
	helper_free();
}

static void
a_time_of_five_digits_is_not_lent(void **state)
{
	struct lines l;
	struct recorder *const r = start_lines(&l, 100000);

	(void)state;
	record_time(r, &l, number_value(VALUE_FILETIME, INT64_MAX, 8));
	record_time(r, &l, hex_value(VALUE_NULL, ""));
	lines_patch(&l, 0);
	assert_lines(
	    &l, "{\"TimeGenerated\":\"30828-09-14T02:48:05.4775807Z\",", 1);
	/* There is no room for five digits, and the quote stays. */
	assert_lines(
	    &l, "{\"TimeGenerated\":\"1601-01-01T00:00:00.0000000Z\",", 1);
	end_lines(r, &l);
}

static void
a_missing_time_is_that_before_that_after_or_the_headers(void **state)
{
	struct lines l;
	struct recorder *const r = start_lines(&l, 100000);
	const struct value none = hex_value(VALUE_NULL, "");

	(void)state;
	record_time(r, &l, none);
	record_time(r, &l, number_value(VALUE_FILETIME, 50000000, 8));
	lines_patch(&l, 70000000);
	assert_lines(&l, "{\"TimeGenerated\":\"1601-01-01T00:00:07.", 1);
	lines_clear(&l);
	record_time(r, &l, none);
	record_time(r, &l, number_value(VALUE_FILETIME, 50000000, 8));
	lines_patch(&l, 0);
	assert_lines(&l, "{\"TimeGenerated\":\"1601-01-01T00:00:05.", 2);
	lines_clear(&l);
	record_time(r, &l, none);
	lines_patch(&l, 0);
	assert_lines(&l, "{\"TimeGenerated\":\"1601-01-01T00:00:01.", 1);
	end_lines(r, &l);
}

static void
a_line_is_whole_or_absent(void **state)
{
	struct lines l;
	struct recorder *const r = start_lines(&l, 100000);
	struct record record = { .slot = NULL };

	(void)state;
	record.tree = sample_tree("<Event/>", NULL, 0);
	assert_ok(recorder_add(r, &record, &l, &error));
	const size_t one = l.text.n;
	lines_limit(&l, one / 2);
	assert_why(
	    recorder_add(r, &record, &l, &error), RC_SKIP, error, WHY_LIMIT);
	assert_int_equal(l.text.n, one);
	assert_int_equal(l.account.emitted, 1);
	lines_limit(&l, one);
	assert_ok(recorder_add(r, &record, &l, &error));
	assert_int_equal(l.text.n, 2 * one);
	end_lines(r, &l);
}

static void
what_is_compiled_is_kept_in_the_slot(void **state)
{
	struct lines l;
	struct recorder *const r = start_lines(&l, 100000);
	const struct value first = utf8_value("DC01");
	const struct value second = utf8_value("DC02");
	struct record_slot slot = { .kept = NULL };
	struct record record = { .slot = &slot };

	(void)state;
	record.tree = sample_tree("<Event><System><Computer>{0}</Computer>"
				  "</System></Event>",
	    &first, 1);
	assert_ok(recorder_add(r, &record, &l, &error));
	assert_non_null(slot.kept);
	assert_true(slot.bytes > 0);
	void *const before = slot.kept;
	record.tree.values = &second;
	assert_ok(recorder_add(r, &record, &l, &error));
	assert_ptr_equal(slot.kept, before);
	assert_lines(&l, "\"Computer\":\"DC01\"", 1);
	assert_lines(&l, "\"Computer\":\"DC02\"", 1);
	recorder_drop(slot.kept);
	end_lines(r, &l);
}

static void
one_broken_source_does_not_stop_the_others(void **state)
{
	(void)state;
	make_log("logs/b.evtx", "event 4624 x3 every 1s\n", NULL);
	file_write(in(dir, "logs/a.evtx"), SPAN(""));
	file_write(in(dir, "logs/c.evtx"), SPAN("this is no log"));
	assert_int_equal(symlink("/dev/null", in(dir, "logs/d.evtx")), 0);
	char *const lines = convert(&schema_raw, 2);
	assert_int_equal(count(lines, "\n"), 3);
	assert_int_equal(n_sources, 4);
	assert_has(sources[0].line.error, "is empty");
	assert_null(sources[1].line.error);
	assert_has(sources[2].line.error, "not an .evtx file");
	assert_has(sources[3].line.error, "symbolic link");
	assert_false(source_entry_is_good(&sources[0].line));
	assert_true(source_entry_is_good(&sources[1].line));
	assert_int_equal(warnings, 3);
	free(lines);
}

static void
damage_is_told_with_its_place(void **state)
{
	(void)state;
	make_log("logs/a.evtx", "event 4624 x200 every 1s\n", "garbage");
	free(convert(&schema_raw, 1));
	char *const damage = file_text(in(dir, "out/damage.ndjson"));
	assert_int_equal(count(damage, "\n"), 1);
	assert_has(damage, "\"kind\":\"region\",\"chunk\":1,\"offset\":69632,"
			   "\"length\":65536,");
	assert_int_equal(manifest.account.regions, 1);
	assert_int_equal(manifest.account.emitted, 200);
	assert_false(source_entry_is_good(&sources[0].line));
	free(damage);
}

static void
wrong_checksums_are_a_finding_not_a_loss(void **state)
{
	(void)state;
	make_log("logs/a.evtx", "event 4624 x3 every 1s\n", "bad-records-crc");
	char *const lines = convert(&schema_raw, 1);
	assert_int_equal(count(lines, "\n"), 3);
	assert_int_equal(sources[0].line.chunks_bad, 1);
	assert_false(source_entry_is_good(&sources[0].line));
	free(lines);
}

static void
a_dirty_header_is_no_damage(void **state)
{
	(void)state;
	make_log("logs/a.evtx", "event 4624 x300 every 1s\n", "dirty");
	char *const lines = convert(&schema_raw, 2);
	assert_int_equal(count(lines, "\n"), 300);
	assert_true(source_entry_is_good(&sources[0].line));
	free(lines);
}

static void
a_signal_stops_it(void **state)
{
	const volatile sig_atomic_t stop = 15;
	const struct convert_options o = {
		.worker = { .decoder = decoder,
		    .record = { .schema = &schema_raw, .select = &criteria } },
		.jobs = 2,
		.worker.stop = &stop,
	};
	const struct writer_options wo = { .dir = in(dir, "out"), .fd = -1 };
	char logs[200];
	char *const operands[] = { logs };
	struct writer *w;
	struct walk list = { .n = 0 };

	(void)state;
	make_log("logs/a.evtx", "event 4624 x300 every 1s\n", NULL);
	(void)snprintf(logs, sizeof(logs), "%s", in(dir, "logs"));
	assert_ok(walk_operands(&list, operands, 1, &error));
	assert_ok(writer_open(&w, &wo, &error));
	assert_why(convert_run(&o, &list, w, &manifest, &error), RC_FATAL,
	    error, WHY_STOPPED);
	writer_close(w);
	walk_free(&list);
}

static void
damage_lines_are_json(void **state)
{
	const struct damage d = { .source = "a\"b",
		.kind = "record",
		.offset = 4096 + 2 * 65536 + 300,
		.length = 40,
		.record = 5,
		.salvaged = "nothing" };
	struct damage_head head;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	damage_put(&b, &d, "line\nend");
	memcpy(&head, b.p, sizeof(head));
	memmove(b.p, b.p + sizeof(head), head.line);
	buf_cut(&b, b.n - sizeof(head));
	assert_int_equal(b.n, head.line);
	assert_int_equal(head.offset, d.offset);
	assert_memory_equal(
	    b.p + head.reason_at, "\"line\\nend\"", head.reason_n);
	assert_buf(&b, "{\"source\":\"a\\\"b\",\"kind\":\"record\",\"chunk\":2,"
		       "\"offset\":135468,\"length\":40,\"record\":5,"
		       "\"reason\":\"line\\nend\",\"salvaged\":\"nothing\"}\n");
	buf_reset(&b);
}

/* What a job takes its only piece for. */
static enum job_kind
kind_of(struct worker *w, struct job *j, enum chunk_piece_kind kind, size_t n)
{
	j->n_pieces = 1;
	j->pieces[0] = (struct job_piece){ .cut = { kind, 0, n } };
	worker_run(w, j);
	assert_false(j->failed);
	assert_true(account_closes(&j->out.account));
	return j->pieces[0].kind;
}

static void
a_job_tells_chunks_from_zeros_and_garbage(void **state)
{
	const struct worker_options o = { .decoder = decoder,
		.record = { .schema = &schema_raw, .select = &criteria } };
	struct worker *w;
	struct job j;

	(void)state;
	assert_ok(worker_create(&w, &o, &error));
	assert_ok(job_init(&j, &error));
	j.name = "x";
	memset(j.bytes, 0, JOB_BYTES);
	assert_int_equal(kind_of(w, &j, PIECE_OTHER, 10), JOB_UNUSED);
	j.bytes[9] = 1;
	assert_int_equal(kind_of(w, &j, PIECE_OTHER, 10), JOB_REGION);
	memcpy(j.bytes, "ElfChnk", 8);
	assert_int_equal(kind_of(w, &j, PIECE_CHUNK, CHUNK_BYTES), JOB_CHUNK);
	assert_true(j.pieces[0].bad);
	assert_true(j.damage.n > 0);
	job_free(&j);
	worker_destroy(w);
	worker_destroy(NULL);
}

int
main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		EACH(every_record_becomes_a_line),
		EACH(output_does_not_depend_on_the_number_of_workers),
		EACH(what_is_not_wanted_is_counted_by_reason),
		EACH(records_without_time_take_that_of_their_header),
		EACH(a_time_is_borrowed_across_chunks),
		EACH(a_time_of_five_digits_is_not_lent),
		EACH(a_missing_time_is_that_before_that_after_or_the_headers),
		EACH(a_line_is_whole_or_absent),
		EACH(what_is_compiled_is_kept_in_the_slot),
		EACH(one_broken_source_does_not_stop_the_others),
		EACH(damage_is_told_with_its_place),
		EACH(wrong_checksums_are_a_finding_not_a_loss),
		EACH(a_dirty_header_is_no_damage),
		EACH(a_signal_stops_it),
		EACH(damage_lines_are_json),
		EACH(a_job_tells_chunks_from_zeros_and_garbage),
	};

	int failed = 0;

	decoder = &decoder_libevtx;
	failed += cmocka_run_group_tests_name("libevtx", tests, NULL, NULL);
	decoder = &decoder_native;
	failed += cmocka_run_group_tests_name("native", tests, NULL, NULL);
	return failed;
}
