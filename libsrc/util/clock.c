/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <time.h>

#include "util/clock.h"

int64_t
clock_ms(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_now(void)
{
	return (int64_t)time(NULL);
}

const struct clock clock_system = { clock_ms, clock_now };

void
clock_text(int64_t seconds, char out[CLOCK_TEXT])
{
	const time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		memcpy(out, "?", 2);
}
