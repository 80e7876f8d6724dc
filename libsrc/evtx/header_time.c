/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/header_time.h"
#include "util/le.h"

/* The values of System are among the first bytes; the limit bounds the time to
 * search a hostile chunk with many long records. */
#define SYSTEM_MAX ((size_t)8192)

bool
header_time_in(
    const struct chunk *c, const struct chunk_record *r, uint64_t time)
{
	const struct span content = chunk_record_content(c, r);
	uint8_t bytes[8];

	if (!chunk_time_is_possible(time))
		return false;
	le_put(bytes, time, sizeof(bytes));
	return memmem(content.p,
		   content.n < SYSTEM_MAX ? content.n : SYSTEM_MAX, bytes,
		   sizeof(bytes)) != NULL;
}

bool
header_time_holds(const struct chunk *c)
{
	struct chunk_record r;
	uint64_t before = 0;
	bool some = false;

	for (uint32_t at = CHUNK_HEADER; chunk_record_at(c, at, &r);
	     at += r.size) {
		if (header_time_in(c, &r, r.time))
			some = true;
		else if (header_time_in(c, &r, before))
			return false;
		before = r.time;
	}
	return some;
}
