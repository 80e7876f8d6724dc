/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "auth/base64.h"
#include "auth/leak.h"
#include "auth/urlencode.h"
#include "util/digest.h"

/* Length of the parts of a secret that are searched for. So many equal
 * characters are not there by chance. */
#define PART 12
#define FILTER_LOG 16
#define FILTER_BITS (1U << FILTER_LOG)
#define HASH_BASE UINT32_C(16777619)
/* Maximum of an encoded secret or a text. Percent-encoding turns each byte of
 * the longest token (32768) into three. */
#define FORM_MAX ((size_t)4 * 32768)

/* A text to search, with a Bloom filter of the hashes of all its parts of PART
 * characters, so that the text is not read once for each part of the secret. */
struct text {
	const char *p;
	size_t n;
	uint64_t filter[FILTER_BITS / 64];
};

/* The hash of the PART characters that end at p[i], from the previous hash. It
 * ignores case: hex digits, also in percent-encoding, may be in either case. */
static uint32_t
roll(uint32_t hash, const char *p, size_t i)
{
	/* HASH_BASE to the power of PART, modulo 2^32. */
	static const uint32_t gone = 0xd38c7031;

	hash = hash * HASH_BASE + (uint32_t)tolower((uint8_t)p[i]);
	return i >= PART ? hash - (uint32_t)tolower((uint8_t)p[i - PART]) * gone
			 : hash;
}

static bool
has(const struct text *t, struct span part)
{
	for (size_t i = 0; i + part.n <= t->n; i++)
		if (strncasecmp(t->p + i, (const char *)part.p, part.n) == 0)
			return true;
	return false;
}

/* True if the text contains PART characters of `form`, a secret in some
 * encoding; all of it if it is shorter. */
static bool
has_part(const struct text *t, struct span form)
{
	const char *const p = (const char *)form.p;
	uint32_t hash = 0;

	if (form.n < PART)
		return form.n > 0 && has(t, form);
	for (size_t i = 0; i < form.n; i++) {
		hash = roll(hash, p, i);
		const uint32_t bit = hash >> (32 - FILTER_LOG);
		if (i + 1 >= PART &&
		    (t->filter[bit / 64] >> bit % 64 & 1) != 0 &&
		    has(t, span_of(p + i + 1 - PART, PART)))
			return true;
	}
	return false;
}

/* True if the text contains a part of the secret as it is, in hex or in base64,
 * or if memory is exhausted. */
static bool
has_any_form(const struct text *t, struct span secret, struct buf *form)
{
	if (has_part(t, secret))
		return true;
	buf_cut(form, 0);
	char *const hex = (char *)buf_room(form, 2 * secret.n + 1);
	if (hex == NULL)
		return true;
	digest_hex(secret.p, secret.n, hex);
	if (has_part(t, span_of(hex, 2 * secret.n)))
		return true;
	/* Base64 encodes three bytes as four letters. The secret may begin at
	 * any of the three bytes, depending on the text before it. */
	for (size_t skip = 0; skip < 3 && skip < secret.n; skip++) {
		buf_cut(form, 0);
		base64_put(
		    form, span_of(secret.p + skip, (secret.n - skip) / 3 * 3));
		if (form->full || has_part(t, buf_span(form)))
			return true;
	}
	return false;
}

/* Like has_any_form(), for the percent-encoded secret. It is tried with upper
 * and with lower case hex digits, which differ if the result was encoded again
 * in hex or base64. */
static bool
has_percent_encoded(const struct text *t, const char *secret, struct buf *form)
{
	struct buf encoded;

	buf_init(&encoded, FORM_MAX);
	urlencode_put(&encoded, secret);
	bool found = encoded.full || has_any_form(t, buf_span(&encoded), form);
	for (size_t i = 0; !found && i < encoded.n; i++)
		if (encoded.p[i] == '%') {
			encoded.p[i + 1] |= 0x20;
			encoded.p[i + 2] |= 0x20;
		}
	found = found || has_any_form(t, buf_span(&encoded), form);
	buf_wipe(&encoded);
	return found;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *const p = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return p == NULL ? -1 : (int)(p - digits);
}

/* Percent-decode a text in place; false if it contains nothing to decode. */
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

bool
leak_contains(const char *text, const char *secret)
{
	struct buf form;
	struct buf copy;
	struct text t;

	if (*secret == '\0' || *text == '\0')
		return false;
	buf_init(&form, FORM_MAX);
	buf_init(&copy, FORM_MAX);
	buf_str(&copy, text);
	buf_byte(&copy, '\0');
	bool found = copy.full;
	/* Search the text as it is, and after each of up to three rounds of
	 * percent-decoding: several systems may each have encoded it. */
	for (int round = 0; !found && round < 4; round++) {
		uint32_t hash = 0;
		t.p = (const char *)copy.p;
		t.n = strlen(t.p);
		memset(t.filter, 0, sizeof(t.filter));
		for (size_t i = 0; i < t.n; i++) {
			hash = roll(hash, t.p, i);
			const uint32_t bit = hash >> (32 - FILTER_LOG);
			if (i + 1 >= PART)
				t.filter[bit / 64] |= UINT64_C(1) << bit % 64;
		}
		found = has_any_form(&t, span_str(secret), &form) ||
			(round == 0 && has_percent_encoded(&t, secret, &form));
		if (!found && !percent_decode((char *)copy.p))
			break;
	}
	buf_wipe(&form);
	buf_wipe(&copy);
	return found;
}
