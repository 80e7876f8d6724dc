/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate limits of uploads: those that the receiver documents for any minute, and
 * those that the user sets for a second and for the run. This module only
 * counts; times come from the caller's clock.
 */
#ifndef LOAD_RATE_LIMIT_H
#define LOAD_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Number of counted seconds: the 60 whole seconds of a minute and the current
 * one. */
#define RATE_LIMIT_SLOTS 61

/* Limits of the rate and of the run; a member that is 0 is no limit. */
struct rate_limit_options {
	/* Maximum bytes before compression in a minute. */
	uint64_t bytes_a_minute;
	uint64_t calls_a_minute;
	/* Maximum number of calls in 1,000 seconds. */
	unsigned calls_a_kilosecond;
	uint64_t bytes_a_second; /* maximum compressed bytes in a second */
	uint64_t bytes;          /* maximum compressed bytes of the whole run */
};

struct rate_limit {
	struct rate_limit_options o;
	struct {
		int64_t second;
		uint64_t bytes;
		uint64_t calls;
	} slot[RATE_LIMIT_SLOTS];
	/* Time of the earliest next call that calls_a_kilosecond allows. */
	int64_t call_us;
	/* Time of the earliest next call that bytes_a_second allows. */
	int64_t byte_us;
	uint64_t sent;
};

/* The size of a request's body in bytes, before and after compression. */
struct rate_limit_call {
	uint64_t plain;
	uint64_t compressed;
};

void rate_limit_init(struct rate_limit *l, const struct rate_limit_options *o);

/* Returns the earliest time at which the call is allowed, in ms and at least
 * now_ms. A call that exceeds a limit on its own is allowed when no other call
 * counts. */
int64_t rate_limit_due(const struct rate_limit *l,
    const struct rate_limit_call *call, int64_t now_ms);

/* True if the call does not fit into the rest of the run's bytes. */
bool rate_limit_is_used_up(
    const struct rate_limit *l, const struct rate_limit_call *call);

/* Count a call that is sent now. */
void rate_limit_add(
    struct rate_limit *l, const struct rate_limit_call *call, int64_t now_ms);

/* Count a call of an earlier run, which the receiver still counts. */
void rate_limit_add_earlier(
    struct rate_limit *l, const struct rate_limit_call *call, int64_t then_ms);

#endif
