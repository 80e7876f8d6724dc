/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/arrival_time.h"
#include "load/row_time.h"
#include "util/filetime.h"

/* Length of a time without a fraction, as 2024-05-01T10:00:00Z. */
#define SHORTEST 20U
/* Length of a time with seven digits after the seconds. */
#define LONGEST 28U

enum rc
arrival_time_check(const struct load_run *run, struct err *e)
{
	for (size_t i = 0; run->target->limits.arrival && i < run->n; i++) {
		const struct table *const t = run->stagings[i].table;
		if (t->time == NULL || strcmp(t->time, "TimeGenerated") != 0)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "--time-policy arrival: rows for the table %s have "
			    "no TimeGenerated; the data collection rule makes "
			    "it from the event",
			    t->name);
	}
	return RC_OK;
}

void
arrival_time_set(struct batch *b, bool policy, int64_t now)
{
	if (!b->ambiguous)
		b->stamp = policy ? now : 0;
}

void
arrival_time_write(uint8_t *lines, size_t n, int64_t time)
{
	uint8_t text[FILETIME_MAX];
	uint8_t *p = lines;

	(void)filetime_put(
	    text, (uint64_t)(time + ROW_TIME_EPOCH) * ROW_TIME_SECOND);
	while (n > 0) {
		const uint8_t *const lf = memchr(p, '\n', n);
		const size_t length = lf == NULL ? n : (size_t)(lf - p) + 1;
		const struct span line = span_of(p, length);
		const struct span old = row_time_text(line);
		uint64_t ignored = 0;

		/* The new time gets as many digits as the old one had. */
		if (old.n >= SHORTEST && old.n <= LONGEST &&
		    old.p[old.n - 1] == 'Z' && filetime_parse(old, &ignored) &&
		    row_time_is_kept(line))
			memcpy(p + (old.p - p), text, old.n - 1);
		p += length;
		n -= length;
	}
}
