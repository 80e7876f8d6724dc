/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares two segments with the manifest side by side: their digests take
 * little longer than one (util/digest.h). Compressed segments are compared one
 * after the other.
 */
#ifndef STAGE_SEGMENT_PAIR_H
#define STAGE_SEGMENT_PAIR_H

#include "stage/segment_file.h"

/* Buffers and digests, used by one thread at a time. */
struct segment_pair;

enum rc segment_pair_create(struct segment_pair **pp, struct err *e);
void segment_pair_destroy(struct segment_pair *p); /* takes NULL */

/* Compare n = 1 or 2 files. results[i] is the error of segment_file_scan(), or
 * its rc is RC_OK. */
void segment_pair_check(struct segment_pair *p,
    const struct segment_file files[2], size_t n, struct err results[2]);

#endif
