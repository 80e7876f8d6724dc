/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-16, UTF-8 and ANSI bytes to JSON, against a second implementation that
 * takes one character after the other and is as plain as can be. The text is
 * also started at an odd address and cut, for what works on many at once.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "util/text.h"

#define PREFIX 3U

static void
plain_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_byte(b, (uint8_t)c);
	} else if (c < 0x800) {
		buf_byte(b, (uint8_t)(0xc0 + c / 64));
		buf_byte(b, (uint8_t)(0x80 + c % 64));
	} else if (c < 0x10000) {
		buf_byte(b, (uint8_t)(0xe0 + c / 4096));
		buf_byte(b, (uint8_t)(0x80 + c / 64 % 64));
		buf_byte(b, (uint8_t)(0x80 + c % 64));
	} else {
		buf_byte(b, (uint8_t)(0xf0 + c / 262144));
		buf_byte(b, (uint8_t)(0x80 + c / 4096 % 64));
		buf_byte(b, (uint8_t)(0x80 + c / 64 % 64));
		buf_byte(b, (uint8_t)(0x80 + c % 64));
	}
}

static void
plain_json(struct buf *b, uint32_t c)
{
	static const char *const named[0x20] = { ['\b'] = "\\b",
		['\f'] = "\\f",
		['\n'] = "\\n",
		['\r'] = "\\r",
		['\t'] = "\\t" };

	if (c == '"' || c == '\\')
		buf_fmt(b, "\\%c", (int)c);
	else if (c < 0x20 && named[c] != NULL)
		buf_str(b, named[c]);
	else if (c < 0x20)
		buf_fmt(b, "\\u%04x", c);
	else
		plain_utf8(b, c);
}

static bool
within(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

static void
plain_utf16(struct buf *b, struct span s, void (*put)(struct buf *, uint32_t))
{
	const size_t n = s.n / 2;

	for (size_t i = 0; i < n; i++) {
		uint32_t c = s.p[2 * i] + 256U * s.p[2 * i + 1];
		const uint32_t next =
		    i + 1 < n ? s.p[2 * i + 2] + 256U * s.p[2 * i + 3] : 0;
		if (within(c, 0xd800, 0xdbff) && within(next, 0xdc00, 0xdfff)) {
			c = 0x10000 + (c - 0xd800) * 1024 + (next - 0xdc00);
			i++;
		} else if (within(c, 0xd800, 0xdfff)) {
			c = 0xfffd;
		}
		put(b, c);
	}
}

/* The same text once more behind some bytes, so that its address is odd, and
 * with nothing behind it that could be read unseen. */
static void
compare(struct span s)
{
	uint8_t *const copy = malloc(PREFIX + s.n);
	struct buf got;
	struct buf want;

	FUZZ_NEED(copy != NULL);
	if (s.n != 0)
		memcpy(copy + PREFIX, s.p, s.n);
	buf_init(&got, 16 * s.n + 64);
	buf_init(&want, 16 * s.n + 64);
	text_utf16_json(&got, span_of(copy + PREFIX, s.n));
	plain_utf16(&want, s, plain_json);
	FUZZ_NEED(!got.full && !want.full);
	FUZZ_NEED(span_eq(buf_span(&got), buf_span(&want)));
	buf_cut(&got, 0);
	buf_cut(&want, 0);
	text_utf16_utf8(&got, span_of(copy + PREFIX, s.n));
	plain_utf16(&want, s, plain_utf8);
	FUZZ_NEED(span_eq(buf_span(&got), buf_span(&want)));
	buf_reset(&got);
	buf_reset(&want);
	free(copy);
}

/* What comes out of any bytes is the inside of a JSON string. */
static void
check_string(struct span s, void (*put)(struct buf *, struct span))
{
	struct buf b;

	buf_init(&b, 16 * s.n + 64);
	buf_byte(&b, '"');
	put(&b, s);
	buf_byte(&b, '"');
	FUZZ_NEED(!b.full);
	FUZZ_NEED(fuzz_json_valid(buf_span(&b)));
	buf_reset(&b);
}

/* Once clean, always clean. */
static void
clean_twice(struct span s)
{
	struct buf once;
	struct buf twice;

	buf_init(&once, 16 * s.n + 64);
	buf_init(&twice, 64 * s.n + 64);
	text_utf8_utf8(&once, s);
	text_utf8_utf8(&twice, buf_span(&once));
	FUZZ_NEED(span_eq(buf_span(&once), buf_span(&twice)));
	buf_reset(&once);
	buf_reset(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span s = span_of(data, size);

	compare(s);
	if (size > 2)
		compare(span_of(data + 2, size - 2));
	check_string(s, text_utf16_json);
	check_string(s, text_utf8_json);
	check_string(s, text_ansi_json);
	clean_twice(s);
	return 0;
}
