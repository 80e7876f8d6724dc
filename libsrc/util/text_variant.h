/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The converters of UTF-16, the encoding of nearly all texts in a log. There is
 * a variant for each kind of processor; text.c selects one. This header is for
 * text.c and the unit test of the variants.
 *
 * A converter writes the converted text of s at w and returns the address after
 * it. It reads nothing outside of s. It may write up to TEXT_UNIT_MAX bytes for
 * every unit and TEXT_SLACK more; text_plain never uses the slack.
 */
#ifndef UTIL_TEXT_VARIANT_H
#define UTIL_TEXT_VARIANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/span.h"

/* Maximum length in bytes of the result for one unit of input, for example
 * \u001f. */
#define TEXT_UNIT_MAX 6
#define TEXT_SLACK 64

#if defined(__GNUC__) && defined(__x86_64__)
#define TEXT_X86 1
#else
#define TEXT_X86 0
#endif

typedef uint8_t *text_converter(uint8_t *w, struct span s);

struct text_variant {
	const char *name;
	text_converter *utf16_json;
	text_converter *utf16_utf8;
};

extern const struct text_variant text_plain;
#if TEXT_X86
extern const struct text_variant text_avx2;
#endif

/* The i-th of the variants that this machine supports, from the plain one to
 * the fastest; NULL after the last. */
const struct text_variant *text_variant(size_t i);

/* The fastest variant that this machine supports. */
const struct text_variant *text_best(void);

/* Define a variant by means of its function from_utf16(). `target` is an
 * attribute of the functions, or empty. */
#define TEXT_VARIANT(variant, name, target) \
	target static uint8_t *utf16_json(uint8_t *w, struct span s) \
	{ \
		return from_utf16(w, s, true); \
	} \
	target static uint8_t *utf16_utf8(uint8_t *w, struct span s) \
	{ \
		return from_utf16(w, s, false); \
	} \
	const struct text_variant variant = { name, utf16_json, utf16_utf8 };

#endif
