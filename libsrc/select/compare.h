/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing a value with what a query asks for.
 *
 * A value is taken for its text, as XPath 1.0 does; types only make it faster.
 *   - A number without quotes: compared as numbers; what is no number differs
 *     from every number and is neither less nor greater.
 *   - In quotes, = and !=: a GUID by its bytes; a date with a time against a
 *     time by time; everything else as strings, with regard to case.
 *   - In quotes, < <= > >=: as times or as numbers where the literal is one,
 *     otherwise as strings in the order of their code points.
 *   - An array is its items: one that fits is enough.
 */
#ifndef SELECT_COMPARE_H
#define SELECT_COMPARE_H

#include "event/value.h"
#include "select/xpath.h"

/* For `scratch`: a record has 64 KiB, and a character at most three times as
 * many bytes in UTF-8 as in the record. */
#define COMPARE_TEXT_MAX ((size_t)1 << 20)

/* Whether a value fits a test whose subject is not the position. `scratch` is
 * the caller's, for texts that have to be made. */
bool compare_value(
    const struct xpath_test *test, const struct value *v, struct buf *scratch);

/* Whether n op literal; for positions, too. */
bool compare_number(const struct xpath_test *test, uint64_t n);

#endif
