/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a row says of its event beyond what the RecordKey covers: the process,
 * the thread, the activities and the user of the System head. Rows with equal
 * keys are the same if these are; what copies of an event spell differently
 * (schema/event_key.h), and where a copy was found, makes no difference. The
 * digest is the same for every decoder, and the same from a record and from its
 * row.
 *
 * A number that is 0, a GUID of zeros and an empty text are as good as absent.
 * What the schema does not show is left out.
 */
#ifndef SCHEMA_ROW_DIGEST_H
#define SCHEMA_ROW_DIGEST_H

#include "event/system_fields.h"
#include "schema/schema.h"

/* Of a record; `text` is overwritten. */
uint64_t row_digest(const struct schema *schema, const struct system_fields *h,
    const struct value *values, struct buf *text);

/* Of a line that the schema wrote. */
uint64_t row_digest_of_line(const struct schema *schema, struct span line);

#endif
