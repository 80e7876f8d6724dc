/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/limit.h"

void
limit_init(struct limit *l, const struct limit_options *o)
{
	memset(l, 0, sizeof(*l));
	l->o = *o;
}

/* --- the receiver's minute ----------------------------------------------- */

static bool
fits(uint64_t limit, uint64_t used, uint64_t more)
{
	return limit == 0 || used == 0 ||
	       (used <= limit && more <= limit - used);
}

/* Whether the call fits into the minute before the end of this second. */
static bool
fits_minute(const struct limit *l, const struct limit_call *c, int64_t second)
{
	uint64_t bytes = 0;
	uint64_t calls = 0;

	for (int i = 0; i < LIMIT_SLOTS; i++) {
		if (l->slot[i].second <= second - LIMIT_SLOTS)
			continue;
		bytes += l->slot[i].bytes;
		calls += l->slot[i].calls;
	}
	return fits(l->o.bytes_a_minute, bytes, c->plain) &&
	       fits(l->o.calls_a_minute, calls, 1);
}

static int64_t
minute_due(const struct limit *l, const struct limit_call *c, int64_t now_ms)
{
	int64_t second = now_ms / 1000;

	if (fits_minute(l, c, second))
		return now_ms;
	while (!fits_minute(l, c, second))
		second++;
	return second * 1000;
}

void
limit_took(struct limit *l, const struct limit_call *c, int64_t then_ms)
{
	/* The clock may have begun later. */
	const int64_t second = then_ms < 0 ? 0 : then_ms / 1000;
	const int i = (int)(second % LIMIT_SLOTS);

	if (l->slot[i].second != second) {
		l->slot[i].second = second;
		l->slot[i].bytes = 0;
		l->slot[i].calls = 0;
	}
	l->slot[i].bytes += c->plain;
	l->slot[i].calls++;
}

/* --- the user's second --------------------------------------------------- */

/* Calls keep their distance and none is caught up on: so no second, however it
 * is laid, has more than it may. */
int64_t
limit_due(const struct limit *l, const struct limit_call *call, int64_t now_ms)
{
	int64_t due = minute_due(l, call, now_ms);

	if (due < (l->call_us + 999) / 1000)
		due = (l->call_us + 999) / 1000;
	if (due < (l->byte_us + 999) / 1000)
		due = (l->byte_us + 999) / 1000;
	return due;
}

bool
limit_spent(const struct limit *l, const struct limit_call *call)
{
	return l->o.bytes != 0 &&
	       (l->sent > l->o.bytes || call->packed > l->o.bytes - l->sent);
}

void
limit_take(struct limit *l, const struct limit_call *call, int64_t now_ms)
{
	const int64_t now = now_ms * 1000;

	limit_took(l, call, now_ms);
	l->sent += call->packed;
	if (l->o.calls_a_kilosecond != 0)
		l->call_us = now + INT64_C(1000000000) /
				       (int64_t)l->o.calls_a_kilosecond;
	if (l->o.bytes_a_second != 0)
		l->byte_us = now + (int64_t)((double)call->packed * 1e6 /
					     (double)l->o.bytes_a_second);
}
