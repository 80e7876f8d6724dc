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
#define FORM_MAX (4U * 32768)

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

static bool
has_encoded(const char *text, const char *secret, struct buf *form)
{
	buf_cut(form, 0);
	auth_field(form, "", secret);
	return has_part(text, (const char *)form->p + 1, form->n - 1);
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

bool
leak_in(const char *text, const char *secret)
{
	const size_t n = strlen(secret);
	struct buf form;

	if (n == 0 || *text == '\0')
		return false;
	buf_init(&form, FORM_MAX);
	/* Without memory to look it is taken for one. */
	const bool leaks = has_part(text, secret, n) ||
			   has_encoded(text, secret, &form) ||
			   has_hex(text, secret, n, &form) ||
			   has_base64(text, secret, n, &form) || form.full;
	if (form.p != NULL)
		explicit_bzero(form.p, form.cap);
	buf_reset(&form);
	return leaks;
}
