/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compression function of SHA-256 (FIPS 180-4, section 6.2.2) for two
 * independent messages at once, with the SHA extensions of x86.
 *
 * Each SHA256RNDS2 waits for the result of the one before it, so one message
 * leaves the unit idle most of the time; a second message uses the gaps.
 * Padding and lengths are left to the caller.
 */
#ifndef UTIL_DIGEST_LANES_H
#define UTIL_DIGEST_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_LANES_BLOCK 64

/* True if this processor has the instructions. Store the answer: asking the
 * processor is slow in a virtual machine. */
bool digest_lanes_available(void);

/* Process n blocks of each message. The states are eight words in the order of
 * the standard. Only if available. */
void digest_lanes_blocks(uint32_t a[8], const uint8_t *blocks_of_a,
    uint32_t b[8], const uint8_t *blocks_of_b, size_t n);

#endif
