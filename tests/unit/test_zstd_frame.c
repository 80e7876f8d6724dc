/* SPDX-License-Identifier: Apache-2.0 */
/* Single frames: what is packed comes back, and nothing else is accepted. */
#include "tests/unit/helper.h"
#include "util/zstd_frame.h"

static struct err error;

static enum rc
unpack(struct span frame, size_t n, struct buf *out)
{
	struct zstd_unpacker *u;

	assert_ok(zstd_frame_unpacker(&u, &error));
	buf_init(out, ZSTD_FRAME_CONTENT_MAX);
	const enum rc rc = zstd_frame_unpack(u, frame, n, out, &error);
	zstd_frame_unpacker_destroy(u);
	return rc;
}

static void
frames_that_are_refused(void **state)
{
	/* The header, then one last block of one raw byte. */
	static const struct {
		const char *hex;
		const char *says;
	} bad[] = {
		{ "", "not a Zstandard frame" },
		{ "28b52ffd", "not a Zstandard frame" },
		{ "28b52ffe 24 01 09 00 00 61", "not a Zstandard frame" },
		/* no checksum */
		{ "28b52ffd 20 01 09 00 00 61", "no checksum" },
		/* a dictionary */
		{ "28b52ffd 25 07 01 09 00 00 61 00 00 00 00", "dictionary" },
		/* a window of 2^41 bytes and more, and no size */
		{ "28b52ffd 04 ff 09 00 00 61 00 00 00 00", "window" },
		/* a window of 16 MiB, size 257 */
		{ "28b52ffd 44 70 01 00 09 00 00 61 00 00 00 00", "window" },
		/* a window of 8 MiB, no size */
		{ "28b52ffd 04 68 09 00 00 61 00 00 00 00",
		    "does not say the size" },
		/* another size */
		{ "28b52ffd 24 02 09 00 00 61 00 00 00 00",
		    "2 bytes of content, where 1 are expected" },
		{ "28b52ffd e4 ff ff ff ff ff ff ff 00 09 00 00 61 00 00 00 00",
		    "bytes of content, where 1 are expected" },
		/* a block that is longer than the frame */
		{ "28b52ffd 24 01 11 00 00 61", "cut short" },
		/* a header that is longer than the frame */
		{ "28b52ffd e4 01 00 00", "cut short" },
		/* no last block */
		{ "28b52ffd 24 01 08 00 00 61 00 00 00 00", "cut short" },
		/* two frames */
		{ "28b52ffd 24 01 09 00 00 61 00 00 00 00 28",
		    "1 bytes before the next" },
		/* a wrong checksum */
		{ "28b52ffd 24 01 09 00 00 61 00 00 00 00",
		    "cannot be decompressed" },
		/* one byte that is said to be repeated 131072 times */
		{ "28b52ffd 24 01 03 00 10 61 00 00 00 00",
		    "cannot be decompressed" },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_why(unpack(bytes(bad[i].hex), 1, &out), RC_FATAL, error,
		    WHY_TAMPERED);
		assert_says(error, bad[i].says);
		assert_int_equal(out.n, 0);
		assert_true(out.cap <= 256);
		buf_reset(&out);
	}
}

/* A text of n bytes that compresses to about a quarter. */
static void
make_text(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)('a' + dice(4));
}

static void
what_is_packed_comes_back(void **state)
{
	static const size_t sizes[] = { 1, 2, 255, 256, 65791, 65792, 300000 };
	static uint8_t text[300000];
	struct zstd_packer *p;

	(void)state;
	make_text(text, sizeof(text));
	assert_ok(zstd_frame_packer(1, &p, &error));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const struct span content = span_of(text, sizes[i]);
		struct buf frame;
		struct buf out;
		buf_init(&frame, zstd_frame_bound(sizes[i]));
		assert_ok(zstd_frame_pack(p, content, &frame, &error));
		assert_ok(unpack(buf_span(&frame), sizes[i], &out));
		assert_span_eq(buf_span(&out), content);
		buf_reset(&out);
		for (size_t n = 0; n < frame.n; n += 1 + frame.n / 50) {
			assert_why(unpack(span_of(frame.p, n), sizes[i], &out),
			    RC_FATAL, error, WHY_TAMPERED);
			assert_int_equal(out.n, 0);
			buf_reset(&out);
		}
		buf_reset(&frame);
	}
	zstd_frame_packer_destroy(p);
	zstd_frame_packer_destroy(NULL);
	zstd_frame_unpacker_destroy(NULL);
}

/* Levels search with different tables; what a context has compressed before
 * must not matter. */
static void
a_used_packer_compresses_as_a_new_one(void **state)
{
	static uint8_t text[200000];

	(void)state;
	for (int level = 1; level <= 19; level += level < 7 ? 1 : 6) {
		struct zstd_packer *used;
		assert_ok(zstd_frame_packer(level, &used, &error));
		for (int i = 0; i < 6; i++) {
			struct zstd_packer *fresh;
			struct buf got[2];
			const struct span one =
			    span_of(text, 10000 + dice(190000));
			make_text(text, one.n);
			buf_init(&got[0], zstd_frame_bound(one.n));
			buf_init(&got[1], zstd_frame_bound(one.n));
			assert_ok(zstd_frame_packer(level, &fresh, &error));
			assert_ok(zstd_frame_pack(used, one, &got[0], &error));
			assert_ok(zstd_frame_pack(fresh, one, &got[1], &error));
			assert_true(
			    span_eq(buf_span(&got[0]), buf_span(&got[1])));
			zstd_frame_packer_destroy(fresh);
			buf_reset(&got[0]);
			buf_reset(&got[1]);
		}
		zstd_frame_packer_destroy(used);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    frames_that_are_refused, helper_teardown),
		cmocka_unit_test(what_is_packed_comes_back),
		cmocka_unit_test(a_used_packer_compresses_as_a_new_one),
	};

	return RUN(tests);
}
