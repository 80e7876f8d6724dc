/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a service said the same twice. */
#ifndef LOAD_WORDS_H
#define LOAD_WORDS_H

#include <stdbool.h>

/* True if the words without digits are the same: ids, times and numbers of
 * records differ from answer to answer. */
bool words_same(const char *a, const char *b);

#endif
