/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "select/ids.h"
#include "util/num.h"

void
ids_add(struct ids *ids, uint64_t first, uint64_t last)
{
	assert(first <= last && last <= IDS_MAX);
	for (uint64_t id = first; id <= last; id++)
		ids->bits[id / 64] |= UINT64_C(1) << id % 64;
}

enum rc
ids_parse(struct ids *ids, struct span list, struct err *e)
{
	struct span rest = list;

	if (list.n == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "\"\" is not an event id or range (0 to %u)", IDS_MAX);
	while (rest.p != NULL) {
		const struct span item = span_trim(span_next(&rest, ','));
		struct span low = item;
		struct span high = item;
		uint64_t first;
		uint64_t last;
		const uint8_t *const dash =
		    item.n == 0 ? NULL : memchr(item.p, '-', item.n);
		if (dash != NULL) {
			low.n = (size_t)(dash - item.p);
			high = span_of(dash + 1, item.n - low.n - 1);
		}
		if (!num_parse_u64(span_trim(low), &first) ||
		    !num_parse_u64(span_trim(high), &last) || first > last ||
		    last > IDS_MAX)
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "\"%.*s\" is not an event id or range (0 to %u)",
			    (int)item.n, (const char *)item.p, IDS_MAX);
		ids_add(ids, first, last);
	}
	return RC_OK;
}
