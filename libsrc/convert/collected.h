/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the name of a source tells of where it was (input/layout.h).
 */
#ifndef CONVERT_COLLECTED_H
#define CONVERT_COLLECTED_H

#include "stage/source_entry.h"

/* Owns the texts of a source's `collected`. */
struct collected {
	char *host;
	char *path;
};

/* Fill in s->collected; RC_FATAL without memory. To be reset in any case. */
enum rc collected_find(
    struct collected *c, struct source_entry *s, struct err *e);
void collected_reset(struct collected *c);

#endif
