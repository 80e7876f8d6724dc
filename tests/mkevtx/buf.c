/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"

void
buf_reset(struct buf *b)
{
	b->n = 0;
}

void
buf_free(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

static void
grow(struct buf *b, size_t n)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;

	while (cap - b->n < n)
		cap *= 2;
	if (cap == b->cap)
		return;
	uint8_t *const p = realloc(b->p, cap);
	if (p == NULL)
		buf_die(1, "out of memory");
	b->p = p;
	b->cap = cap;
}

void
buf_put(struct buf *b, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	if (b->cap - b->n < n)
		grow(b, n);
	memcpy(b->p + b->n, bytes, n);
	b->n += n;
}

void
buf_str(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

static void
put_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t le[8];

	for (size_t i = 0; i < n; i++)
		le[i] = (uint8_t)(v >> (8 * i));
	buf_put(b, le, n);
}

void
buf_u8(struct buf *b, unsigned v)
{
	put_le(b, v, 1);
}

void
buf_u16(struct buf *b, unsigned v)
{
	put_le(b, v, 2);
}

void
buf_u32(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
buf_u64(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	char s[256];
	va_list ap;

	va_start(ap, fmt);
	const int n = vsnprintf(s, sizeof(s), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(s))
		buf_die(1, "text longer than %zu bytes", sizeof(s) - 1);
	buf_put(b, s, (size_t)n);
}

void
buf_wide(struct buf *b, const char *ascii)
{
	for (; *ascii != '\0'; ascii++)
		buf_u16(b, (unsigned char)*ascii);
}

uint64_t
buf_get(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

void
buf_die(int status, const char *fmt, ...)
{
	va_list ap;

	(void)fputs("mkevtx: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	exit(status);
}
