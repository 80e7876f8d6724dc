/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RecordKey in a line of a staging.
 */
#ifndef STAGE_LINEKEY_H
#define STAGE_LINEKEY_H

#include <stdbool.h>

#include "util/span.h"

#define LINEKEY_HEX 32U

/* LINEKEY_HEX hex digits, or an empty span: the line has no key. ecs: the line
 * is of that schema. The names of an event's own fields cannot pretend to be
 * the key: of RecordKey_CF the last counts, which stands behind them, of ecs
 * the first "id", before them. A quote in a value is behind a backslash. */
struct span linekey_of(struct span line, bool ecs);

#endif
