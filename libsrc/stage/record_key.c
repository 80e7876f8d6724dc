/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stage/record_key.h"

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

static bool
is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* A row whose event has no key may have another member of that name. */
struct span
record_key_find(struct span line, bool ecs)
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
	for (size_t i = 0; i < RECORD_KEY_HEX; i++) {
		if (i >= key.n || !is_hex(key.p[i]))
			return span_of(NULL, 0);
	}
	return span_of(key.p, RECORD_KEY_HEX);
}
