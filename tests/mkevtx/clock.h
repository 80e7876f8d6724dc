/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as .evtx files hold them: FILETIME, 100 ns since 1601, UTC.
 * Independent of the machine's time zone and locale.
 */
#ifndef MKEVTX_CLOCK_H
#define MKEVTX_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define CLOCK_SECOND 10000000U

/* The eight 16-bit fields of a SYSTEMTIME, in their order. */
struct clock_fields {
	unsigned year;
	unsigned month;
	unsigned weekday;
	unsigned day;
	unsigned hour;
	unsigned minute;
	unsigned second;
	unsigned milli;
	unsigned ticks; /* 100 ns within the second, 0..9999999 */
};

/*
 * Reads "2024-05-01", "2024-05-01T08:00:00", with up to 7 digits of a second
 * and an optional Z; or "0x..." or "filetime:N", the number itself. Anything
 * else ends the program.
 */
uint64_t clock_parse(const char *s, size_t n);

/* Reads "90", "1.5s", "2m", "3h", "1d" as a count of 100 ns. */
uint64_t clock_span(const char *s, size_t n);

void clock_split(uint64_t filetime, struct clock_fields *f);

/* Writes "2024-05-01T08:00:00.1234567Z" and a NUL. */
void clock_iso(uint64_t filetime, char out[40]);

#endif
