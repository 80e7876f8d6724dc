/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stage/record_key.h"

/* A field of the event may have the name of the key's column, so the last match
 * is used (with ECS the first), and its digits are checked. */
struct span
record_key_find(struct span line, bool ecs)
{
	const struct span name =
	    ecs ? SPAN("\"id\":\"") : SPAN("\"RecordKey_CF\":\"");
	struct span rest = line;
	struct span key = { NULL, 0 };
	const uint8_t *at;

	while (rest.n != 0 &&
	       (at = memmem(rest.p, rest.n, name.p, name.n)) != NULL) {
		const size_t skip = (size_t)(at - rest.p) + name.n;
		rest = span_of(rest.p + skip, rest.n - skip);
		key = rest;
		if (ecs)
			break;
	}
	for (size_t i = 0; i < RECORD_KEY_HEX; i++) {
		const uint8_t c = i < key.n ? key.p[i] : 0;
		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return span_of(NULL, 0);
	}
	return span_of(key.p, RECORD_KEY_HEX);
}
