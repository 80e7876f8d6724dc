/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical text of a value: equal for two copies of an event, and for two
 * decoders' readings of a record, however the value is stored or spelled.
 *
 * Hex numbers without leading zeros, times with 7 digits, GUIDs in lower case
 * without braces, strings without NULs at their end, everything else as
 * value_json() writes it. Text that is spelled like a hex number, a time or a
 * GUID is converted like one.
 */
#ifndef EVENT_CANONICAL_H
#define EVENT_CANONICAL_H

#include "event/value.h"

/* Append the canonical text, escaped as inside a JSON string. */
void canonical_put(struct buf *out, const struct value *v);

/* The same for text that value_json() has already written: false if it may not
 * be canonical; canonical_rewrite() then replaces it, from `start` to the end
 * of the buffer. */
bool canonical_is_final(struct span text);
void canonical_rewrite(struct buf *out, size_t start);

#endif
