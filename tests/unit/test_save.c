/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/unit/helper.h"
#include "util/digest.h"
#include "util/save.h"

static struct err error;

struct sample {
	uint64_t number;
	bool yes;
	size_t count;
	char *text;
	char *none;
	char chars[8];
	uint8_t bytes[3];
	struct buf buf;
};

static void
save_sample(struct save *s, struct sample *v)
{
	save_u64(s, "number", &v->number);
	save_bool(s, "yes", &v->yes);
	save_count(s, "count", &v->count, 100);
	save_text(s, "text", &v->text);
	save_text(s, "none", &v->none);
	save_chars(s, "chars", v->chars, sizeof(v->chars));
	save_bytes(s, "bytes", v->bytes, sizeof(v->bytes));
	save_buf(s, "buf", &v->buf);
}

static void
write_sample(struct buf *out)
{
	char text[] = "two\nlines, a \\ and \\n";
	struct sample v = { .number = UINT64_MAX,
		.yes = true,
		.count = 100,
		.text = text,
		.chars = "1234567",
		.bytes = { 0, 0x7f, 0xff } };
	struct save s;

	buf_init(out, 4096);
	buf_init(&v.buf, 16);
	buf_str(&v.buf, "a\nb");
	save_write(&s, out);
	save_sample(&s, &v);
	assert_ok(save_write_end(&s, &error));
	buf_reset(&v.buf);
}

static void
what_was_written_is_read(void **state)
{
	struct sample v = { .number = 0 };
	struct buf out;
	struct save s;

	(void)state;
	write_sample(&out);
	buf_init(&v.buf, 3);
	assert_ok(save_read(&s, buf_span(&out), "a state", &error));
	save_sample(&s, &v);
	assert_ok(save_read_end(&s, "a state", &error));
	assert_true(v.number == UINT64_MAX);
	assert_true(v.yes);
	assert_int_equal(v.count, 100);
	assert_string_equal(v.text, "two\nlines, a \\ and \\n");
	assert_null(v.none);
	assert_string_equal(v.chars, "1234567");
	assert_memory_equal(v.bytes, "\x00\x7f\xff", 3);
	assert_buf(&v.buf, "a\nb");
	free(v.text);
	buf_reset(&v.buf);
	buf_reset(&out);
}

static void
each_changed_byte_is_found(void **state)
{
	struct buf out;
	struct save s;

	(void)state;
	write_sample(&out);
	for (size_t i = 0; i < out.n; i++) {
		out.p[i] ^= 1;
		assert_int_equal(
		    save_read(&s, buf_span(&out), "a state", &error), RC_FATAL);
		assert_int_equal(error.why, WHY_TAMPERED);
		out.p[i] ^= 1;
		assert_int_equal(
		    save_read(&s, span_of(out.p, i), "a state", &error),
		    RC_FATAL);
	}
	buf_reset(&out);
}

/* With a digest that holds, but written by another version. */
static void
another_order_is_refused(void **state)
{
	struct sample v = { .number = 1 };
	uint64_t number = 7;
	struct buf out;
	struct save s;

	(void)state;
	buf_init(&out, 4096);
	buf_init(&v.buf, 3);
	save_write(&s, &out);
	save_u64(&s, "other", &number);
	assert_ok(save_write_end(&s, &error));
	assert_ok(save_read(&s, buf_span(&out), "a state", &error));
	save_sample(&s, &v);
	assert_int_equal(save_read_end(&s, "a state", &error), RC_FATAL);
	assert_non_null(strstr(error.text, "number"));
	assert_true(v.number == 0);

	/* And one with more in it. */
	assert_ok(save_read(&s, buf_span(&out), "a state", &error));
	assert_int_equal(save_read_end(&s, "a state", &error), RC_FATAL);
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
		cmocka_unit_test(each_changed_byte_is_found),
		cmocka_unit_test(another_order_is_refused),
		cmocka_unit_test(hex_is_lower_case_and_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
