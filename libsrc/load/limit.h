/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast requests may go out: what the receiver's documents allow in any
 * minute, and what the user allows in a second and in a run. Only counts; the
 * clock is its caller's.
 */
#ifndef LOAD_LIMIT_H
#define LOAD_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* A minute in seconds and the one that is not over. */
#define LIMIT_SLOTS 61

/* 0: no such limit. */
struct limit_options {
	uint64_t bytes_a_minute; /* before compression */
	uint64_t calls_a_minute;
	unsigned calls_a_kilosecond; /* a thousandth of a call a second */
	uint64_t bytes_a_second;     /* compressed */
	uint64_t bytes;              /* compressed, of the run */
};

struct limit {
	struct limit_options o;
	struct {
		int64_t second;
		uint64_t bytes;
		uint64_t calls;
	} slot[LIMIT_SLOTS];
	int64_t call_us; /* when the next may go, by calls_a_kilosecond, */
	int64_t byte_us; /* and by bytes_a_second */
	uint64_t sent;
};

struct limit_call {
	uint64_t plain;
	uint64_t packed;
};

void limit_init(struct limit *l, const struct limit_options *o);

/* The first millisecond at which a call may go out; now_ms if that is now. One
 * call alone may always. */
int64_t limit_due(
    const struct limit *l, const struct limit_call *call, int64_t now_ms);

/* Whether the run's bytes do not suffice for it. */
bool limit_spent(const struct limit *l, const struct limit_call *call);

/* It goes out now. */
void limit_take(struct limit *l, const struct limit_call *call, int64_t now_ms);

/* It went out then, by another run: the receiver counts it all the same. */
void limit_took(
    struct limit *l, const struct limit_call *call, int64_t then_ms);

#endif
