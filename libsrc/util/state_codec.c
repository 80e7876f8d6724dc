/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "util/digest.h"
#include "util/state_codec.h"

#define LAST_LINE "sha256 "
/* Length of the last line with its LF. */
#define LAST_LINE_BYTES (sizeof(LAST_LINE) - 1 + DIGEST_HEX)
#define MARK_NULL '-' /* written instead of a string that is NULL */
#define MARK_TEXT '=' /* written before a string */

/* --- writing -------------------------------------------------------------- */

void
state_codec_write_begin(struct state_writer *w, struct buf *out)
{
	w->out = out;
}

void
state_codec_write_u64(struct state_writer *w, const char *name, uint64_t value)
{
	buf_fmt(w->out, "%s %llu\n", name, (unsigned long long)value);
}

void
state_codec_write_text(
    struct state_writer *w, const char *name, const char *text)
{
	buf_fmt(w->out, "%s %c", name, text == NULL ? MARK_NULL : MARK_TEXT);
	for (const char *p = text; p != NULL && *p != '\0'; p++) {
		if (*p == '\n' || *p == '\\')
			buf_byte(w->out, '\\');
		buf_byte(w->out, *p == '\n' ? 'n' : (uint8_t)*p);
	}
	buf_byte(w->out, '\n');
}

static void
write_hex(struct state_writer *w, const char *name, struct span bytes)
{
	buf_fmt(w->out, "%s ", name);
	uint8_t *const to = buf_room(w->out, 2 * bytes.n + 1);
	if (to != NULL) {
		digest_hex(bytes.p, bytes.n, (char *)to);
		w->out->n += 2 * bytes.n;
	}
	buf_byte(w->out, '\n');
}

void
state_codec_write(
    struct state_writer *w, const struct state_field *fields, const void *from)
{
	for (const struct state_field *f = fields; f->name != NULL; f++) {
		const uint8_t *const at = (const uint8_t *)from + f->offset;
		const void *const member = at;
		switch (f->type) {
		case STATE_U64:
			for (size_t i = 0; i < f->size / sizeof(uint64_t); i++)
				state_codec_write_u64(
				    w, f->name, ((const uint64_t *)member)[i]);
			break;
		case STATE_BOOL:
			state_codec_write_u64(
			    w, f->name, *(const bool *)member ? 1 : 0);
			break;
		case STATE_CHARS:
			state_codec_write_text(w, f->name, member);
			break;
		case STATE_TEXT:
			state_codec_write_text(
			    w, f->name, *(const char *const *)member);
			break;
		case STATE_BYTES:
			write_hex(w, f->name, span_of(at, f->size));
			break;
		case STATE_BUF:
			write_hex(w, f->name, buf_span(member));
			break;
		}
	}
}

/* Format the line that ends a state and contains its SHA-256. It is not
 * NUL-terminated. */
static enum rc
last_line(struct span text, char line[LAST_LINE_BYTES], struct err *e)
{
	uint8_t sum[DIGEST_BYTES];
	char hex[DIGEST_HEX];

	const enum rc rc = digest_once(text, sum, e);
	if (rc != RC_OK)
		return rc;
	digest_hex(sum, sizeof(sum), hex);
	hex[DIGEST_HEX - 1] = '\n';
	memcpy(line, LAST_LINE, sizeof(LAST_LINE) - 1);
	memcpy(line + sizeof(LAST_LINE) - 1, hex, DIGEST_HEX);
	return RC_OK;
}

enum rc
state_codec_write_end(struct state_writer *w, struct err *e)
{
	char line[LAST_LINE_BYTES];

	const enum rc rc =
	    w->out->full ? RC_OK : last_line(buf_span(w->out), line, e);
	if (rc == RC_OK)
		buf_put(w->out, span_of(line, sizeof(line)));
	return w->out->full ? buf_fail(w->out, "a checkpoint", e) : rc;
}

/* --- reading -------------------------------------------------------------- */

enum rc
state_codec_read_begin(
    struct state_reader *r, struct span text, const char *what, struct err *e)
{
	const size_t n =
	    text.n < LAST_LINE_BYTES ? 0 : text.n - LAST_LINE_BYTES;
	char line[LAST_LINE_BYTES];

	*r = (struct state_reader){ .in = span_of(text.p, n), .what = what };
	const enum rc rc = last_line(r->in, line, e);
	if (rc != RC_OK)
		return rc;
	if (text.n < LAST_LINE_BYTES ||
	    memcmp(text.p + n, line, LAST_LINE_BYTES) != 0)
		return err_set(e, RC_FATAL, WHY_TAMPERED,
		    "%s is damaged: its SHA-256 digest is wrong", what);
	return RC_OK;
}

enum rc
state_codec_read_end(const struct state_reader *r, struct err *e)
{
	if (r->starved)
		return err_nomem(e);
	if (r->wrong != NULL)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "cannot use %s: \"%s\" is missing or not valid", r->what,
		    r->wrong);
	if (r->in.n != 0)
		return err_set(e, RC_FATAL, WHY_CORRUPT,
		    "cannot use %s: it has more values than expected", r->what);
	return RC_OK;
}

static void
reject(struct state_reader *r, const char *name)
{
	if (r->wrong == NULL)
		r->wrong = name;
}

/* Read the next line, which must have the given name, and return its value. If
 * it does not, the result is an empty span. */
static struct span
next_value(struct state_reader *r, const char *name)
{
	const size_t n = strlen(name);
	const uint8_t *const lf =
	    r->in.n == 0 ? NULL : memchr(r->in.p, '\n', r->in.n);
	const size_t line = lf == NULL ? 0 : (size_t)(lf - r->in.p);

	if (r->wrong != NULL || line <= n || memcmp(r->in.p, name, n) != 0 ||
	    r->in.p[n] != ' ') {
		reject(r, name);
		return span_of(NULL, 0);
	}
	const struct span value = span_of(r->in.p + n + 1, line - n - 1);
	r->in = span_of(lf + 1, r->in.n - line - 1);
	return value;
}

static uint64_t
read_number(struct state_reader *r, const char *name, uint64_t max)
{
	const struct span text = next_value(r, name);
	uint64_t v = 0;

	for (size_t i = 0; i < text.n; i++) {
		const unsigned digit = (unsigned)text.p[i] - '0';
		if (digit > 9 || digit > max || v > (max - digit) / 10) {
			reject(r, name);
			return 0;
		}
		v = v * 10 + digit;
	}
	if (text.n == 0)
		reject(r, name);
	return v;
}

uint64_t
state_codec_read_u64(struct state_reader *r, const char *name)
{
	return read_number(r, name, UINT64_MAX);
}

size_t
state_codec_read_count(struct state_reader *r, const char *name, size_t max)
{
	return (size_t)read_number(r, name, max);
}

char *
state_codec_read_text(struct state_reader *r, const char *name)
{
	const struct span value = next_value(r, name);

	if (r->wrong != NULL || (value.n == 1 && value.p[0] == MARK_NULL))
		return NULL;
	if (value.n == 0 || value.p[0] != MARK_TEXT) {
		reject(r, name);
		return NULL;
	}
	char *const text = malloc(value.n); /* NOLINT: a create function */
	if (text == NULL) {
		r->starved = true;
		reject(r, name);
		return NULL;
	}
	char *to = text;
	for (size_t i = 1; i < value.n; i++) {
		const bool escaped = value.p[i] == '\\' && i + 1 < value.n;
		const uint8_t c = value.p[escaped ? ++i : i];
		*to++ = (char)(escaped && c == 'n' ? '\n' : c);
	}
	*to = '\0';
	return text;
}

static void
read_hex(struct state_reader *r, const char *name, struct buf *to)
{
	const struct span hex = next_value(r, name);

	buf_cut(to, 0);
	if (r->wrong != NULL || hex.n == 0)
		return;
	uint8_t *const room = buf_room(to, hex.n / 2);
	if (room == NULL)
		r->starved = r->starved || to->starved;
	else if (digest_unhex(hex, room))
		to->n = hex.n / 2;
	if (to->n == 0)
		reject(r, name);
}

void
state_codec_read(
    struct state_reader *r, const struct state_field *fields, void *to)
{
	for (const struct state_field *f = fields; f->name != NULL; f++) {
		uint8_t *const at = (uint8_t *)to + f->offset;
		void *const member = at;
		char *text;
		struct buf bytes;
		switch (f->type) {
		case STATE_U64:
			for (size_t i = 0; i < f->size / sizeof(uint64_t); i++)
				((uint64_t *)member)[i] =
				    state_codec_read_u64(r, f->name);
			break;
		case STATE_BOOL:
			*(bool *)member = read_number(r, f->name, 1) != 0;
			break;
		case STATE_CHARS:
			text = state_codec_read_text(r, f->name);
			memset(at, 0, f->size);
			if (text != NULL && strlen(text) < f->size)
				memcpy(at, text, strlen(text) + 1);
			else
				reject(r, f->name);
			free(text);
			break;
		case STATE_TEXT:
			*(char **)member = state_codec_read_text(r, f->name);
			break;
		case STATE_BYTES:
			buf_init(&bytes, f->size);
			read_hex(r, f->name, &bytes);
			if (bytes.n == f->size)
				memcpy(at, bytes.p, f->size);
			else
				reject(r, f->name);
			buf_reset(&bytes);
			break;
		case STATE_BUF:
			read_hex(r, f->name, member);
			break;
		}
	}
}
