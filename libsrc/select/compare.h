/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares a value of an event with the literal of a query.
 *
 * As in XPath 1.0, the text of a value is compared; its type only makes the
 * comparison faster. The literal decides how to compare:
 *   - a number without quotes: as numbers; a value that is not a number differs
 *     from every number and is neither less nor greater;
 *   - in quotes with = or !=: a GUID by its bytes, a date and time by the point
 *     in time, everything else as a case-sensitive string;
 *   - in quotes with < <= > >=: as times or as numbers if the literal is one,
 *     otherwise as strings in the order of their code points.
 * An array satisfies a test if one of its items does.
 */
#ifndef SELECT_COMPARE_H
#define SELECT_COMPARE_H

#include "event/value.h"
#include "select/xpath.h"

/* Maximum of the buffer `scratch`. A record has at most 64 KiB, and a character
 * of it has in UTF-8 at most three times as many bytes as in the record. */
#define COMPARE_TEXT_MAX ((size_t)1 << 20)

/* True if the value satisfies a test, whose subject must not be XPATH_POSITION.
 * `scratch` is used for values that are converted to text. */
bool compare_value(
    const struct xpath_test *test, const struct value *v, struct buf *scratch);

/* True if n satisfies the test; also for XPATH_POSITION. */
bool compare_number(const struct xpath_test *test, uint64_t n);

#endif
