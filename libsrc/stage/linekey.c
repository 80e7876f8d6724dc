/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stage/linekey.h"

/* What is behind the first place of the name. */
static bool
find(struct span *in, struct span name)
{
	const uint8_t *const p =
	    in->n == 0 ? NULL : memmem(in->p, in->n, name.p, name.n);

	if (p == NULL)
		return false;
	const size_t skip = (size_t)(p - in->p) + name.n;
	*in = span_of(in->p + skip, in->n - skip);
	return true;
}

struct span
linekey_of(struct span line, bool ecs)
{
	const struct span name =
	    ecs ? SPAN("\"id\":\"") : SPAN("\"RecordKey_CF\":\"");
	struct span rest = line;
	struct span key = { NULL, 0 };

	while (find(&rest, name)) {
		key = rest;
		if (ecs)
			break;
	}
	return key.n < LINEKEY_HEX ? span_of(NULL, 0)
				   : span_of(key.p, LINEKEY_HEX);
}
