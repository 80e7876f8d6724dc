/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/num.h"

#define FIRST_CAP 256

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_reset(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void
buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_reset(b);
}

static bool
grow(struct buf *b, size_t n)
{
	if (n > b->max - b->n)
		return false;
	size_t cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
	if (cap < FIRST_CAP)
		cap = FIRST_CAP;
	if (cap < b->n + n)
		cap = b->n + n;
	if (cap > b->max)
		cap = b->max;
	uint8_t *const p = realloc(b->p, cap);
	b->starved = p == NULL;
	if (p == NULL)
		return false;
	b->p = p;
	b->cap = cap;
	return true;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	const bool enough = b->p != NULL && n <= b->cap - b->n;

	if (b->full || (!enough && !grow(b, n))) {
		b->full = true;
		return NULL;
	}
	return b->p + b->n;
}

enum rc
buf_fail(const struct buf *b, const char *what, struct err *e)
{
	if (b->starved)
		return err_nomem(e);
	return err_set(
	    e, RC_FATAL, WHY_LIMIT, "%s has more than %zu bytes", what, b->max);
}

void
buf_put(struct buf *b, struct span s)
{
	if (s.n == 0)
		return;
	uint8_t *const p = buf_room(b, s.n);
	if (p == NULL)
		return;
	memcpy(p, s.p, s.n);
	b->n += s.n;
}

void
buf_str(struct buf *b, const char *s)
{
	buf_put(b, span_str(s));
}

void
buf_byte(struct buf *b, uint8_t c)
{
	uint8_t *const p = buf_room(b, 1);

	if (p == NULL)
		return;
	*p = c;
	b->n++;
}

void
buf_u64(struct buf *b, uint64_t n)
{
	uint8_t *const w = buf_room(b, NUM_DEC_MAX);

	if (w != NULL)
		b->n += (size_t)(num_u64(w, n) - w);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const int want = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (want <= 0)
		return;
	uint8_t *const p = buf_room(b, (size_t)want + 1);
	if (p == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)p, (size_t)want + 1, fmt, ap);
	va_end(ap);
	b->n += (size_t)want;
}

void
buf_cut(struct buf *b, size_t n)
{
	assert(n <= b->n);
	b->n = n;
	b->full = false;
}

void
buf_drop(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

void
buf_trim(struct buf *b)
{
	uint8_t *const p = b->n == 0 ? NULL : realloc(b->p, b->n);

	if (p == NULL)
		return;
	b->p = p;
	b->cap = b->n;
}
