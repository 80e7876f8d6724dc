/* SPDX-License-Identifier: Apache-2.0 */
#include "rng.h"

void
rng_init(struct rng *r, uint64_t seed)
{
	r->state = seed * 0x9e3779b97f4a7c15U + 0x632be59bd9b4e019U;
}

uint64_t
rng_next(struct rng *r)
{
	r->state += 0x9e3779b97f4a7c15U;
	uint64_t z = r->state;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

uint64_t
rng_below(struct rng *r, uint64_t n)
{
	return rng_next(r) % n;
}
