/* SPDX-License-Identifier: Apache-2.0 */
/* Renders events, given as text, as rows of a schema. */
#ifndef UNIT_ROW_H
#define UNIT_ROW_H

#include "schema/plan_run.h"
#include "schema/schema.h"
#include "tests/unit/helper.h"

#define KEY "00112233445566778899aabbccddeeff"

/* The row of <Event>inside</Event>, with RecordKey KEY and the time
 * 2024-05-01T10:00:00.1234567Z, for free(). Without options the defaults apply.
 */
char *row_of(const struct schema *schema, const struct schema_options *o,
    const char *inside, const struct value *values);

/* Fail unless the usual row of SecurityEvent has that part, or lacks it. */
void assert_row(
    const char *inside, const struct value *values, const char *part);
void assert_lacks(const char *inside, const char *part);

#endif
