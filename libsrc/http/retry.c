/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/random.h>

#include "http/answer.h"
#include "http/retry.h"

#define BACKOFF_MAX_MS 60000

/* A decimal number, at most `max`; -1 if there is anything but digits. */
static int64_t
parse_digits(struct span s, int64_t max)
{
	int64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
		if (v > max)
			v = max;
	}
	return v;
}

/* Seconds since 1970 of a date such as "Sun, 06 Nov 1994 08:49:37 GMT". */
int64_t
retry_parse_date(struct span text)
{
	static const uint8_t format[] = "???, ?? ??? ???? ??:??:?? GMT";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const uint8_t *const p = text.p;
	int64_t month = 0;

	if (text.n != sizeof(format) - 1)
		return -1;
	for (size_t i = 0; i < text.n; i++)
		if (format[i] != '?' && p[i] != format[i])
			return -1;
	while (month < 12 && memcmp(months + 3 * month, p + 8, 3) != 0)
		month++;
	const int64_t day = parse_digits(span_of(p + 5, 2), 99);
	const int64_t year = parse_digits(span_of(p + 12, 4), 9999);
	const int64_t hour = parse_digits(span_of(p + 17, 2), 99);
	const int64_t minute = parse_digits(span_of(p + 20, 2), 99);
	const int64_t second = parse_digits(span_of(p + 23, 2), 99);
	if (day < 1 || day > 31 || month == 12 || year < 1970 || hour < 0 ||
	    hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return -1;
	/* Days in the Gregorian calendar. Years begin in March here, so that
	 * a leap day is the last day of its year. */
	const int64_t y = month < 2 ? year - 1 : year;
	const int64_t m = month < 2 ? month + 10 : month - 2;
	const int64_t days = y * 365 + y / 4 - y / 100 + y / 400 +
			     (m * 153 + 2) / 5 + day - 719469;
	return days * 86400 + hour * 3600 + minute * 60 + second;
}

int64_t
retry_parse_after(struct span value, int64_t now)
{
	value = span_trim(value);
	const int64_t seconds = parse_digits(value, RETRY_MAX_MS / 1000);
	if (seconds >= 0)
		return seconds * 1000;
	const int64_t date = retry_parse_date(value);
	if (date < 0)
		return HTTP_NO_WAIT;
	if (date <= now)
		return 0;
	/* `now` is rounded down, so the wait is never too short. */
	const int64_t wait = (date - now) * 1000;
	return wait < RETRY_MAX_MS ? wait : RETRY_MAX_MS;
}

int64_t
retry_parse_after_ms(struct span value)
{
	const int64_t ms = parse_digits(span_trim(value), RETRY_MAX_MS);

	return ms >= 0 ? ms : HTTP_NO_WAIT;
}

int64_t
retry_backoff_ms(unsigned n, int64_t first_ms)
{
	int64_t top = first_ms;
	uint32_t dice = 0;

	for (unsigned i = 1; i < n && top < BACKOFF_MAX_MS; i++)
		top *= 2;
	if (top > BACKOFF_MAX_MS)
		top = BACKOFF_MAX_MS;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != sizeof(dice))
		dice = 0;
	return top - (int64_t)(dice % (uint32_t)(top / 2 + 1));
}
