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

/* For text that value_json() has written: canonical_is_final() is false if the
 * text may not be canonical. canonical_rewrite() then makes the text from
 * `start` to the end of the buffer canonical. */
bool canonical_is_final(struct span text);
void canonical_rewrite(struct buf *out, size_t start);

#endif
