/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RecordKey: the identity of an event, whichever copy it is read from.
 *
 * The first 128 bits of SHA-256 over a canonical text: what System says of what
 * happened, where and when, then the names and values of EventData or UserData
 * in order. Nothing of the record header, the path, the schema or the decoder
 * goes in. Each part is escaped as in JSON and ends in a control character that
 * escaping never leaves in, so no part can pretend to be two:
 *
 *   part    = escaped text, 0x1f
 *   head    = a part each of channel, computer, provider, EventID, Qualifiers,
 *             Version, Level, Task, Opcode, Keywords, EventRecordID,
 *             TimeCreated in units of 100 ns
 *   payload = element name part, 0x02, attributes, content, 0x03
 *
 * What copies do not agree about does not count: an absent EventID, Qualifiers,
 * Version, Level, Task, Opcode or Keywords is 0, and an element that holds
 * nothing and has no attribute but a name is not there. Data without a name are
 * told apart by their position, so each counts, an empty one too, but for null,
 * which libevtx leaves out; an array is an element per item, without items an
 * empty element.
 *
 * Values are written by what they mean, since copies spell them differently:
 * event/canonical.h says how.
 */
#ifndef SCHEMA_EVENT_KEY_H
#define SCHEMA_EVENT_KEY_H

#include "event/system_fields.h"
#include "schema/plan.h"
#include "util/digest.h"

/* Of the canonical text: keys of different versions cannot be compared. */
#define KEY_VERSION 2U

/* Append the operations that write the canonical text. */
void event_key_compile(
    struct plan *p, const struct tree *t, const struct system_fields *h);

/* Whether the event's key tells it from all others: without EventRecordID or
 * TimeCreated two events can have the same key, and no record is given one. */
bool event_key_identifies(
    const struct system_fields *h, const struct value *values);

/* The key, hex digits with a NUL, by the SHA-256 of the canonical text. */
void event_key_hex(const uint8_t sum[DIGEST_BYTES], char key[PLAN_KEY_HEX + 1]);

#endif
