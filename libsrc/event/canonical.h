/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value by what it means, whatever it is spelled like: the form in which two
 * copies of one event, or two readings of one record, are the same.
 *
 * Hex without leading zeros, times at 100 ns, GUIDs in lower case without
 * braces, no NULs at the end, everything else as value_json() has it. Text
 * that is spelled like a hex number, a time or a GUID is treated as one.
 */
#ifndef EVENT_CANONICAL_H
#define EVENT_CANONICAL_H

#include "event/value.h"

/* Append the canonical form, escaped as inside a JSON string. */
void canonical_put(struct buf *out, const struct value *v);

/* The same in two steps, for a text that is written already as value_json() has
 * it: whether it can stay, and if not, what it becomes, from `start` to the end
 * of the buffer. */
bool canonical_is_final(struct span text);
void canonical_rewrite(struct buf *out, size_t start);

#endif
