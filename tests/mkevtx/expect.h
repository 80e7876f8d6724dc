/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader should find: one JSON object a line for each record, in file
 * order.
 *
 *   chunk, offset, size      where the record lies (offset in the file)
 *   whole                    false if the end of the file cuts it off
 *   header_id, header_time   of the record header (time as FILETIME)
 *   record channel provider computer event_id qualifiers version level task
 *   opcode keywords time filetime pid tid activity related user
 *                            what System says, null where it says nothing
 *   odd                      names of what is odd about the record
 *   body                     "EventData", "UserData" or null
 *   data                     the leaf elements of the body in their order:
 *     element, name, path    its name, its Name attribute or null, and the
 *                            names of the elements around it
 *     attributes             all of its attributes, if it has any
 *     type                   of the value (value.h), "text" for text that
 *                            stands in the record as text
 *     value                  as render.h says, a list for an array, null for
 *                            a null value and an empty element
 *     raw                    the bytes of the value in hex
 */
#ifndef MKEVTX_EXPECT_H
#define MKEVTX_EXPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

struct expect;

struct expect_place {
	const uint8_t *page;
	uint64_t at;    /* of the chunk in the file */
	uint64_t index; /* of the chunk in the file */
	uint32_t end;   /* bytes of the chunk that the file has */
	bool last;      /* no further chunk will come */
};

/* With `last_first` the lines of the last chunk come before all others. */
struct expect *expect_create(const char *path, bool last_first);

/* A record of the chunk at hand. */
void expect_event(
    struct expect *x, const struct event *e, uint32_t offset, uint32_t size);

/* The chunk at hand is finished and lies there. */
void expect_chunk(struct expect *x, const struct expect_place *place);

/* Takes NULL. */
void expect_close(struct expect *x);

#endif
