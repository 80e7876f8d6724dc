/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RecordKey: the identity of an event, the same for all copies of it.
 *
 * The first 128 bits of the SHA-256 of a canonical text: the fields of System
 * that say what happened, where and when, then the names and values of
 * EventData or UserData in order. The record header, the path, the schema and
 * the decoder do not matter. Each part is escaped as in JSON and ends with a
 * control character that cannot occur in escaped text, so one part cannot be
 * mistaken for two:
 *
 *   part    = escaped text, 0x1f
 *   head    = a part each of channel, computer, provider, EventID, Qualifiers,
 *             Version, Level, Task, Opcode, Keywords, EventRecordID,
 *             TimeCreated in units of 100 ns
 *   payload = element name part, 0x02, attributes, content, 0x03
 *
 * Differences between copies of one event are ignored: an absent EventID,
 * Qualifiers, Version, Level, Task, Opcode or Keywords is 0, and an element
 * without content and without attributes other than a name is left out. Data
 * without a name are identified by their position, so each counts, even if
 * empty, except for null, which libevtx leaves out; an array is an element for
 * each item, and an empty element if it has no items.
 *
 * Copies spell values differently: event/canonical.h says how they are written.
 */
#ifndef SCHEMA_EVENT_KEY_H
#define SCHEMA_EVENT_KEY_H

#include "event/system_fields.h"
#include "schema/plan.h"
#include "util/digest.h"

/* The version of the canonical text. Keys of different versions cannot be
 * compared. */
#define EVENT_KEY_VERSION 2U

/* Append the operations that write the canonical text. */
void event_key_compile(
    struct plan *p, const struct tree *t, const struct system_fields *s);

/* True if the key is unique to the event. Without EventRecordID or TimeCreated
 * two events can have the same key; such records get no key. */
bool event_key_identifies(
    const struct system_fields *s, const struct value *values);

/* Write the key in hex with a NUL, from the SHA-256 of the canonical text. */
void event_key_hex(const uint8_t sum[DIGEST_BYTES], char key[PLAN_KEY_HEX + 1]);

#endif
