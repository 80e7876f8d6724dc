/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host and original path of a source, derived from its name
 * (input/layout.h).
 */
#ifndef CONVERT_COLLECTED_H
#define CONVERT_COLLECTED_H

#include "stage/source_entry.h"

/* Owns the strings that source_entry.collected points to. */
struct collected {
	char *host;
	char *path;
};

/* Set s->collected; RC_FATAL if memory is exhausted. Call collected_reset() in
 * any case. */
enum rc collected_find(
    struct collected *c, struct source_entry *s, struct err *e);
void collected_reset(struct collected *c);

#endif
