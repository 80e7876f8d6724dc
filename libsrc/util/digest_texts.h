/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 of many short texts, two at a time (util/digest_lanes.h). When the
 * shorter of two texts ends, the next text uses its lane. Without the SHA
 * extensions of x86 the digests are computed one after the other.
 */
#ifndef UTIL_DIGEST_TEXTS_H
#define UTIL_DIGEST_TEXTS_H

#include "util/digest.h"

struct digest_text {
	struct span text;
	uint8_t sum[DIGEST_BYTES]; /* digest of `text`; set by digest_texts() */
};

/* Compute the digests of n texts. `lanes` must be the result of
 * digest_lanes_available(). */
enum rc digest_texts(
    struct digest_text *texts, size_t n, bool lanes, struct err *e);

#endif
