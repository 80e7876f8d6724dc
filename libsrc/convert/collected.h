/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the names of sources tell of where they were (input/layout.h), for the
 * manifest.
 */
#ifndef CONVERT_COLLECTED_H
#define CONVERT_COLLECTED_H

#include "stage/manifest.h"

/* Of all sources, once; RC_FATAL without memory. */
enum rc collected_note(struct manifest *m, struct err *e);

#endif
