/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compression function of SHA-256 (FIPS 180-4, section 6.2.2) for one
 * message, or for two independent messages at once. Needs the SHA extensions of
 * x86.
 *
 * Each SHA256RNDS2 instruction waits for the result of the one before it, so
 * one message leaves the execution units idle most of the time. A second
 * message uses the gaps, and so does a copy of the bytes. The caller must add
 * the padding and the length.
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

/* A message in progress. */
struct digest_lane {
	uint32_t *state; /* eight words in the order of the standard */
	const uint8_t *blocks;
	uint8_t *copy; /* memory to which the blocks are copied; it must not
			  overlap with them. NULL: they are not copied */
};

/* Process n blocks of one message, or of each of two messages.
 * digest_lanes_available() must be true. */
void digest_lanes_one(const struct digest_lane *a, size_t n);
void digest_lanes_two(
    const struct digest_lane *a, const struct digest_lane *b, size_t n);

#endif
