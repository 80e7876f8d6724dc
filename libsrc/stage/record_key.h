/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RecordKey in a line of a staging.
 */
#ifndef STAGE_RECORD_KEY_H
#define STAGE_RECORD_KEY_H

#include <stdbool.h>

#include "util/span.h"

#define RECORD_KEY_HEX 32U

/* RECORD_KEY_HEX hex digits, or an empty span: the line has no key. ecs: the
 * line is of that schema. The names of an event's own fields cannot pretend to
 * be the key: of RecordKey_CF the last counts, which stands behind them, of ecs
 * the first "id", before them. A quote in a value is behind a backslash. */
struct span record_key_find(struct span line, bool ecs);

#endif
