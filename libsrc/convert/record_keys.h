/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RecordKeys of lines, hashed some at a time.
 *
 * Two SHA-256 digests at once take little longer than one
 * (util/digest_texts.h), so the line of a record is written with room for its
 * key, and the key is filled in together with those of the next records.
 */
#ifndef CONVERT_RECORD_KEYS_H
#define CONVERT_RECORD_KEYS_H

#include "convert/lines.h"

struct record_keys;

enum rc record_keys_create(struct record_keys **kp, struct err *e);
void record_keys_destroy(struct record_keys *k); /* takes NULL */

/* The buffer for the canonical text of a record, empty (schema/event_key.h).
 * A second call drops what was written to it. */
struct buf *record_keys_text(struct record_keys *k);

/* Where a key is written. */
struct record_key_place {
	size_t text; /* of its 32 digits in lines.text; SIZE_MAX: nowhere */
	size_t key;  /* the index in lines.keys; SIZE_MAX: none */
};

/* The text is complete, and its record has a line. The key is filled in now or
 * with later ones; the places must not move until then. */
enum rc record_keys_add(struct record_keys *k, struct lines *l,
    const struct record_key_place *at, struct err *e);

/* Fill in all keys that were added. */
enum rc record_keys_settle(
    struct record_keys *k, struct lines *l, struct err *e);

#endif
