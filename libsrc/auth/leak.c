/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "auth/kind.h"
#include "auth/leak.h"

/* Characters in a row that are no accident. */
#define PART 12
/* Three bytes a character, of the longest token there can be. */
#define FORM_MAX ((size_t)4 * 32768)

static void
wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_reset(b);
}

/* Whether a part of `form` stands in text. */
static bool
has_part(const char *text, const char *form, size_t n)
{
	const size_t part = n < PART ? n : PART;

	for (size_t i = 0; part > 0 && i + part <= n; i++)
		for (const char *p = text; *p != '\0'; p++)
			if (strncasecmp(p, form + i, part) == 0)
				return true;
	return false;
}

static bool
has_hex(const char *text, const char *secret, size_t n, struct buf *form)
{
	buf_cut(form, 0);
	for (size_t i = 0; i < n; i++)
		buf_fmt(form, "%02x", (unsigned)(uint8_t)secret[i]);
	return has_part(text, (const char *)form->p, form->n);
}

/* Three bytes are four letters; where the secret begins in one of these
 * groups depends on what stands before it. */
static bool
has_base64(const char *text, const char *secret, size_t n, struct buf *form)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
				      "ghijklmnopqrstuvwxyz0123456789+/";

	for (size_t skip = 0; skip < 3; skip++) {
		buf_cut(form, 0);
		for (size_t i = skip; i + 3 <= n; i += 3) {
			const uint32_t v = (uint32_t)(uint8_t)secret[i] << 16 |
					   (uint32_t)(uint8_t)secret[i + 1]
					       << 8 |
					   (uint8_t)secret[i + 2];
			for (unsigned shift = 24; shift > 0; shift -= 6)
				buf_byte(form,
				    (uint8_t)letters[v >> (shift - 6) & 63]);
		}
		if (has_part(text, (const char *)form->p, form->n))
			return true;
	}
	return false;
}

static bool
has_any(const char *text, const char *secret, size_t n, struct buf *form)
{
	return has_part(text, secret, n) || has_hex(text, secret, n, form) ||
	       has_base64(text, secret, n, form);
}

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *const p = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return p == NULL ? -1 : (int)(p - digits);
}

/* Percent-decode in place; false if there was nothing to decode. */
static bool
decode(char *text)
{
	char *to = text;
	bool any = false;

	for (const char *p = text; *p != '\0'; p++) {
		const int high = *p == '%' ? digit(p[1]) : -1;
		const int low = high >= 0 ? digit(p[2]) : -1;
		const bool escape = low >= 0;
		any |= escape || *p == '+';
		if (escape)
			*to++ = (char)(high * 16 + low);
		else
			*to++ = (char)(*p == '+' ? ' ' : *p);
		p += escape ? 2 : 0;
	}
	*to = '\0';
	return any;
}

/* The text as it is, and decoded as often as somebody may have encoded it. */
static bool
look(char *text, const char *secret, size_t n, struct buf *form)
{
	for (int round = 0; round < 4; round++) {
		if (has_any(text, secret, n, form))
			return true;
		if (!decode(text))
			return false;
	}
	return false;
}

bool
leak_in(const char *text, const char *secret)
{
	const size_t n = strlen(secret);
	struct buf form;
	struct buf encoded;
	struct buf copy;

	if (n == 0 || *text == '\0')
		return false;
	buf_init(&form, FORM_MAX);
	buf_init(&encoded, FORM_MAX);
	buf_init(&copy, FORM_MAX);
	auth_field(&encoded, "", secret);
	buf_str(&copy, text);
	buf_byte(&copy, '\0');
	/* Without memory to look it is taken for one. The = of the field is
	 * none of its value. */
	const bool leaks =
	    encoded.full || copy.full ||
	    has_any(text, (const char *)encoded.p + 1, encoded.n - 1, &form) ||
	    look((char *)copy.p, secret, n, &form) || form.full;
	wipe(&form);
	wipe(&encoded);
	wipe(&copy);
	return leaks;
}
