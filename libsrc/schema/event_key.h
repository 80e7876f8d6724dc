/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RecordKey: the identity of an event, the same for all copies of it.
 *
 * The first 128 bits of the SHA-256 of a canonical text: the fields of System
 * that say what happened, where and when, and the names and values of EventData
 * or UserData in order. The record header, the path, the schema and the decoder
 * do not matter.
 *
 *   text      = structure, numbers, channel, computer, provider, content of
 *               the structure's elements in their order
 *   structure = the first 16 bytes of the SHA-256 of the structure's text
 *   numbers   = 0x01, and in little-endian order EventID (2 bytes), Qualifiers
 *               (2), Version (1), Level (1), Task (2), Opcode (1), Keywords
 *               (8), EventRecordID (8), TimeCreated in units of 100 ns (8)
 *             | 0x02, and a part for each of them, if a value of the event is
 *               not a number, or too large
 *   channel, computer, provider: a part each
 *   part      = escaped text, 0x1f
 *
 * The structure's text holds the names, which all events of a template share,
 * so its digest is computed once for them; it is empty without a payload:
 *
 *   element   = 0x02, name part, attributes, children, 0x03
 *   attribute = name part, value part
 *   child     = element | 0x04 for one or more Data without a name in a row
 *   content   = a part: the text of an element
 *             | for 0x04 a part for each Data, then 0x03
 *
 * One event's text cannot be read as that of another: the structure has a fixed
 * length and says how many parts follow and where Data without names are. Text
 * is escaped as in JSON and contains no control characters, so a part ends at
 * its first 0x1f, and neither a part nor an attribute begins with 0x02, 0x03 or
 * 0x04.
 *
 * Differences between copies of one event are ignored: an absent EventID,
 * Qualifiers, Version, Level, Task, Opcode or Keywords is 0, and an element
 * without content and without attributes other than a name is left out. Data
 * without a name are identified by their position, so each counts, even if
 * empty, except for null, which libevtx leaves out; an array is an element for
 * each item, and an empty element if it has no items. One decoder sees a
 * literal where another sees a value of the record: both belong to the content.
 *
 * Copies spell values differently: event/canonical.h says how they are written.
 */
#ifndef SCHEMA_EVENT_KEY_H
#define SCHEMA_EVENT_KEY_H

#include "event/system_fields.h"
#include "schema/key_parts.h"
#include "schema/plan.h"
#include "util/digest.h"

/* The version of the canonical text. Keys of different versions cannot be
 * compared. */
#define EVENT_KEY_VERSION 3U

/* Maximum length in bytes of a canonical text and of its structure's text. */
#define EVENT_KEY_TEXT_MAX ((size_t)16 << 20)

#define EVENT_KEY_STRUCTURE 16U /* bytes of the structure's digest */
#define EVENT_KEY_NUMBERS 9U
/* Bytes of the structure's digest and of the numbers. */
#define EVENT_KEY_HEAD (EVENT_KEY_STRUCTURE + 1 + 33)

/* A number that is copied from the record into the first bytes of the text. */
struct event_key_number {
	uint16_t index; /* index of the value */
	uint8_t at;     /* offset in the text */
	uint8_t bytes;
};

/* How the canonical text of the events of a tree is written. */
struct event_key {
	/* The first bytes of the text, without the numbers of the record. */
	uint8_t head[EVENT_KEY_HEAD];

	struct event_key_number number[EVENT_KEY_NUMBERS];
	unsigned n_numbers;
	/* Values of other types are converted to the numbers. */
	bool converts;
	/* The structure's text. If it contains no values of the record, its
	 * digest is in the head, and it has no parts. */
	struct key_parts structure;
	size_t structure_bytes; /* length of the structure's text */
	/* Length of the last event's text with that of the structure. */
	size_t bytes;
	struct key_parts parts;
};

void event_key_init(struct event_key *k);
void event_key_free(struct event_key *k);

/* Compile the canonical text for a tree, which must live as long as *k is used.
 */
enum rc event_key_compile(struct event_key *k, const struct tree *t,
    const struct system_fields *s, struct err *e);

/* Append the canonical text of an event with this tree, and set k->bytes.
 * RC_SKIP: it is too long, or does not fit into the buffer, which may then
 * contain a part of it. */
enum rc event_key_write(struct event_key *k, const struct system_fields *s,
    const struct value *values, struct buf *out, struct err *e);

/* Give back unused memory, for a text that is kept. */
void event_key_trim(struct event_key *k);

/* Returns the number of bytes that the compiled text has allocated. */
size_t event_key_bytes(const struct event_key *k);

/* True if the key is unique to the event. Without EventRecordID or TimeCreated
 * two events can have the same key; such records get no key. */
bool event_key_identifies(
    const struct system_fields *s, const struct value *values);

/* Write the key in hex with a NUL, from the SHA-256 of the canonical text. */
void event_key_hex(const uint8_t sum[DIGEST_BYTES], char key[PLAN_KEY_HEX + 1]);

#endif
