/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compression function of SHA-256 (FIPS 180-4, section 6.2.2) for two
 * independent messages at once. Needs the SHA extensions of x86.
 *
 * Each SHA256RNDS2 instruction waits for the result of the one before it, so
 * one message leaves the execution unit idle most of the time. A second message
 * uses the gaps. The caller must add the padding and the length.
 */
#ifndef UTIL_DIGEST_LANES_H
#define UTIL_DIGEST_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_LANES_BLOCK 64

/* True if this processor has the instructions. Callers should keep the result:
 * in a virtual machine the CPUID instruction is slow. */
bool digest_lanes_available(void);

/* Process n blocks of each message. The states a and b are eight words in the
 * order of the standard. digest_lanes_available() must be true. */
void digest_lanes_blocks(uint32_t a[8], const uint8_t *blocks_of_a,
    uint32_t b[8], const uint8_t *blocks_of_b, size_t n);

#endif
