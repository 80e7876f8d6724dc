/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "util/digest.h"
#include "util/save.h"

#define SEAL "sha256 "
#define SEAL_BYTES (sizeof(SEAL) - 1 + DIGEST_HEX) /* with the LF */
#define NOTHING '-'                                /* for NULL */
#define TEXT '='                                   /* before a text */

void
save_write(struct save *s, struct buf *out)
{
	*s = (struct save){ .out = out };
}

static enum rc
digest(struct span text, char hex[DIGEST_HEX], struct err *e)
{
	uint8_t bytes[DIGEST_BYTES];

	const enum rc rc = digest_once(text, bytes, e);
	if (rc == RC_OK)
		digest_hex(bytes, sizeof(bytes), hex);
	return rc;
}

enum rc
save_write_end(struct save *s, struct err *e)
{
	char hex[DIGEST_HEX];

	if (s->out->full)
		return buf_fail(s->out, "a checkpoint", e);
	const enum rc rc = digest(buf_span(s->out), hex, e);
	if (rc != RC_OK)
		return rc;
	buf_fmt(s->out, SEAL "%s\n", hex);
	return s->out->full ? buf_fail(s->out, "a checkpoint", e) : RC_OK;
}

enum rc
save_read(struct save *s, struct span text, const char *what, struct err *e)
{
	const size_t n = text.n < SEAL_BYTES ? 0 : text.n - SEAL_BYTES;
	char line[SEAL_BYTES + 1] = SEAL;

	*s = (struct save){ .in = span_of(text.p, n) };
	enum rc rc = digest(s->in, line + sizeof(SEAL) - 1, e);
	if (rc != RC_OK)
		return rc;
	line[SEAL_BYTES - 1] = '\n';
	if (text.n < SEAL_BYTES || memcmp(text.p + n, line, SEAL_BYTES) != 0)
		rc = err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is damaged: its digest does not hold", what);
	return rc;
}

enum rc
save_read_end(const struct save *s, const char *what, struct err *e)
{
	if (s->starved)
		return err_nomem(e);
	if (s->wrong != NULL)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s cannot be used: it has no \"%s\" where it should be",
		    what, s->wrong);
	if (s->in.n != 0)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "%s cannot be used: it says more than is known", what);
	return RC_OK;
}

/* The value on the next line, which should be that of `name`. */
static struct span
take(struct save *s, const char *name)
{
	const size_t n = strlen(name);
	const uint8_t *const lf =
	    s->in.n == 0 ? NULL : memchr(s->in.p, '\n', s->in.n);

	if (s->wrong == NULL && lf != NULL && (size_t)(lf - s->in.p) > n &&
	    memcmp(s->in.p, name, n) == 0 && s->in.p[n] == ' ') {
		const struct span value =
		    span_of(s->in.p + n + 1, (size_t)(lf - s->in.p) - n - 1);
		s->in = span_of(lf + 1, s->in.n - (size_t)(lf + 1 - s->in.p));
		return value;
	}
	if (s->wrong == NULL)
		s->wrong = name;
	return span_of(NULL, 0);
}

static uint64_t
number(struct save *s, const char *name, uint64_t max)
{
	const struct span text = take(s, name);
	uint64_t v = 0;

	for (size_t i = 0; i < text.n; i++) {
		const unsigned digit = (unsigned)text.p[i] - '0';
		if (digit > 9 || v > (max - digit) / 10) {
			s->wrong = name;
			return 0;
		}
		v = v * 10 + digit;
	}
	if (text.n == 0 && s->wrong == NULL)
		s->wrong = name;
	return s->wrong == NULL ? v : 0;
}

void
save_u64(struct save *s, const char *name, uint64_t *v)
{
	if (save_reads(s))
		*v = number(s, name, UINT64_MAX);
	else
		buf_fmt(s->out, "%s %llu\n", name, (unsigned long long)*v);
}

void
save_bool(struct save *s, const char *name, bool *v)
{
	uint64_t n = *v ? 1 : 0;

	save_u64(s, name, &n);
	*v = n != 0;
}

void
save_count(struct save *s, const char *name, size_t *v, size_t max)
{
	if (save_reads(s)) {
		*v = (size_t)number(s, name, max);
		return;
	}
	assert(*v <= max);
	buf_fmt(s->out, "%s %zu\n", name, *v);
}

static void
put(struct buf *b, const char *text)
{
	buf_byte(b, TEXT);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n')
			buf_str(b, "\\n");
		else if (*p == '\\')
			buf_str(b, "\\\\");
		else
			buf_byte(b, (uint8_t)*p);
	}
}

/* Take the escapes back; `to` has room for all of value. */
static void
get(struct span value, char *to)
{
	for (size_t i = 1; i < value.n; i++) {
		const bool escaped = value.p[i] == '\\' && i + 1 < value.n;
		const uint8_t c = value.p[escaped ? ++i : i];
		*to++ = (char)(escaped && c == 'n' ? '\n' : c);
	}
	*to = '\0';
}

/* A text of at most max bytes with its NUL, allocated; NULL if it was. */
static char *
take_text(struct save *s, const char *name, size_t max)
{
	const struct span value = take(s, name);
	char *text = NULL;

	if (s->wrong != NULL || (value.n == 1 && value.p[0] == NOTHING))
		return NULL;
	if (value.n != 0 && value.p[0] == TEXT) {
		text = malloc(value.n); /* NOLINT: a create function */
		s->starved = text == NULL;
	}
	if (text != NULL)
		get(value, text);
	if (text == NULL || strlen(text) >= max) {
		s->wrong = name;
		free(text);
		return NULL;
	}
	return text;
}

void
save_say(struct save *s, const char *name, const char *v)
{
	buf_fmt(s->out, "%s ", name);
	if (v == NULL)
		buf_byte(s->out, NOTHING);
	else
		put(s->out, v);
	buf_byte(s->out, '\n');
}

void
save_text(struct save *s, const char *name, char **v)
{
	if (save_reads(s))
		*v = take_text(s, name, SIZE_MAX);
	else
		save_say(s, name, *v);
}

void
save_chars(struct save *s, const char *name, char *v, size_t size)
{
	if (!save_reads(s)) {
		char *text = v;
		save_text(s, name, &text);
		return;
	}
	char *const text = take_text(s, name, size);
	memset(v, 0, size);
	if (text != NULL)
		memcpy(v, text, strlen(text) + 1);
	else if (s->wrong == NULL)
		s->wrong = name;
	free(text);
}

void
save_buf(struct save *s, const char *name, struct buf *b)
{
	if (!save_reads(s)) {
		buf_fmt(s->out, "%s ", name);
		uint8_t *const w = buf_room(s->out, 2 * b->n + 1);
		if (w != NULL) {
			digest_hex(b->p, b->n, (char *)w);
			s->out->n += 2 * b->n;
		}
		buf_byte(s->out, '\n');
		return;
	}
	const struct span hex = take(s, name);
	buf_cut(b, 0);
	uint8_t *const w = buf_room(b, hex.n / 2);
	s->starved = s->starved || (w == NULL && hex.n / 2 <= b->max);
	if (s->wrong == NULL && hex.n % 2 == 0 &&
	    (hex.n == 0 || (w != NULL && digest_unhex(hex, w))))
		b->n = hex.n / 2;
	else if (s->wrong == NULL)
		s->wrong = name;
}

void
save_bytes(struct save *s, const char *name, uint8_t *v, size_t n)
{
	struct buf b = { .p = v, .n = n, .cap = n, .max = n };

	if (!save_reads(s)) {
		save_buf(s, name, &b);
		return;
	}
	buf_init(&b, n);
	save_buf(s, name, &b);
	if (b.n == n && n != 0)
		memcpy(v, b.p, n);
	else if (s->wrong == NULL)
		s->wrong = name;
	buf_reset(&b);
}
