/* SPDX-License-Identifier: Apache-2.0 */
/* What records say of their logs: counted, kept, read again, and limited. */
#include "coverage/coverage_json.h"
#include "coverage/coverage_state.h"
#include "tests/unit/helper.h"
#include "util/json.h"

#define SECOND UINT64_C(10000000)
#define NOON (UINT64_C(133590000000000000))
#define TEXT_MAX ((size_t)16 << 20)
#define SOURCES 3U

static struct err error;

/* A run and its sources. */
#define RUN_LOGS SIZE_MAX

struct whole {
	struct coverage *run;
	struct coverage *of[10];
};

static struct whole *
new_coverage(void)
{
	struct whole *const w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_ok(coverage_create(&w->run, &error));
	for (size_t i = 0; i < COUNT(w->of); i++)
		assert_ok(coverage_create(&w->of[i], &error));
	return w;
}

static void
destroy(struct whole *w)
{
	coverage_destroy(w->run);
	for (size_t i = 0; i < COUNT(w->of); i++)
		coverage_destroy(w->of[i]);
	free(w);
}

static struct coverage *
part(const struct whole *w, size_t source)
{
	return source == RUN_LOGS ? w->run : w->of[source];
}

static void
add_run(struct whole *w, const struct coverage_place *at,
    const struct coverage_run *run)
{
	assert_ok(coverage_add(w->run, w->of[at->source], at, run, &error));
}

static struct coverage_place
place(size_t source, const char *channel, const char *computer)
{
	return (struct coverage_place){ span_str(channel), span_str(computer),
		source, SPAN("a.evtx"), 512 };
}

/* Records of Security on PC. */
static void
add(struct whole *c, size_t source, uint64_t first, uint64_t last)
{
	const struct coverage_place at = place(source, "Security", "PC");
	const struct coverage_run run = {
		.n = last - first + 1, .first_id = first, .last_id = last
	};

	add_run(c, &at, &run);
}

static void
add_timed(struct whole *c, size_t source, uint64_t id, uint64_t time)
{
	const struct coverage_place at = place(source, "Security", "PC");
	const struct coverage_run run = { 1, id, id, time, time, time, time };

	add_run(c, &at, &run);
}

static void
clear(struct whole *c, const struct coverage_place *at, uint64_t event_id)
{
	const struct coverage_cleared what = { event_id, 7, NOON,
		SPAN("Application"), SPAN("CORP\\mallory") };

	assert_ok(coverage_clear(c->run, c->of[at->source], at, &what, &error));
}

static struct coverage_log_view
view(struct whole *c, size_t source, size_t i)
{
	struct coverage_log_view v;

	assert_ok(coverage_end(part(c, source), &error));
	assert_true(coverage_log(part(c, source), i, &v));
	return v;
}

static void
check_ids(const struct coverage_log_view *v, uint64_t gaps, uint64_t missing,
    uint64_t repeated)
{
	assert_int_equal(v->gaps, gaps);
	assert_int_equal(v->missing, missing);
	assert_int_equal(v->repeated, repeated);
}

/* What is said of so many sources, and of the run, which is given. */
static struct cJSON *
say(struct whole *c, size_t sources, struct buf *text)
{
	struct cJSON *const run = json_object();

	buf_init(text, TEXT_MAX);
	assert_ok(coverage_end(c->run, &error));
	for (size_t i = 0; i < sources; i++) {
		struct cJSON *const source = json_object();
		assert_ok(coverage_end(c->of[i], &error));
		coverage_json_source(c->of[i], source);
		assert_ok(json_write(text, source, &error));
		json_free(source);
	}
	coverage_json_run(c->run, run);
	assert_ok(json_write(text, run, &error));
	return run;
}

static void
assert_same(struct whole *a, struct whole *b, size_t sources)
{
	struct buf x;
	struct buf y;

	json_free(say(a, sources, &x));
	json_free(say(b, sources, &y));
	assert_span_eq(buf_span(&x), buf_span(&y));
	buf_reset(&x);
	buf_reset(&y);
}

static void
assert_said(struct whole *c, const char *part)
{
	struct buf text;

	json_free(say(c, SOURCES, &text));
	buf_byte(&text, '\0');
	assert_has((const char *)text.p, part);
	buf_reset(&text);
}

/* --- counting ------------------------------------------------------------- */

static void
a_log_is_a_channel_of_a_computer(void **state)
{
	static const char *const names[][2] = { { "Security", "PC" },
		{ "Security", "OTHER" }, { "System", "PC" } };
	struct whole *const c = new_coverage();
	struct coverage_log_view v;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct coverage_place at =
		    place(0, names[i][0], names[i][1]);
		const struct coverage_run low = { 2, 1, 2, 0, 0, 0, 0 };
		const struct coverage_run high = { 1, 4 + i, 4 + i, 0, 0, 0,
			0 };
		add_run(c, &at, &low);
		add_run(c, &at, &high);
	}
	static const size_t order[] = { 1, 0, 2 };
	for (size_t i = 0; i < COUNT(order); i++) {
		v = view(c, 0, i);
		assert_string_equal(v.channel, names[order[i]][0]);
		assert_string_equal(v.computer, names[order[i]][1]);
		assert_int_equal(v.records, 3);
		check_ids(&v, 1, 1 + order[i], 0);
		assert_int_equal(v.first_id, 1);
		assert_int_equal(v.last_id, 4 + order[i]);
	}
	assert_false(coverage_log(c->of[0], COUNT(order), &v));
	assert_ok(coverage_end(c->of[1], &error));
	assert_false(coverage_log(c->of[1], 0, &v));
	assert_said(c, "\"missing_ids\":[[3,4]]");
	destroy(c);
}

/* What one source lacks another one may have. */
static void
the_run_has_what_any_source_has(void **state)
{
	struct whole *const c = new_coverage();
	struct coverage_log_view v;

	(void)state;
	add(c, 0, 1, 10);
	add(c, 0, 21, 30);
	add(c, 1, 9, 15);
	v = view(c, 0, 0);
	check_ids(&v, 1, 10, 0);
	v = view(c, 1, 0);
	check_ids(&v, 0, 0, 0);
	v = view(c, RUN_LOGS, 0);
	check_ids(&v, 1, 5, 2);
	assert_int_equal(v.records, 27);
	assert_said(c, "\"missing_ids\":[[16,20]]");
	destroy(c);
}

static void
records_without_id_are_in_no_gap(void **state)
{
	const struct coverage_place at = place(0, "Security", "PC");
	const struct coverage_run none = { 3, 0, 0, NOON, NOON, NOON, NOON };
	struct whole *const c = new_coverage();

	(void)state;
	add_run(c, &at, &none);
	struct coverage_log_view v = view(c, 0, 0);
	assert_int_equal(v.records, 3);
	assert_int_equal(v.without_id, 3);
	assert_int_equal(v.first_id, 0);
	assert_int_equal(v.first_time, NOON);
	check_ids(&v, 0, 0, 0);
	add(c, 0, 5, 5);
	add(c, 0, COVERAGE_ID_MAX, COVERAGE_ID_MAX);
	v = view(c, 0, 0);
	assert_int_equal(v.without_id, 3);
	assert_int_equal(v.first_id, 5);
	check_ids(&v, 1, COVERAGE_ID_MAX - 6, 0);
	assert_said(c, "\"last_record_id\":9007199254740991");
	destroy(c);
}

/* --- notes ---------------------------------------------------------------- */

static void
who_cleared_what_is_noted(void **state)
{
	struct whole *const c = new_coverage();
	struct coverage_place at = place(0, "System", "PC");

	(void)state;
	at.offset = 9000;
	clear(c, &at, 104);
	at.offset = 700;
	clear(c, &at, 1102);
	assert_ok(coverage_end(c->of[0], &error));
	const struct coverage_note *const first = coverage_note(c->of[0], 0);
	const struct coverage_note *const second = coverage_note(c->of[0], 1);
	assert_non_null(first);
	assert_non_null(second);
	assert_null(coverage_note(c->of[0], 2));
	assert_null(coverage_note(c->of[1], 0));
	assert_int_equal(first->event_id, 1102);
	assert_int_equal(first->offset, 700);
	assert_int_equal(second->event_id, 104);
	assert_string_equal(second->channel, "System");
	assert_string_equal(second->log, "Application");
	assert_string_equal(second->by, "CORP\\mallory");
	assert_int_equal(view(c, 0, 0).cleared, 2);
	assert_int_equal(view(c, RUN_LOGS, 0).cleared, 2);
	assert_said(c, "\"log\":\"Application\",\"by\":\"CORP\\\\mallory\"");
	destroy(c);
}

/* The second record is so much older than the first. */
static uint64_t
jumps_after(uint64_t back)
{
	struct whole *const c = new_coverage();

	add_timed(c, 0, 1, NOON);
	add_timed(c, 0, 2, NOON - back);
	const uint64_t n = view(c, 0, 0).jumps;
	assert_int_equal(view(c, RUN_LOGS, 0).jumps, n);
	const struct coverage_note *const note = coverage_note(c->of[0], 0);
	assert_int_equal(note != NULL, n == 1);
	if (note != NULL) {
		assert_int_equal(note->kind, COVERAGE_JUMP);
		assert_int_equal(note->record_id, 2);
		assert_int_equal(note->time, NOON - back);
		assert_int_equal(note->before, NOON);
	}
	destroy(c);
	return n;
}

static void
a_clock_goes_back_beyond_the_slack(void **state)
{
	(void)state;
	assert_int_equal(COVERAGE_CLOCK_SLACK, 60 * SECOND);
	assert_int_equal(jumps_after(0), 0);
	assert_int_equal(jumps_after(COVERAGE_CLOCK_SLACK), 0);
	assert_int_equal(jumps_after(COVERAGE_CLOCK_SLACK + 1), 1);
}

/* Older records of a wrapped log stand behind newer ones, another source may
 * be older, and a record without a time has no clock. */
static void
what_is_older_by_right_is_no_jump(void **state)
{
	struct whole *const c = new_coverage();

	(void)state;
	add_timed(c, 0, 500, NOON);
	add_timed(c, 0, 1, NOON - 9000 * SECOND);
	add_timed(c, 1, 501, NOON - 9000 * SECOND);
	add_timed(c, 2, 1, NOON);
	add_timed(c, 2, 2, 0);
	assert_int_equal(view(c, RUN_LOGS, 0).jumps, 0);
	add_timed(c, 2, 3, NOON - 9000 * SECOND);
	assert_int_equal(view(c, RUN_LOGS, 0).jumps, 1);
	assert_int_equal(view(c, 2, 0).jumps, 1);
	destroy(c);
}

/* --- kept and read again -------------------------------------------------- */

/* A part of a run with all that there is; the same seed adds the same. */
static void
add_much(struct whole *c, uint32_t seed)
{
	static const char *const channels[] = { "Security", "System", "" };

	for (uint32_t i = 0; i < 200; i++) {
		seed = seed * 1103515245U + 12345U;
		const uint32_t dice = seed >> 8;
		struct coverage_place at =
		    place(dice % SOURCES, channels[dice / 3 % 3], "PC");
		const uint64_t id = dice / 9 % 50 == 0 ? 0 : dice / 9 % 1000;
		const uint64_t time = NOON + dice % 7919 * SECOND;
		const struct coverage_run run = { 1, id, id, time, time, time,
			time };
		at.offset = i * 512;
		add_run(c, &at, &run);
		if (i % 40 == 0)
			clear(c, &at, 1102);
	}
}

static void
restore_one(struct coverage *to, struct coverage *from)
{
	struct state_writer w;
	struct state_reader r;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	state_codec_write_begin(&w, &text);
	coverage_state_write(from, &w);
	assert_ok(state_codec_write_end(&w, &error));
	assert_ok(state_codec_read_begin(&r, buf_span(&text), "test", &error));
	assert_ok(coverage_state_read(to, &r, &error));
	assert_ok(state_codec_read_end(&r, &error));
	buf_reset(&text);
}

static void
restore(struct whole *to, struct whole *from)
{
	restore_one(to->run, from->run);
	for (size_t i = 0; i < COUNT(to->of); i++)
		restore_one(to->of[i], from->of[i]);
}

static void
what_was_saved_goes_on(void **state)
{
	struct whole *const whole = new_coverage();
	struct whole *const again = new_coverage();

	(void)state;
	add_much(whole, 1);
	restore(again, whole);
	assert_same(whole, again, SOURCES);
	add_much(whole, 2);
	add_much(again, 2);
	assert_true(view(whole, RUN_LOGS, 0).jumps > 0);
	assert_same(whole, again, SOURCES);
	destroy(whole);
	destroy(again);
}

static struct whole *
read_again(struct whole *c)
{
	struct whole *const again = new_coverage();
	struct buf text;

	struct cJSON *const said = say(c, SOURCES, &text);
	for (const struct cJSON *v = json_first(json_get(said, "logs"));
	     v != NULL; v = json_next(v))
		assert_ok(coverage_json_read(again->run, v, &error));
	json_free(said);
	buf_reset(&text);
	return again;
}

static void
what_logs_said_goes_on(void **state)
{
	struct whole *const whole = new_coverage();

	(void)state;
	add_much(whole, 1);
	struct whole *const again = read_again(whole);
	assert_same(whole, again, 0);
	assert_true(view(again, RUN_LOGS, 0).jumps > 0);
	/* A new source, whose clock is its own. */
	add(whole, SOURCES, 400, 900);
	add(again, SOURCES, 400, 900);
	assert_same(whole, again, 0);
	destroy(whole);
	destroy(again);
}

/* As many gaps as there are stay known while some are filled. */
static void
gaps_that_were_listed_are_filled_one_by_one(void **state)
{
	struct whole *const whole = new_coverage();

	(void)state;
	for (uint64_t id = 1; id < 400; id += 4)
		add(whole, 0, id, id + 1);
	struct whole *const again = read_again(whole);
	for (uint64_t id = 3; id < 200; id += 8) {
		add(whole, 1, id, id + 1);
		add(again, 1, id, id + 1);
		assert_same(whole, again, 0);
	}
	const struct coverage_log_view v = view(again, RUN_LOGS, 0);
	check_ids(&v, 99 - 25, 2 * (99 - 25), 0);
	destroy(whole);
	destroy(again);
}

/* Not all of so many are listed: of the others the numbers are known. */
static void
gaps_that_are_not_listed_count(void **state)
{
	struct whole *const c = new_coverage();

	(void)state;
	for (uint64_t id = 1; id <= 3001; id += 2)
		add(c, 0, id, id);
	assert_said(c, "\"more\":501,");
	struct whole *const again = read_again(c);
	const struct coverage_log_view v = view(again, RUN_LOGS, 0);
	check_ids(&v, 1500, 1500, 0);
	destroy(c);
	destroy(again);
}

static void
check_refused(const char *log)
{
	struct whole *const c = new_coverage();
	struct cJSON *o;
	char text[400];

	(void)snprintf(text, sizeof(text),
	    "{\"channel\":\"a\",\"computer\":\"b\",%s}", log);
	assert_ok(json_parse(span_str(text), "test", &o, &error));
	assert_why(coverage_json_read(c->run, o, &error), RC_FATAL, error,
	    WHY_CORRUPT);
	json_free(o);
	destroy(c);
}

static void
logs_that_say_nonsense_are_refused(void **state)
{
	(void)state;
	check_refused("\"records\":-1");
	check_refused("\"first_time\":\"yesterday\"");
	check_refused("\"first_record_id\":5,\"last_record_id\":4");
	check_refused(
	    "\"first_record_id\":5,\"last_record_id\":9007199254740992");
	check_refused("\"first_record_id\":1,\"last_record_id\":9,"
		      "\"missing_ids\":[[4,3]]");
	check_refused("\"first_record_id\":1,\"last_record_id\":9,"
		      "\"missing_ids\":[[5,6],[3,3]]");
	check_refused("\"first_record_id\":1,\"last_record_id\":9,"
		      "\"missing_ids\":[[3,9]]");
	check_refused("\"first_record_id\":1,\"last_record_id\":9,"
		      "\"missing_ids\":[3]");
	check_refused("\"log_cleared\":[{\"source\":\"a\"}]");
	check_refused("\"clock_back\":[{\"offset\":1}]");
}

/* --- limits --------------------------------------------------------------- */

#define MANY 40000U

static void
add_names(struct whole *c, size_t source)
{
	const struct coverage_run run = { 1, 1, 1, 0, 0, 0, 0 };
	char name[40];

	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "%zu log %05u", source, i);
		const struct coverage_place at = place(source, name, "PC");
		add_run(c, &at, &run);
	}
}

/* Of all records it is known that they were there. */
static void
logs_beyond_the_maximum_are_one(void **state)
{
	struct whole *const c = new_coverage();
	struct coverage_log_view v;
	uint64_t records = 0;
	size_t n = 0;

	(void)state;
	add_names(c, 0);
	add_names(c, 1);
	const struct coverage_log_view star = view(c, RUN_LOGS, 0);
	assert_string_equal(star.channel, "*");
	assert_string_equal(star.computer, "*");
	assert_true(star.records > 1);
	assert_int_equal(star.without_id, star.records);
	assert_int_equal(star.first_id, 0);
	for (; coverage_log(c->run, n, &v); n++)
		records += v.records;
	assert_int_equal(records, 2 * MANY);
	assert_true(n < 2 * MANY);
	destroy(c);
}

/* The numbers go on where the list ends. */
static void
notes_beyond_the_maximum_are_counted(void **state)
{
	const struct coverage_place at = place(0, "Security", "PC");
	struct whole *const c = new_coverage();

	(void)state;
	for (size_t i = 0; i < COVERAGE_NOTES_MAX + 5; i++)
		clear(c, &at, 1102);
	assert_int_equal(view(c, 0, 0).cleared, COVERAGE_NOTES_MAX + 5);
	assert_non_null(coverage_note(c->of[0], COVERAGE_NOTES_MAX - 1));
	assert_null(coverage_note(c->of[0], COVERAGE_NOTES_MAX));
	destroy(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_a_channel_of_a_computer),
		cmocka_unit_test(the_run_has_what_any_source_has),
		cmocka_unit_test(records_without_id_are_in_no_gap),
		cmocka_unit_test(who_cleared_what_is_noted),
		cmocka_unit_test(a_clock_goes_back_beyond_the_slack),
		cmocka_unit_test(what_is_older_by_right_is_no_jump),
		cmocka_unit_test(what_was_saved_goes_on),
		cmocka_unit_test(what_logs_said_goes_on),
		cmocka_unit_test(gaps_that_were_listed_are_filled_one_by_one),
		cmocka_unit_test(gaps_that_are_not_listed_count),
		cmocka_unit_test(logs_that_say_nonsense_are_refused),
		cmocka_unit_test(logs_beyond_the_maximum_are_one),
		cmocka_unit_test(notes_beyond_the_maximum_are_counted),
	};

	return RUN(tests);
}
