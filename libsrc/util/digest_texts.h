/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 of many short texts, two at a time (util/digest_lanes.h): when the
 * shorter one of two ends, the next text takes its lane. Without the SHA
 * extensions of x86 one digest follows the other.
 */
#ifndef UTIL_DIGEST_TEXTS_H
#define UTIL_DIGEST_TEXTS_H

#include "util/digest.h"

struct digest_text {
	struct span text;
	uint8_t sum[DIGEST_BYTES]; /* its digest, set by digest_texts() */
};

/* `lanes` is digest_lanes_available(). */
enum rc digest_texts(
    struct digest_text *texts, size_t n, bool lanes, struct err *e);

#endif
