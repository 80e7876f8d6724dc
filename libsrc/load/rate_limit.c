/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/rate_limit.h"

void
rate_limit_init(struct rate_limit *l, const struct rate_limit_options *o)
{
	memset(l, 0, sizeof(*l));
	l->o = *o;
}

/* True if the call fits into the minute that ends with this second. */
static bool
fits_minute(
    const struct rate_limit *l, const struct rate_limit_call *c, int64_t second)
{
	uint64_t bytes = 0;
	uint64_t calls = 0;

	/* A call is always allowed if no other call counts. */
	for (int i = 0; i < RATE_LIMIT_SLOTS; i++) {
		if (l->slot[i].second <= second - RATE_LIMIT_SLOTS)
			continue;
		bytes += l->slot[i].bytes;
		calls += l->slot[i].calls;
	}
	const bool bytes_fit = l->o.bytes_a_minute == 0 || bytes == 0 ||
			       (bytes <= l->o.bytes_a_minute &&
				   c->plain <= l->o.bytes_a_minute - bytes);
	const bool calls_fit = l->o.calls_a_minute == 0 || calls == 0 ||
			       calls < l->o.calls_a_minute;
	return bytes_fit && calls_fit;
}

/* The user's limits are kept as a minimum distance between calls. Unused time
 * is not credited, so the limits hold for any second, wherever it starts. */
int64_t
rate_limit_due(const struct rate_limit *l, const struct rate_limit_call *call,
    int64_t now_ms)
{
	const int64_t by_calls = (l->call_us + 999) / 1000;
	const int64_t by_bytes = (l->byte_us + 999) / 1000;
	int64_t second = now_ms / 1000;
	int64_t due = now_ms;

	if (!fits_minute(l, call, second)) {
		while (!fits_minute(l, call, second))
			second++;
		due = second * 1000;
	}
	if (due < by_calls)
		due = by_calls;
	return due < by_bytes ? by_bytes : due;
}

bool
rate_limit_is_used_up(
    const struct rate_limit *l, const struct rate_limit_call *call)
{
	return l->o.bytes != 0 && (l->sent > l->o.bytes ||
				      call->compressed > l->o.bytes - l->sent);
}

void
rate_limit_add_earlier(
    struct rate_limit *l, const struct rate_limit_call *c, int64_t then_ms)
{
	/* A negative time is before the start of the computer. */
	const int64_t second = then_ms < 0 ? 0 : then_ms / 1000;
	const int i = (int)(second % RATE_LIMIT_SLOTS);

	if (l->slot[i].second != second) {
		l->slot[i].second = second;
		l->slot[i].bytes = 0;
		l->slot[i].calls = 0;
	}
	l->slot[i].bytes += c->plain;
	l->slot[i].calls++;
}

void
rate_limit_add(
    struct rate_limit *l, const struct rate_limit_call *call, int64_t now_ms)
{
	const int64_t now = now_ms * 1000;

	rate_limit_add_earlier(l, call, now_ms);
	l->sent += call->compressed;
	if (l->o.calls_a_kilosecond != 0)
		l->call_us = now + INT64_C(1000000000) /
				       (int64_t)l->o.calls_a_kilosecond;
	if (l->o.bytes_a_second != 0)
		l->byte_us = now + (int64_t)((double)call->compressed * 1e6 /
					     (double)l->o.bytes_a_second);
}
