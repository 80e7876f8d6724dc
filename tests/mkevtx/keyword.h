/* SPDX-License-Identifier: Apache-2.0 */
/* The keyword lines of a description: what System says, and the oddities. */
#ifndef MKEVTX_KEYWORD_H
#define MKEVTX_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "draft.h"

bool keyword_is(const char *name, size_t n);

/* Applies a line of kind DRAFT_KEYWORD to d->event. `time`, `eventdata`,
 * `userdata` and `drop` are left to others where they matter. */
void keyword_apply(struct draft *d, const struct draft_line *l);

/* The text of a line as units that live as long as the event. */
struct event_text keyword_text(struct draft *d, const char *s, size_t n);

/* Sets the bit of each name in a list with commas. */
unsigned keyword_odd(const char *s, size_t n);

#endif
