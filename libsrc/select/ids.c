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

static struct span
trim(struct span s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = span_of(s.p + 1, s.n - 1);
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static bool
parse_range(struct span item, uint64_t *first, uint64_t *last)
{
	const uint8_t *const dash =
	    item.n == 0 ? NULL : memchr(item.p, '-', item.n);
	struct span low = item;
	struct span high = item;

	if (dash != NULL) {
		low.n = (size_t)(dash - item.p);
		high = span_of(dash + 1, item.n - low.n - 1);
	}
	return num_parse_u64(trim(low), first) &&
	       num_parse_u64(trim(high), last) && *first <= *last &&
	       *last <= IDS_MAX;
}

enum rc
ids_parse(struct ids *ids, struct span list, struct err *e)
{
	if (list.n == 0)
		return err_set(e, RC_FATAL, WHY_USAGE,
		    "\"\" is no event id or range (0 to %u)", IDS_MAX);
	const uint8_t *p = list.p;
	const uint8_t *const end = p + list.n;

	for (;;) {
		uint64_t first;
		uint64_t last;
		const uint8_t *comma =
		    p == end ? NULL : memchr(p, ',', (size_t)(end - p));
		if (comma == NULL)
			comma = end;
		const struct span item = trim(span_of(p, (size_t)(comma - p)));
		if (!parse_range(item, &first, &last))
			return err_set(e, RC_FATAL, WHY_USAGE,
			    "\"%.*s\" is no event id or range (0 to %u) in "
			    "\"%.*s\"",
			    (int)item.n, (const char *)item.p, IDS_MAX,
			    (int)list.n, (const char *)list.p);
		ids_add(ids, first, last);
		if (comma == end)
			return RC_OK;
		p = comma + 1;
	}
}
