/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "clock.h"

#define DAY (86400ULL * CLOCK_SECOND)

/* Days of the proleptic Gregorian calendar since 1601-01-01. */
static uint64_t
days_from(unsigned y, unsigned m, unsigned d)
{
	static const unsigned before[12] = { 0, 31, 59, 90, 120, 151, 181, 212,
		243, 273, 304, 334 };
	const uint64_t past = y - 1601;
	const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return past * 365 + past / 4 - past / 100 + past / 400 + before[m - 1] +
	       (leap && m > 2 ? 1 : 0) + d - 1;
}

static uint64_t
fraction(const char *s)
{
	uint64_t v = 0;
	int digits = 0;

	for (; *s >= '0' && *s <= '9'; s++, digits++)
		v = v * 10 + (uint64_t)(*s - '0');
	if (digits > 7)
		buf_die(2, "more than 7 digits of a second");
	for (; digits < 7; digits++)
		v *= 10;
	return v;
}

/* Two or four digits at *s, then the separator if there is one to be. */
static bool
digits(const char **s, size_t n, const char *then, unsigned *v)
{
	*v = 0;
	for (size_t i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*v = *v * 10 + (unsigned)(**s - '0');
	}
	if (*then == '\0')
		return true;
	if (**s == '\0' || strchr(then, **s) == NULL)
		return false;
	(*s)++;
	return true;
}

static bool
date(const char **s, struct clock_fields *f)
{
	return digits(s, 4, "-", &f->year) && digits(s, 2, "-", &f->month) &&
	       digits(s, 2, "", &f->day) && f->year >= 1601 && f->month >= 1 &&
	       f->month <= 12 && f->day >= 1 && f->day <= 31;
}

static bool
time_of_day(const char **s, struct clock_fields *f)
{
	(*s)++;
	return digits(s, 2, ":", &f->hour) && digits(s, 2, ":", &f->minute) &&
	       digits(s, 2, "", &f->second) && f->hour < 24 && f->minute < 60 &&
	       f->second < 60;
}

uint64_t
clock_parse(const char *s, size_t n)
{
	char t[48];
	struct clock_fields f = { 0 };

	if (n >= sizeof(t))
		buf_die(2, "time too long: %.*s", (int)n, s);
	memcpy(t, s, n);
	t[n] = '\0';
	if (strncmp(t, "filetime:", 9) == 0)
		return strtoull(t + 9, NULL, 0);
	if (strncmp(t, "0x", 2) == 0)
		return strtoull(t, NULL, 16);
	const char *rest = t;
	bool good = date(&rest, &f);
	if (good && (*rest == 'T' || *rest == ' '))
		good = time_of_day(&rest, &f);
	uint64_t ticks = 0;
	if (good && *rest == '.') {
		ticks = fraction(rest + 1);
		rest += 1 + strspn(rest + 1, "0123456789");
	}
	if (*rest == 'Z')
		rest++;
	if (!good || *rest != '\0')
		buf_die(2, "not a time: %s", t);
	return days_from(f.year, f.month, f.day) * DAY +
	       ((f.hour * 60ULL + f.minute) * 60 + f.second) * CLOCK_SECOND +
	       ticks;
}

uint64_t
clock_span(const char *s, size_t n)
{
	static const char units[] = "smhd";
	static const uint64_t len[] = { 1, 60, 3600, 86400 };
	uint64_t scale = 1;
	char t[32];

	if (n == 0 || n >= sizeof(t))
		buf_die(2, "not a span of time: %.*s", (int)n, s);
	memcpy(t, s, n);
	t[n] = '\0';
	const char *const u = strchr(units, t[n - 1]);
	if (u != NULL) {
		scale = len[u - units];
		t[n - 1] = '\0';
	}
	char *end = NULL;
	const uint64_t whole = strtoull(t, &end, 10);
	uint64_t part = 0;

	if (*end == '.')
		part = fraction(end + 1);
	return (whole * CLOCK_SECOND + part) * scale;
}

static void
civil(uint64_t days, struct clock_fields *f)
{
	/* Start in a year that is surely not later, then walk. */
	unsigned y = 1601 + (unsigned)(days / 366);
	unsigned m = 1;

	while (days_from(y + 1, 1, 1) <= days)
		y++;
	while (m < 12 && days_from(y, m + 1, 1) <= days)
		m++;
	f->year = y;
	f->month = m;
	f->day = (unsigned)(days - days_from(y, m, 1)) + 1;
	f->weekday = (unsigned)((days + 1) % 7);
}

void
clock_split(uint64_t filetime, struct clock_fields *f)
{
	const uint64_t in_day = filetime % DAY;
	const uint64_t sec = in_day / CLOCK_SECOND;

	civil(filetime / DAY, f);
	f->hour = (unsigned)(sec / 3600);
	f->minute = (unsigned)(sec / 60 % 60);
	f->second = (unsigned)(sec % 60);
	f->ticks = (unsigned)(in_day % CLOCK_SECOND);
	f->milli = f->ticks / 10000;
}

void
clock_iso(uint64_t filetime, char out[40])
{
	struct clock_fields f;

	clock_split(filetime, &f);
	(void)snprintf(out, 40, "%04u-%02u-%02uT%02u:%02u:%02u.%07uZ", f.year,
	    f.month, f.day, f.hour, f.minute, f.second, f.ticks);
}
