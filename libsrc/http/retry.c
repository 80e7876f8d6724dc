/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "http/answer.h"
#include "http/retry.h"

#define BACKOFF_MAX_MS 60000

/* The value of a decimal number, limited to `max`; -1 if there is anything but
 * digits. */
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

/* Parse a date such as "Sun, 06 Nov 1994 08:49:37 GMT". No locale is set, so
 * the names are English. */
int64_t
retry_parse_date(struct span text)
{
	char date[sizeof("Sun, 06 Nov 1994 08:49:37 GMT")];
	struct tm tm = { .tm_isdst = 0 };

	if (text.n != sizeof(date) - 1)
		return -1;
	memcpy(date, text.p, text.n);
	date[text.n] = '\0';
	const char *const end =
	    strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	const time_t t = end == NULL || end != date + text.n ? -1 : timegm(&tm);
	return t < 0 ? -1 : (int64_t)t;
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
