/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/unit/helper.h"
#include "util/digest.h"
#include "util/state_codec.h"

static struct err error;

struct sample {
	uint64_t number;
	uint64_t row[2];
	bool yes;
	char *text;
	char *none;
	char chars[8];
	uint8_t bytes[3];
	struct buf buf;
	struct buf empty;
};

static const struct state_field sample_fields[] = {
	STATE_FIELD("number", STATE_U64, sample, number),
	STATE_FIELD("row", STATE_U64, sample, row),
	STATE_FIELD("yes", STATE_BOOL, sample, yes),
	STATE_FIELD("text", STATE_TEXT, sample, text),
	STATE_FIELD("none", STATE_TEXT, sample, none),
	STATE_FIELD("chars", STATE_CHARS, sample, chars),
	STATE_FIELD("bytes", STATE_BYTES, sample, bytes),
	STATE_FIELD("buf", STATE_BUF, sample, buf),
	STATE_FIELD("empty", STATE_BUF, sample, empty),
	STATE_FIELDS_END,
};

static void
write_sample(struct buf *out)
{
	char text[] = "two\nlines, a \\ and \\n";
	struct sample v = { .number = UINT64_MAX,
		.row = { 0, 9 },
		.yes = true,
		.text = text,
		.chars = "1234567",
		.bytes = { 0, 0x7f, 0xff } };
	struct state_writer w;

	buf_init(out, 4096);
	buf_init(&v.buf, 16);
	buf_init(&v.empty, 16);
	buf_str(&v.buf, "a\nb");
	state_codec_write_begin(&w, out);
	state_codec_write_u64(&w, "count", 100);
	state_codec_write(&w, sample_fields, &v);
	assert_ok(state_codec_write_end(&w, &error));
	buf_reset(&v.buf);
}

static void
what_was_written_is_read(void **state)
{
	struct sample v = { .number = 0 };
	struct state_reader r;
	struct buf out;

	(void)state;
	write_sample(&out);
	buf_init(&v.buf, 3);
	buf_init(&v.empty, 3);
	assert_ok(
	    state_codec_read_begin(&r, buf_span(&out), "a state", &error));
	assert_int_equal(state_codec_read_count(&r, "count", 100), 100);
	state_codec_read(&r, sample_fields, &v);
	assert_ok(state_codec_read_end(&r, &error));
	assert_true(v.number == UINT64_MAX);
	assert_true(v.row[0] == 0 && v.row[1] == 9);
	assert_true(v.yes);
	assert_string_equal(v.text, "two\nlines, a \\ and \\n");
	assert_null(v.none);
	assert_string_equal(v.chars, "1234567");
	assert_memory_equal(v.bytes, "\x00\x7f\xff", 3);
	assert_buf(&v.buf, "a\nb");
	assert_buf(&v.empty, "");
	free(v.text);
	buf_reset(&v.buf);
	buf_reset(&out);
}

/* A count above its maximum, and a text longer than its member. */
static void
values_out_of_range_are_refused(void **state)
{
	static const struct state_field four[] = {
		{ "chars", STATE_CHARS, 0, 4 }, STATE_FIELDS_END
	};
	char chars[4] = "abc";
	struct state_writer w;
	struct state_reader r;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	state_codec_write_begin(&w, &out);
	state_codec_write_u64(&w, "count", 6);
	state_codec_write_text(&w, "chars", "1234");
	assert_ok(state_codec_write_end(&w, &error));
	assert_ok(
	    state_codec_read_begin(&r, buf_span(&out), "a state", &error));
	assert_int_equal(state_codec_read_count(&r, "count", 5), 0);
	assert_true(state_codec_failed(&r));
	assert_int_equal(state_codec_read_end(&r, &error), RC_FATAL);
	assert_non_null(strstr(error.text, "count"));

	assert_ok(
	    state_codec_read_begin(&r, buf_span(&out), "a state", &error));
	assert_int_equal(state_codec_read_count(&r, "count", 6), 6);
	state_codec_read(&r, four, chars);
	assert_string_equal(chars, "");
	assert_int_equal(state_codec_read_end(&r, &error), RC_FATAL);
	assert_non_null(strstr(error.text, "chars"));
	buf_reset(&out);
}

static void
each_changed_byte_is_found(void **state)
{
	struct buf out;
	struct state_reader r;

	(void)state;
	write_sample(&out);
	for (size_t i = 0; i < out.n; i++) {
		out.p[i] ^= 1;
		assert_int_equal(state_codec_read_begin(
				     &r, buf_span(&out), "a state", &error),
		    RC_FATAL);
		assert_int_equal(error.why, WHY_TAMPERED);
		out.p[i] ^= 1;
		assert_int_equal(state_codec_read_begin(
				     &r, span_of(out.p, i), "a state", &error),
		    RC_FATAL);
	}
	buf_reset(&out);
}

/* A valid digest, but written by another version. */
static void
another_order_is_refused(void **state)
{
	struct sample v = { .number = 1 };
	struct state_writer w;
	struct state_reader r;
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	buf_init(&v.buf, 3);
	buf_init(&v.empty, 3);
	state_codec_write_begin(&w, &out);
	state_codec_write_u64(&w, "other", 7);
	assert_ok(state_codec_write_end(&w, &error));
	assert_ok(
	    state_codec_read_begin(&r, buf_span(&out), "a state", &error));
	state_codec_read(&r, sample_fields, &v);
	assert_int_equal(state_codec_read_end(&r, &error), RC_FATAL);
	assert_non_null(strstr(error.text, "number"));
	assert_true(v.number == 0);

	/* Also a state with additional lines. */
	assert_ok(
	    state_codec_read_begin(&r, buf_span(&out), "a state", &error));
	assert_int_equal(state_codec_read_end(&r, &error), RC_FATAL);
	buf_reset(&v.buf);
	buf_reset(&out);
}

static void
hex_is_lower_case_and_whole(void **state)
{
	uint8_t bytes[4];

	(void)state;
	assert_true(digest_unhex(SPAN("00ff7fa9"), bytes));
	assert_memory_equal(bytes, "\x00\xff\x7f\xa9", 4);
	assert_true(digest_unhex(SPAN(""), bytes));
	assert_false(digest_unhex(SPAN("0"), bytes));
	assert_false(digest_unhex(SPAN("0g"), bytes));
	assert_false(digest_unhex(SPAN("FF"), bytes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(each_changed_byte_is_found),
		cmocka_unit_test(another_order_is_refused),
		cmocka_unit_test(hex_is_lower_case_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
