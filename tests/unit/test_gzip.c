/* SPDX-License-Identifier: Apache-2.0 */
#include <libdeflate.h>

#include "tests/unit/helper.h"
#include "util/gzip.h"

static struct err error;

/* The output must be valid gzip for another library and decompress to the
 * input. */
static void
assert_same(struct gzip *g, struct span in)
{
	struct libdeflate_decompressor *const d =
	    libdeflate_alloc_decompressor();
	uint8_t *const back = malloc(in.n + 1);
	struct buf out;
	size_t n = 0;

	assert_non_null(d);
	assert_non_null(back);
	buf_init(&out, 1U << 20);
	assert_ok(gzip_pack(g, in, &out, &error));
	assert_int_equal(out.p[0], 0x1f);
	assert_int_equal(out.p[1], 0x8b);
	assert_int_equal(
	    libdeflate_gzip_decompress(d, out.p, out.n, back, in.n + 1, &n),
	    LIBDEFLATE_SUCCESS);
	assert_span_eq(span_of(back, n), in);
	buf_reset(&out);
	free(back);
	libdeflate_free_decompressor(d);
}

static void
what_goes_in_comes_out(void **state)
{
	uint8_t noise[5000];
	struct gzip *g = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)dice(256);
	assert_ok(gzip_create(6, &g, &error));
	assert_same(g, span_of(NULL, 0));
	assert_same(g, SPAN("[{\"EventID\":4624}]"));
	assert_same(g, span_of(noise, sizeof(noise)));
	gzip_destroy(g);
}

static void
the_same_bytes_give_the_same(void **state)
{
	struct gzip *g = NULL;
	struct buf a;
	struct buf b;

	(void)state;
	buf_init(&a, 4096);
	buf_init(&b, 4096);
	assert_ok(gzip_create(6, &g, &error));
	assert_ok(gzip_pack(g, SPAN("aaaaaaaaaaaaaaab"), &a, &error));
	assert_ok(gzip_pack(g, SPAN("aaaaaaaaaaaaaaab"), &b, &error));
	assert_span_eq(buf_span(&a), buf_span(&b));
	buf_reset(&a);
	buf_reset(&b);
	gzip_destroy(g);
}

static void
no_room_is_an_error(void **state)
{
	struct gzip *g = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, 8);
	assert_ok(gzip_create(1, &g, &error));
	assert_why(gzip_pack(g, SPAN("0123456789"), &out, &error), RC_FATAL,
	    error, WHY_LIMIT);
	buf_reset(&out);
	gzip_destroy(g);
	gzip_destroy(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(the_same_bytes_give_the_same),
		cmocka_unit_test(no_room_is_an_error),
	};

	return RUN(tests);
}
