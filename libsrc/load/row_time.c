/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "load/row_time.h"
#include "util/filetime.h"

/* Names of members with their quotes: inside a value quotes are escaped, so the
 * names are not found there. */
#define GENERATED SPAN("\"TimeGenerated\":\"")
#define CREATED SPAN("\"TimeCreated_CF\":\"")

/* Length of the part that is searched first: TimeCreated_CF is one of the last
 * columns of our schemas. */
#define TAIL 256U

struct span
row_time_text(struct span line)
{
	const struct span name = GENERATED;
	const uint8_t *p = NULL;

	/* Our schemas write TimeGenerated first. */
	if (line.n > name.n && memcmp(line.p + 1, name.p, name.n) == 0)
		p = line.p + 1;
	else
		p = memmem(line.p, line.n, name.p, name.n);
	if (p == NULL)
		return span_of(NULL, 0);
	p += name.n;
	const uint8_t *const end =
	    memchr(p, '"', (size_t)(line.p + line.n - p));
	return end != NULL ? span_of(p, (size_t)(end - p)) : span_of(NULL, 0);
}

uint64_t
row_time_read(struct span line)
{
	const struct span text = row_time_text(line);
	uint64_t time = 0;

	return text.n > 0 && filetime_parse(text, &time) ? time : 0;
}

bool
row_time_is_kept(struct span line)
{
	const struct span name = CREATED;
	const size_t tail = line.n < TAIL ? line.n : TAIL;

	return memmem(line.p + line.n - tail, tail, name.p, name.n) != NULL ||
	       memmem(line.p, line.n, name.p, name.n) != NULL;
}
