/* SPDX-License-Identifier: Apache-2.0 */
/* Dates are computed in the proleptic Gregorian calendar, which is divided into
 * eras of 400 years. Years and eras start on 1 March here. */
#include <string.h>

#include "util/cursor.h"
#include "util/filetime.h"
#include "util/num.h"

#define TICKS_PER_SECOND 10000000U
#define SECONDS_PER_DAY 86400U
/* Days from 1 March of the year 0 to 1 January 1601. */
#define DAYS_TO_1601 584694U

struct civil {
	uint64_t year;
	unsigned month;
	unsigned day;
};

/* Write a number below 100 with two digits. */
static inline void
put_pair(uint8_t *p, uint64_t v)
{
	memcpy(p, num_pairs + 2 * v, 2);
}

/* Write a date such as 2013-10-23; years after 9999 have five digits. */
static uint8_t *
put_date(uint8_t *p, uint64_t days_since_1601)
{
	const uint64_t days = days_since_1601 + DAYS_TO_1601;
	/* doe: day of the era; yoe: year of the era; doy: day of the year; mp:
	 * month, 0 is March. */
	const unsigned doe = (unsigned)(days % 146097);
	const unsigned yoe =
	    (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	const unsigned mp = (5 * doy + 2) / 153;
	const unsigned month = mp < 10 ? mp + 3 : mp - 9;
	const unsigned year =
	    yoe + (unsigned)(days / 146097) * 400 + (month <= 2 ? 1U : 0U);

	if (year > 9999)
		*p++ = (uint8_t)('0' + year / 10000);
	put_pair(p, year / 100 % 100);
	put_pair(p + 2, year % 100);
	p[4] = '-';
	put_pair(p + 5, month);
	p[7] = '-';
	put_pair(p + 8, doy - (153 * mp + 2) / 5 + 1);
	return p + 10;
}

uint8_t *
filetime_put(uint8_t *p, uint64_t filetime)
{
	const uint64_t seconds = filetime / TICKS_PER_SECOND;
	const unsigned ticks = (unsigned)(filetime % TICKS_PER_SECOND);
	const unsigned s = (unsigned)(seconds % SECONDS_PER_DAY);

	p = put_date(p, seconds / SECONDS_PER_DAY);
	p[0] = 'T';
	put_pair(p + 1, s / 3600);
	p[3] = ':';
	put_pair(p + 4, s / 60 % 60);
	p[6] = ':';
	put_pair(p + 7, s % 60);
	p[9] = '.';
	put_pair(p + 10, ticks / 100000);
	put_pair(p + 12, ticks / 1000 % 100);
	put_pair(p + 14, ticks / 10 % 100);
	p[16] = (uint8_t)('0' + ticks % 10);
	p[17] = 'Z';
	return p + 18;
}

struct date_time {
	struct civil date;
	unsigned hour;
	unsigned minute;
	unsigned second;
	unsigned ticks; /* fraction of the second in units of 100 ns */
};

static bool
date_time_filetime(const struct date_time *t, uint64_t *filetime)
{
	static const uint8_t month_days[12] = { 31, 28, 31, 30, 31, 30, 31, 31,
		30, 31, 30, 31 };
	const struct civil c = t->date;
	const bool leap =
	    c.year % 4 == 0 && (c.year % 100 != 0 || c.year % 400 == 0);

	if (c.year < 1601 || c.year > 60000 || c.month < 1 || c.month > 12 ||
	    c.day < 1 ||
	    c.day > month_days[c.month - 1] + (c.month == 2 && leap ? 1U : 0U))
		return false;
	if (t->hour > 23 || t->minute > 59 || t->second > 59 ||
	    t->ticks >= TICKS_PER_SECOND)
		return false;
	const uint64_t y = c.year - (c.month <= 2 ? 1 : 0);
	const unsigned yoe = (unsigned)(y % 400);
	const unsigned mp = c.month > 2 ? c.month - 3 : c.month + 9;
	const unsigned doy = (153 * mp + 2) / 5 + c.day - 1;
	const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	const uint64_t days = y / 400 * 146097 + doe - DAYS_TO_1601;
	const uint64_t minutes = t->hour * UINT64_C(60) + t->minute;
	*filetime = (days * SECONDS_PER_DAY + minutes * 60 + t->second) *
			TICKS_PER_SECOND +
		    t->ticks;
	return true;
}

bool
filetime_of_systemtime(struct span s, uint64_t *filetime)
{
	struct cursor c = cursor_of(s);
	struct date_time t = { .date = { 0, 0, 0 } };

	t.date.year = cursor_u16(&c);
	t.date.month = cursor_u16(&c);
	cursor_skip(&c, 2); /* skip the day of the week */
	t.date.day = cursor_u16(&c);
	t.hour = cursor_u16(&c);
	t.minute = cursor_u16(&c);
	t.second = cursor_u16(&c);
	t.ticks = cursor_u16(&c) * 10000U;
	return !c.bad && date_time_filetime(&t, filetime);
}

/* Parse exactly n digits and remove them from s. */
static bool
parse_digits(struct span *s, unsigned n, unsigned *v)
{
	if (s->n < n)
		return false;
	*v = 0;
	for (unsigned i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		*v = *v * 10 + (unsigned)(s->p[i] - '0');
	}
	*s = span_skip(*s, n);
	return true;
}

static bool
parse_byte(struct span *s, uint8_t c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = span_skip(*s, 1);
	return true;
}

/* Parse hh:mm, hh:mm:ss or hh:mm:ss.fraction. */
static bool
parse_date_time(struct span *s, struct date_time *t)
{
	unsigned digit;
	unsigned n = 0;

	if (!parse_digits(s, 2, &t->hour) || !parse_byte(s, ':') ||
	    !parse_digits(s, 2, &t->minute))
		return false;
	if (!parse_byte(s, ':'))
		return true;
	if (!parse_digits(s, 2, &t->second))
		return false;
	if (!parse_byte(s, '.'))
		return true;
	t->ticks = 0;
	for (; s->n > 0 && parse_digits(s, 1, &digit); n++) {
		if (n < 7)
			t->ticks = t->ticks * 10 + digit;
	}
	for (unsigned i = n; i < 7; i++)
		t->ticks *= 10;
	return n > 0;
}

/* Parse a time zone: Z, +hh:mm, -hh:mm or nothing, which is UTC. *east is its
 * offset in minutes east of UTC. */
static bool
parse_zone(struct span *s, int *east)
{
	unsigned hours;
	unsigned minutes;

	*east = 0;
	if (s->n == 0 || parse_byte(s, 'Z'))
		return s->n == 0;
	const int sign = s->p[0] == '-' ? -1 : 1;
	if (!parse_byte(s, '+') && !parse_byte(s, '-'))
		return false;
	if (!parse_digits(s, 2, &hours) || !parse_byte(s, ':') ||
	    !parse_digits(s, 2, &minutes))
		return false;
	*east = sign * (int)(hours * 60 + minutes);
	return s->n == 0 && hours < 24 && minutes < 60;
}

bool
filetime_parse(struct span s, uint64_t *filetime)
{
	struct date_time t = { .date = { 0, 0, 0 } };
	unsigned year;
	int east;

	if (!parse_digits(&s, 4, &year) || !parse_byte(&s, '-') ||
	    !parse_digits(&s, 2, &t.date.month) || !parse_byte(&s, '-') ||
	    !parse_digits(&s, 2, &t.date.day))
		return false;
	t.date.year = year;
	if ((parse_byte(&s, 'T') || parse_byte(&s, ' ')) &&
	    !parse_date_time(&s, &t))
		return false;
	if (!parse_zone(&s, &east) || !date_time_filetime(&t, filetime))
		return false;
	const uint64_t shift =
	    (uint64_t)(east < 0 ? -east : east) * 60 * TICKS_PER_SECOND;
	if (east > 0 && shift > *filetime)
		return false;
	*filetime = east > 0 ? *filetime - shift : *filetime + shift;
	return true;
}
