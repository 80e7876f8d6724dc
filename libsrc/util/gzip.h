/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gzip compression of whole spans, by libdeflate.
 */
#ifndef UTIL_GZIP_H
#define UTIL_GZIP_H

#include "util/buf.h"
#include "util/err.h"
#include "util/span.h"

struct gzip;

/* Create a compressor with a level of 1 (fast) to 12 (small). gzip_destroy()
 * takes NULL. */
enum rc gzip_create(int level, struct gzip **gp, struct err *e);
void gzip_destroy(struct gzip *g);

/* Append `in` as one gzip member. Equal input gives equal output. */
enum rc gzip_pack(
    struct gzip *g, struct span in, struct buf *out, struct err *e);

#endif
