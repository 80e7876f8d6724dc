/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate limits of uploads: those that the receiver documents for any minute,
 * and those that the user sets for a second and for the run. It only counts;
 * times come from the caller's clock.
 */
#ifndef LOAD_RATE_LIMIT_H
#define LOAD_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* The 60 whole seconds of a minute and the current one. */
#define RATE_LIMIT_SLOTS 61

/* 0: no such limit. */
struct rate_limit_options {
	uint64_t bytes_a_minute; /* before compression */
	uint64_t calls_a_minute;
	unsigned calls_a_kilosecond; /* calls in 1,000 seconds */
	uint64_t bytes_a_second;     /* compressed */
	uint64_t bytes;              /* compressed, of the run */
};

struct rate_limit {
	struct rate_limit_options o;
	struct {
		int64_t second;
		uint64_t bytes;
		uint64_t calls;
	} slot[RATE_LIMIT_SLOTS];
	int64_t call_us; /* next call allowed by calls_a_kilosecond */
	int64_t byte_us; /* next call allowed by bytes_a_second */
	uint64_t sent;
};

/* The body of a request in bytes, before and after compression. */
struct rate_limit_call {
	uint64_t plain;
	uint64_t compressed;
};

void rate_limit_init(struct rate_limit *l, const struct rate_limit_options *o);

/* The first millisecond at which the call is allowed; now_ms if it is now. A
 * call that alone is over a limit is allowed when nothing else counts. */
int64_t rate_limit_due(const struct rate_limit *l,
    const struct rate_limit_call *call, int64_t now_ms);

/* True if the call does not fit into what is left of the run's bytes. */
bool rate_limit_is_used_up(
    const struct rate_limit *l, const struct rate_limit_call *call);

/* Count a call that goes out now. */
void rate_limit_add(
    struct rate_limit *l, const struct rate_limit_call *call, int64_t now_ms);

/* Count a call of an earlier run, which the receiver still counts. */
void rate_limit_add_earlier(
    struct rate_limit *l, const struct rate_limit_call *call, int64_t then_ms);

#endif
