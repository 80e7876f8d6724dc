/* SPDX-License-Identifier: Apache-2.0 */
/* The longest lines that are written can be read again. */
#include "coverage/coverage.h"
#include "coverage/coverage_json.h"
#include "stage/source_entry.h"
#include "tests/unit/helper.h"
#include "util/json.h"
#include "util/maxima.h"

static struct err error;

/* Characters that JSON writes as six bytes each. */
static char text[MAXIMUM_LINE];

static struct cJSON *
parse(const struct buf *line)
{
	struct cJSON *o;

	assert_false(line->full);
	assert_ok(json_parse(buf_span(line), "a line", &o, &error));
	return o;
}

static void
add_ids(struct coverage *run, struct coverage *source,
    const struct coverage_place *at)
{
	for (uint64_t i = 1; i < 3 * MAXIMUM_LOG_RANGES; i++) {
		const uint64_t id = COVERAGE_ID_MAX - 2 * i;
		const struct coverage_run ids = {
			.n = 1, .first_id = id, .last_id = id
		};
		assert_ok(coverage_add(run, source, at, &ids, &error));
	}
}

static void
a_log_has_the_longest_line(void **state)
{
	const struct span name = span_of(text, COVERAGE_NAME_MAX);
	const struct coverage_place at = {
		.channel = name, .computer = name, .name = name
	};
	const struct coverage_cleared what = { .event_id = 1102,
		.log = span_of(text, 300),
		.by = span_of(text, 300) };
	struct coverage *c[3] = { NULL };
	struct coverage_log_view v;
	struct buf line;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_ok(coverage_create(&c[i], &error));
	for (size_t i = 0; i < COVERAGE_NOTES_MAX; i++)
		assert_ok(coverage_clear(c[0], c[1], &at, &what, &error));
	add_ids(c[0], c[1], &at);
	assert_ok(coverage_end(c[0], &error));
	buf_init(&line, MAXIMUM_LINE);
	struct cJSON *o = coverage_json(c[0], 0);
	assert_ok(json_write(&line, o, &error));
	assert_true(line.n > MAXIMUM_LOG_NOTES / 2);
	json_free(o);
	o = parse(&line);
	assert_ok(coverage_json_read(c[2], o, &error));
	assert_ok(coverage_end(c[2], &error));
	assert_true(coverage_log(c[2], 0, &v));
	assert_int_equal(v.cleared, COVERAGE_NOTES_MAX);
	assert_int_equal(v.gaps, 3 * MAXIMUM_LOG_RANGES - 2);
	json_free(o);
	buf_reset(&line);
	for (int i = 0; i < 3; i++)
		coverage_destroy(c[i]);
}

/* convert/finished_sources.h keeps 64 KiB of each text. */
static void
a_source_has_the_longest_line(void **state)
{
	static const char *const reasons[ACCOUNT_REASONS] = { NULL };
	struct source_entry s = { .bytes = UINT64_C(1) << 50 };
	struct source_entry again;
	struct buf line;

	(void)state;
	text[64 << 10] = '\0';
	s.name = text;
	s.error = text;
	s.duplicate_of = text;
	s.reason = text;
	buf_init(&line, MAXIMUM_LINE);
	assert_ok(source_entry_write(&line, &s, reasons, &error));
	struct cJSON *const o = parse(&line);
	assert_ok(source_entry_read(o, &again, &error));
	assert_string_equal(again.name, text);
	json_free(o);
	buf_reset(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_has_the_longest_line),
		cmocka_unit_test(a_source_has_the_longest_line),
	};

	memset(text, 1, sizeof(text));
	return RUN(tests);
}
