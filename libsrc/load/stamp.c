/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "checkpoint/batch.h"
#include "load/look.h"
#include "load/stamp.h"
#include "util/filetime.h"

#define SECOND UINT64_C(10000000) /* of a FILETIME */
#define EPOCH INT64_C(11644473600)
#define SHORTEST 20U /* 2024-05-01T10:00:00Z */
#define LONGEST 28U  /* the same with seven digits behind the seconds */

enum rc
stamp_check(const struct load_run *run, struct err *e)
{
	for (size_t i = 0; run->target->limits.arrival && i < run->n; i++) {
		const struct table *const t = run->sources[i].table;
		if (t->time == NULL || strcmp(t->time, "TimeGenerated") != 0)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "--time-policy arrival: rows of the table %s have "
			    "no TimeGenerated: the data collection rule makes "
			    "it from the event",
			    t->name);
	}
	return RC_OK;
}

void
stamp_batch(struct batch *b, bool arrival, int64_t now)
{
	if (!b->ambiguous)
		b->stamp = arrival ? now : 0;
}

/* The stamp as a time with as many digits as the one that it replaces. */
static void
stamp_line(uint8_t *line, size_t n, const uint8_t stamp[FILETIME_MAX])
{
	const struct span text = look_generated(span_of(line, n));
	uint64_t time = 0;

	if (text.n < SHORTEST || text.n > LONGEST || text.p[text.n - 1] != 'Z')
		return;
	if (!filetime_parse(text, &time) || !look_tells(span_of(line, n)))
		return;
	memcpy(line + (text.p - line), stamp, text.n - 1);
}

void
stamp_lines(uint8_t *lines, size_t n, int64_t stamp)
{
	uint8_t text[FILETIME_MAX];
	uint8_t *p = lines;

	(void)filetime_put(text, (uint64_t)(stamp + EPOCH) * SECOND);
	while (n > 0) {
		const uint8_t *const lf = memchr(p, '\n', n);
		const size_t length = lf == NULL ? n : (size_t)(lf - p) + 1;
		stamp_line(p, length, text);
		p += length;
		n -= length;
	}
}
