/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "evtx/header_time.h"

#define HEADER 24U
#define SIZE_COPY 4U
/* The values of System are among the first; a hostile chunk must not make a
 * search of thousands of long ones. */
#define SYSTEM_MAX ((size_t)8192)
#define TIME_MIN UINT64_C(125911584000000000) /* 2000-01-01 */
#define TIME_END UINT64_C(157766880000000000) /* 2100-12-10 */

bool
header_time_possible(uint64_t time)
{
	return time >= TIME_MIN && time < TIME_END;
}

bool
header_time_in(
    const struct chunk *c, const struct chunk_record *r, uint64_t time)
{
	const size_t n = r->size - HEADER - SIZE_COPY;
	uint8_t bytes[8];

	if (!header_time_possible(time))
		return false;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(time >> 8 * i);
	return memmem(c->bytes.p + r->offset + HEADER,
		   n < SYSTEM_MAX ? n : SYSTEM_MAX, bytes,
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
