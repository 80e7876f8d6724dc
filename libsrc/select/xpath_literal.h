/* SPDX-License-Identifier: Apache-2.0 */
/* What a query compares with, looked at once from all sides. */
#ifndef SELECT_XPATH_LITERAL_H
#define SELECT_XPATH_LITERAL_H

#include "select/xpath.h"

/* From a number, or from the text between quotes. RC_FATAL with WHY_USAGE for
 * a text that is not UTF-8. */
enum rc xpath_literal_number(
    struct xpath_literal *l, uint64_t number, struct arena *a, struct err *e);
enum rc xpath_literal_text(
    struct xpath_literal *l, struct span text, struct arena *a, struct err *e);

#endif
