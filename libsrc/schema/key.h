/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RecordKey: the identity of an event, whichever copy it is read from.
 *
 * The first 128 bits of SHA-256 over a canonical text: channel, computer,
 * provider, EventRecordID, TimeCreated, then the names and values of EventData
 * or UserData in order. Nothing of the record header, the path, the schema or
 * the decoder goes in. Each part is escaped as in JSON and ends in a control
 * character that escaping never leaves in, so no part can pretend to be two:
 *
 *   part    = escaped text, 0x1f
 *   head    = channel part, computer part, provider part, id part, time part
 *   payload = element name part, 0x02, attributes, content, 0x03
 *
 * An element that holds nothing and has no attribute but a name is not there:
 * null, an empty text and no element at all are the same in some copies. An
 * array is an element per item.
 *
 * Values are written by what they mean, since copies spell them differently:
 * event/canonical.h says how.
 */
#ifndef SCHEMA_KEY_H
#define SCHEMA_KEY_H

#include "event/head.h"
#include "schema/plan.h"
#include "util/digest.h"

/* Append the operations that write the canonical text. */
void key_compile(struct plan *p, const struct tree *t, const struct head *h);

/* The key of a canonical text as hex digits with a NUL. */
enum rc key_of_text(struct digest *d, struct span text,
    char key[PLAN_KEY_HEX + 1], struct err *e);

#endif
