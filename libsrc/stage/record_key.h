/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the RecordKey in a line of a staging without parsing the line.
 */
#ifndef STAGE_RECORD_KEY_H
#define STAGE_RECORD_KEY_H

#include <stdbool.h>

#include "util/span.h"

#define RECORD_KEY_HEX 32U

/* Returns RECORD_KEY_HEX hex digits, or an empty span if the line has no key.
 * `ecs`: the schema of the line is ecs. An event cannot forge the key: its
 * fields come before the last RecordKey_CF or, with ecs, after the first "id",
 * and quotes in values are escaped. */
struct span record_key_find(struct span line, bool ecs);

#endif
