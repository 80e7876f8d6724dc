/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A digest of those fields of System that the RecordKey does not cover: the
 * process, the thread, the activities and the user. Rows with equal keys are
 * the same if these are equal; differences in spelling between copies of an
 * event (schema/event_key.h), and where a copy was found, do not matter. The
 * digest is the same for every decoder, and for a record and its row.
 *
 * A number 0, a GUID of zeros and an empty text count as absent. Fields that
 * the schema does not write are left out.
 */
#ifndef SCHEMA_ROW_DIGEST_H
#define SCHEMA_ROW_DIGEST_H

#include "event/system_fields.h"
#include "schema/schema.h"

/* Returns the digest of a record. `text` is overwritten. */
uint64_t row_digest(const struct schema *schema, const struct system_fields *s,
    const struct value *values, struct buf *text);

/* Returns the digest of a line that the schema wrote. */
uint64_t row_digest_of_line(const struct schema *schema, struct span line);

#endif
