/* SPDX-License-Identifier: Apache-2.0 */
/* Rows for the tests of schemas: an event as text to the line of a schema. */
#ifndef UNIT_ROW_H
#define UNIT_ROW_H

#include "schema/schema.h"
#include "tests/unit/helper.h"

#define KEY "00112233445566778899aabbccddeeff"

/* The line of <Event>inside</Event>, with RecordKey KEY and a time of
 * 2024-05-01T10:00:00.1234567Z, for free(). Without options those that are
 * usual. */
char *row_of(const struct schema *schema, const struct schema_options *o,
    const char *inside, const struct value *values);

/* Fail unless the usual row of SecurityEvent has that part, or lacks it. */
void assert_row(
    const char *inside, const struct value *values, const char *part);
void assert_lacks(const char *inside, const char *part);

#endif
