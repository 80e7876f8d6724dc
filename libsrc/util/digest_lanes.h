/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compression function of SHA-256 (FIPS 180-4, section 6.2.2) over two
 * independent messages at once, with the SHA extensions of x86.
 *
 * Each SHA256RNDS2 needs the result of the one before it, so one message leaves
 * the unit idle most of the time; a second message fills the gaps. Padding and
 * lengths are the caller's business.
 */
#ifndef UTIL_DIGEST_LANES_H
#define UTIL_DIGEST_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_LANES_BLOCK 64

/* True if this processor has the instructions. Asks the processor each time,
 * which a virtual machine makes slow: keep the answer. */
bool digest_lanes_available(void);

/* Advance both states (eight words each, in the order of the standard) over n
 * blocks each. Only if available. */
void digest_lanes_blocks(uint32_t a[8], const uint8_t *blocks_of_a,
    uint32_t b[8], const uint8_t *blocks_of_b, size_t n);

#endif
