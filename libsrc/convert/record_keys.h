/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Computes the RecordKeys of lines, several at a time.
 *
 * Two SHA-256 digests at once take little longer than one
 * (util/digest_texts.h). So the line of a record is written with room for its
 * key, which is filled in later, together with the keys of the next records.
 */
#ifndef CONVERT_RECORD_KEYS_H
#define CONVERT_RECORD_KEYS_H

#include "convert/lines.h"

struct record_keys;

enum rc record_keys_create(struct record_keys **kp, struct err *e);
void record_keys_destroy(struct record_keys *k); /* takes NULL */

/* Get the buffer to whose end the canonical text of a record
 * (schema/event_key.h) is appended. What was appended after the last call of
 * record_keys_add() is removed first. */
struct buf *record_keys_text(struct record_keys *k);

/* The places to which a key is written. */
struct record_key_place {
	/* Offset in lines.text of the key's 32 hex digits; SIZE_MAX: the line
	 * does not contain the key. */
	size_t text;
	/* Index of the key in lines.keys; SIZE_MAX: it is not there. */
	size_t key;
};

/* Call it when the text is complete and the record's line was written. The key
 * is filled in now or with later ones; the places must not move until then. */
enum rc record_keys_add(struct record_keys *k, struct lines *l,
    const struct record_key_place *at, struct err *e);

/* Compute all keys that were added, and write them to their places. */
enum rc record_keys_settle(
    struct record_keys *k, struct lines *l, struct err *e);

#endif
