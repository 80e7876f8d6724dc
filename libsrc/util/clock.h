/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of day, and a monotonic clock.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT 32

/* Milliseconds since an arbitrary start, by a clock that never goes back. */
int64_t clock_ms(void);

/* The current time in seconds since 1970, UTC. */
int64_t clock_now(void);

/* Both clocks, so that unit tests can replace them. */
struct clock {
	int64_t (*ms)(void);  /* clock_ms() or a replacement */
	int64_t (*now)(void); /* clock_now() or a replacement */
};

extern const struct clock clock_system;

/* Write seconds since 1970 in the form 2026-01-31T23:59:59Z. */
void clock_text(int64_t seconds, char out[CLOCK_TEXT]);

#endif
