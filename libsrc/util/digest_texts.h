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
	/* The text is followed by its padding, which saves a copy of its last
	 * bytes; set by the caller. */
	bool padded;
	uint8_t sum[DIGEST_BYTES]; /* digest of `text`; set by digest_texts() */
};

/* Maximum length of the padding in bytes (FIPS 180-4, section 5.1.1). */
#define DIGEST_TEXTS_PADDING 72U

/* Write the padding of a text of n bytes to `end`, the address after the text.
 * DIGEST_TEXTS_PADDING bytes may be overwritten. Returns the length of the
 * padding. */
size_t digest_texts_pad(uint8_t *end, size_t n);

/* Compute the digests of n texts. `lanes` must be the result of
 * digest_lanes_available(). */
enum rc digest_texts(
    struct digest_text *texts, size_t n, bool lanes, struct err *e);

#endif
