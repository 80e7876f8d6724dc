/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers that depend on nothing but the seed (SplitMix64), so that the
 * same command writes the same bytes on every machine.
 */
#ifndef MKEVTX_RNG_H
#define MKEVTX_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

void rng_init(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);

/* 0 .. n-1; n must not be 0. */
uint64_t rng_below(struct rng *r, uint64_t n);

#endif
