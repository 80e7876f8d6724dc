/* SPDX-License-Identifier: Apache-2.0 */
/* Groups the error texts of a service that differ only in ids and numbers. */
#ifndef LOAD_REFUSAL_TEXT_H
#define LOAD_REFUSAL_TEXT_H

#include <stdbool.h>

/* True if the texts are equal without the words that contain a digit. */
bool refusal_text_equal(const char *a, const char *b);

#endif
