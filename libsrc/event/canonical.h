/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical text of a value. It is the same for two copies of an event, and
 * for the readings of two decoders, however the value is stored or spelled.
 *
 * Hex numbers have no leading zeros, times have 7 digits, GUIDs are in lower
 * case without braces, strings have no NULs at their end; everything else is
 * written as value_json() writes it. Text that is spelled like a hex number, a
 * time or a GUID is converted like one.
 */
#ifndef EVENT_CANONICAL_H
#define EVENT_CANONICAL_H

#include "event/value.h"

/* Append the canonical text, escaped as inside a JSON string. */
void canonical_put(struct buf *out, const struct value *v);

/* Maximum length in characters of text that can be a number, a time or a GUID.
 */
#define CANONICAL_SPELLED_MAX 40

/* For text that value_json() has written: canonical_is_final() is false if the
 * text may not be canonical. canonical_rewrite() then makes the text from
 * `start` to the end of the buffer canonical. */
static inline bool
canonical_is_final(struct span text)
{
	if (text.n < 3 || text.n > CANONICAL_SPELLED_MAX)
		return true;
	const bool hex = text.p[0] == '0' && text.p[1] == 'x';
	const bool time = text.n >= 19 && text.p[4] == '-';
	return !hex && !time && text.n < 36;
}

void canonical_rewrite(struct buf *out, size_t start);

#endif
