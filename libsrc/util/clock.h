/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of day, and a monotonic clock.
 */
#ifndef UTIL_CLOCK_H
#define UTIL_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT 32

/* Milliseconds of a clock that never goes back, from an arbitrary start. */
int64_t clock_ms(void);

/* Seconds since 1970. */
int64_t clock_now(void);

/* Both clocks; unit tests use clocks of their own. */
struct clock {
	int64_t (*ms)(void);  /* as clock_ms() */
	int64_t (*now)(void); /* as clock_now() */
};

extern const struct clock clock_system;

/* Seconds since 1970 as 2026-01-31T23:59:59Z. */
void clock_text(int64_t seconds, char out[CLOCK_TEXT]);

#endif
