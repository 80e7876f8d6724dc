/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares two plain segments with the manifest at once, because two digests
 * take little longer than one (util/digest.h). If one is compressed, the
 * segments are compared one after the other.
 */
#ifndef STAGE_SEGMENT_PAIR_H
#define STAGE_SEGMENT_PAIR_H

#include "stage/segment_file.h"

/* Buffers and digests for checks. Only one thread at a time may use them. */
struct segment_pair;

enum rc segment_pair_create(struct segment_pair **pp, struct err *e);
void segment_pair_destroy(struct segment_pair *p); /* p may be NULL */

/* Compare n files, 1 or 2. results[i] is an error of segment_file_scan(), or
 * its rc is RC_OK. */
void segment_pair_check(struct segment_pair *p,
    const struct segment_file files[2], size_t n, struct err results[2]);

#endif
