/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical texts and keys of events that are given as text. */
#ifndef UNIT_KEY_OF_H
#define UNIT_KEY_OF_H

#include "schema/event_key.h"
#include "tests/unit/helper.h"

void key_of_text(struct span text, char out[PLAN_KEY_HEX + 1]);

/* Append the canonical text of an event. */
void put_key_text(
    struct buf *out, const char *event, const struct value *values);

/* The key of an event; the last four keys remain valid for comparison. */
const char *key(const char *event, const struct value *values);

/* The key of an event with this as its EventData. */
const char *data_key(const char *data, const struct value *values);

/* The key of an event with this and EventRecordID in System. */
const char *head_key(const char *head);

#endif
