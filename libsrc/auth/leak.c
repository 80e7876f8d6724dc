/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "auth/leak.h"
#include "util/buf.h"

/* The length of a part of a secret that cannot be there by accident. */
#define PART 12
#define FILTER_LOG 16
#define FILTER_BITS (1U << FILTER_LOG)
#define HASH_BASE UINT32_C(16777619)
/* Percent-encoding takes three bytes for each of the longest token. */
#define FORM_MAX ((size_t)4 * 32768)

/* A text to search, with a Bloom filter of the rolling hashes of all its parts:
 * so the text is read once, not once for each part of the secret. */
struct text {
	const char *p;
	size_t n;
	uint64_t filter[FILTER_BITS / 64];
};

/* The character in lower case: hex and percent-encoding have two forms. */
static uint32_t
fold(char c)
{
	return (uint32_t)(uint8_t)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

/* The hash of the PART characters that end at p[i], from the previous hash. */
static uint32_t
roll(uint32_t hash, const char *p, size_t i)
{
	/* HASH_BASE to the power of PART, modulo 2^32. */
	static const uint32_t gone = 0xd38c7031;

	hash = hash * HASH_BASE + fold(p[i]);
	return i >= PART ? hash - fold(p[i - PART]) * gone : hash;
}

static void
set_text(struct text *t, const char *p)
{
	uint32_t hash = 0;

	t->p = p;
	t->n = strlen(p);
	memset(t->filter, 0, sizeof(t->filter));
	for (size_t i = 0; i < t->n; i++) {
		hash = roll(hash, p, i);
		const uint32_t bit = hash >> (32 - FILTER_LOG);
		if (i + 1 >= PART)
			t->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

static bool
has(const struct text *t, const char *part, size_t n)
{
	for (size_t i = 0; i + n <= t->n; i++)
		if (strncasecmp(t->p + i, part, n) == 0)
			return true;
	return false;
}

/* Whether the text contains a part of a secret in some encoding. */
static bool
has_part(const struct text *t, const char *form, size_t n)
{
	uint32_t hash = 0;

	if (n < PART)
		return n > 0 && has(t, form, n);
	for (size_t i = 0; i < n; i++) {
		hash = roll(hash, form, i);
		const uint32_t bit = hash >> (32 - FILTER_LOG);
		if (i + 1 >= PART &&
		    (t->filter[bit / 64] >> bit % 64 & 1) != 0 &&
		    has(t, form + i + 1 - PART, PART))
			return true;
	}
	return false;
}

/* Reserve the worst case, which is then written without checks; NULL without
 * memory. */
static uint8_t *
begin(struct buf *form, size_t n)
{
	buf_cut(form, 0);
	return buf_room(form, n + 1);
}

static bool
has_form(const struct text *t, struct buf *form, const uint8_t *end)
{
	form->n = (size_t)(end - form->p);
	return has_part(t, (const char *)form->p, form->n);
}

static uint8_t *
put_hex(uint8_t *to, char c)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = (uint8_t)digits[(uint8_t)c >> 4];
	*to++ = (uint8_t)digits[(uint8_t)c & 15];
	return to;
}

static bool
has_hex(const struct text *t, const char *secret, size_t n, struct buf *form)
{
	uint8_t *to = begin(form, 2 * n);

	if (to == NULL)
		return true;
	for (size_t i = 0; i < n; i++)
		to = put_hex(to, secret[i]);
	return has_form(t, form, to);
}

/* Base64 encodes three bytes as four letters. What precedes the secret decides
 * at which of the three bytes it begins. */
static bool
has_base64(const struct text *t, const char *secret, size_t n, struct buf *form)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
				      "ghijklmnopqrstuvwxyz0123456789+/";

	for (size_t skip = 0; skip < 3; skip++) {
		uint8_t *to = begin(form, n / 3 * 4);
		if (to == NULL)
			return true;
		for (size_t i = skip; i + 3 <= n; i += 3) {
			const uint32_t v = (uint32_t)(uint8_t)secret[i] << 16 |
					   (uint32_t)(uint8_t)secret[i + 1]
					       << 8 |
					   (uint8_t)secret[i + 2];
			*to++ = (uint8_t)letters[v >> 18];
			*to++ = (uint8_t)letters[v >> 12 & 63];
			*to++ = (uint8_t)letters[v >> 6 & 63];
			*to++ = (uint8_t)letters[v & 63];
		}
		if (has_form(t, form, to))
			return true;
	}
	return false;
}

static bool
has_any(const struct text *t, const char *secret, size_t n, struct buf *form)
{
	return has_part(t, secret, n) || has_hex(t, secret, n, form) ||
	       has_base64(t, secret, n, form);
}

/* Percent-encoded, and encoded again in any way. */
static bool
has_encoded(
    const struct text *t, const char *secret, size_t n, struct buf *form)
{
	struct buf encoded;
	uint8_t *to;

	buf_init(&encoded, FORM_MAX);
	to = begin(&encoded, 3 * n);
	if (to == NULL)
		return true;
	for (size_t i = 0; i < n; i++) {
		if (isalnum((unsigned char)secret[i]) ||
		    strchr("-._~", secret[i]) != NULL) {
			*to++ = (uint8_t)secret[i];
		} else {
			*to++ = '%';
			to = put_hex(to, secret[i]);
		}
	}
	encoded.n = (size_t)(to - encoded.p);
	const bool leaks = has_any(t, (const char *)encoded.p, encoded.n, form);
	buf_wipe(&encoded);
	return leaks;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *const p = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return p == NULL ? -1 : (int)(p - digits);
}

/* Percent-decode in place; false if there was nothing to decode. */
static bool
percent_decode(char *text)
{
	char *to = text;
	bool any = false;

	for (const char *p = text; *p != '\0'; p++) {
		const int high = *p == '%' ? hex_digit(p[1]) : -1;
		const int low = high >= 0 ? hex_digit(p[2]) : -1;
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

/* Search the text as it is and after percent-decoding it up to three times, as
 * several systems may each have encoded it. */
static bool
search(char *plain, const char *secret, size_t n, struct buf *form)
{
	struct text t;

	for (int round = 0; round < 4; round++) {
		set_text(&t, plain);
		if (has_any(&t, secret, n, form) ||
		    (round == 0 && has_encoded(&t, secret, n, form)))
			return true;
		if (!percent_decode(plain))
			return false;
	}
	return false;
}

bool
leak_contains(const char *text, const char *secret)
{
	const size_t n = strlen(secret);
	struct buf form;
	struct buf copy;

	if (n == 0 || *text == '\0')
		return false;
	buf_init(&form, FORM_MAX);
	buf_init(&copy, FORM_MAX);
	buf_str(&copy, text);
	buf_byte(&copy, '\0');
	const bool leaks =
	    copy.full || search((char *)copy.p, secret, n, &form);
	buf_wipe(&form);
	buf_wipe(&copy);
	return leaks;
}
