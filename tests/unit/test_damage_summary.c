/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of damage.ndjson about a source are bounded, and the counts are
 * exact. */
#include "convert/damage_summary.h"
#include "tests/unit/helper.h"
#include "util/json.h"
#include "util/maxima.h"

#define ROOM ((size_t)64 << 20)

static struct err error;

static void
add(struct damage_summary *d, const char *reason, uint64_t offset,
    struct buf *out)
{
	const struct damage damage = { .source = "x.evtx",
		.kind = "record",
		.offset = offset,
		.length = 10,
		.salvaged = "nothing" };
	struct buf line;

	buf_init(&line, MAXIMUM_LINE);
	damage_put(&line, &damage, reason);
	assert_ok(damage_summary_add(d, buf_span(&line), out, &error));
	buf_reset(&line);
}

static void
add_reasons(struct damage_summary *d, unsigned from, unsigned to, unsigned n,
    struct buf *out)
{
	char reason[40];

	for (unsigned i = from; i < to; i++) {
		(void)snprintf(reason, sizeof(reason), "reason %u", i);
		for (unsigned k = 0; k < n; k++)
			add(d, reason, UINT64_C(4096) + i * 1000 + k, out);
	}
}

static size_t
lines_of(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->p[i] == '\n' ? 1 : 0;
	return n;
}

static void
check_number(const struct cJSON *o, const char *name, uint64_t want)
{
	uint64_t n = 0;

	assert_ok(json_need_u64(o, name, &n, &error));
	assert_int_equal(n, want);
}

/* A hostile log has a reason of its own for each record. */
static void
reasons_beyond_the_maximum_are_summed_together(void **state)
{
	struct damage_summary *d;
	struct cJSON *o;
	struct buf out;

	(void)state;
	buf_init(&out, ROOM);
	assert_ok(damage_summary_create(&d, &error));
	assert_ok(damage_summary_source(d, 0, "x.evtx", &out, &error));
	add_reasons(d, 0, DAMAGE_SUMMARY_REASONS, 2, &out);
	assert_int_equal(lines_of(&out), 2 * DAMAGE_SUMMARY_REASONS);
	add_reasons(
	    d, DAMAGE_SUMMARY_REASONS, DAMAGE_SUMMARY_REASONS + 500, 3, &out);
	assert_int_equal(
	    lines_of(&out), 2 * DAMAGE_SUMMARY_REASONS + DAMAGE_SUMMARY_LINES);
	/* Reasons that already have lines still get lines of their own. */
	add_reasons(d, 7, 8, 1, &out);
	assert_int_equal(lines_of(&out),
	    2 * DAMAGE_SUMMARY_REASONS + DAMAGE_SUMMARY_LINES + 1);
	assert_int_equal(damage_summary_count(d), 0);
	buf_cut(&out, 0);
	assert_ok(damage_summary_end(d, &out, &error));
	assert_int_equal(lines_of(&out), 1);
	assert_ok(json_parse(span_of(out.p, out.n - 1), "the sum", &o, &error));
	assert_string_equal(json_text(o, "reason"), DAMAGE_SUMMARY_OTHERS);
	assert_string_equal(json_text(o, "kind"), "several");
	check_number(o, "count", 500 * 3 - DAMAGE_SUMMARY_LINES);
	check_number(o, "length", (500 * 3 - DAMAGE_SUMMARY_LINES) * 10);
	assert_int_equal(
	    damage_summary_count(d), 500 * 3 - DAMAGE_SUMMARY_LINES);
	json_free(o);
	damage_summary_destroy(d);
	buf_reset(&out);
}

/* Summaries do not carry over to the next source. */
static void
sums_are_of_one_source(void **state)
{
	struct damage_summary *d;
	struct buf out;

	(void)state;
	buf_init(&out, ROOM);
	assert_ok(damage_summary_create(&d, &error));
	assert_ok(damage_summary_source(d, 0, "x.evtx", &out, &error));
	add_reasons(d, 0, 1, DAMAGE_SUMMARY_LINES + 5, &out);
	assert_int_equal(lines_of(&out), DAMAGE_SUMMARY_LINES);
	assert_ok(damage_summary_source(d, 1, "y.evtx", &out, &error));
	assert_int_equal(lines_of(&out), DAMAGE_SUMMARY_LINES + 1);
	add_reasons(d, 0, 1, DAMAGE_SUMMARY_LINES, &out);
	assert_ok(damage_summary_end(d, &out, &error));
	assert_int_equal(lines_of(&out), 2 * DAMAGE_SUMMARY_LINES + 1);
	assert_int_equal(damage_summary_count(d), 5);
	damage_summary_destroy(d);
	buf_reset(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    reasons_beyond_the_maximum_are_summed_together),
		cmocka_unit_test(sums_are_of_one_source),
	};

	return RUN(tests);
}
