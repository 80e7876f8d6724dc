/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "util/text.h"
#include "util/text_variant.h"

/* Longest result of a byte of UTF-8 without escapes: U+FFFD. */
#define TEXT_REPLACED 3

/* Called for every conversion: it only
 * tests a word that the compiler's runtime fills before main(). */
const struct text_variant *
text_best(void)
{
#if TEXT_X86
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("popcnt"))
		return &text_avx2;
#endif
	return &text_plain;
}

const struct text_variant *
text_variant(size_t i)
{
	if (i == 0)
		return &text_plain;
	return i == 1 && text_best() != &text_plain ? text_best() : NULL;
}

/* Reserve `need` bytes, with slack if the maximum allows it; NULL if there is
 * no room. */
static inline uint8_t *
room(struct buf *b, size_t need)
{
	if (need + TEXT_SLACK <= b->cap - b->n && !b->full)
		return b->p + b->n;
	return buf_room(
	    b, need + TEXT_SLACK <= b->max - b->n ? need + TEXT_SLACK : need);
}

/* The variant to use: only the plain one works without slack. */
static inline const struct text_variant *
writer(const struct buf *b, size_t need)
{
	return need + TEXT_SLACK <= b->cap - b->n ? text_best() : &text_plain;
}

void
text_utf16_json(struct buf *b, struct span s)
{
	const size_t need = s.n / 2 * TEXT_UNIT_MAX;
	uint8_t *const w = need == 0 ? NULL : room(b, need);

	if (w != NULL)
		b->n += (size_t)(writer(b, need)->utf16_json(w, s) - w);
}

void
text_utf16_utf8(struct buf *b, struct span s)
{
	const size_t need = s.n / 2 * TEXT_UNIT_MAX;
	uint8_t *const w = need == 0 ? NULL : room(b, need);

	if (w != NULL)
		b->n += (size_t)(writer(b, need)->utf16_utf8(w, s) - w);
}

void
text_utf8_json(struct buf *b, struct span s)
{
	const size_t need = s.n * TEXT_UNIT_MAX;
	uint8_t *const w = need == 0 ? NULL : room(b, need);

	if (w != NULL)
		b->n += (size_t)(writer(b, need)->utf8_json(w, s) - w);
}

void
text_utf8_utf8(struct buf *b, struct span s)
{
	const size_t need = s.n * TEXT_REPLACED;
	uint8_t *const w = need == 0 ? NULL : room(b, need);

	if (w != NULL)
		b->n += (size_t)(writer(b, need)->utf8_utf8(w, s) - w);
}

void
text_ansi_json(struct buf *b, struct span s)
{
	const size_t need = s.n * TEXT_UNIT_MAX;
	uint8_t *const w = need == 0 ? NULL : room(b, need);

	if (w != NULL)
		b->n += (size_t)(writer(b, need)->ansi_json(w, s) - w);
}

void
text_ansi_utf8(struct buf *b, struct span s)
{
	const size_t need = s.n * TEXT_UNIT_MAX;
	uint8_t *const w = need == 0 ? NULL : room(b, need);

	if (w != NULL)
		b->n += (size_t)(writer(b, need)->ansi_utf8(w, s) - w);
}

/* Values of fixed size may end with hundreds of NULs. */
struct span
text_trim_run(struct span s, size_t width)
{
	static const uint8_t nuls[16];

	while (s.n >= sizeof(nuls) &&
	       memcmp(s.p + s.n - sizeof(nuls), nuls, sizeof(nuls)) == 0)
		s.n -= sizeof(nuls);
	while (s.n >= width && memcmp(s.p + s.n - width, nuls, width) == 0)
		s.n -= width;
	return s;
}

struct span
text_beginning(struct span s, size_t max)
{
	const uint8_t *const nul = s.n == 0 ? NULL : memchr(s.p, 0, s.n);
	size_t n = nul != NULL ? (size_t)(nul - s.p) : s.n;

	if (n > max) {
		n = max;
		while (n > 0 && (s.p[n] & 0xc0) == 0x80)
			n--;
	}
	return span_of(s.p, n);
}
