/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/agent_columns.h"
#include "util/digest.h"
#include "util/num.h"

/* 6ba7b810-9dad-11d1-80b4-00c04fd430c8, the name space for DNS names. */
static const uint8_t name_space[NUM_GUID_BYTES] = { 0x6b, 0xa7, 0xb8, 0x10,
	0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30,
	0xc8 };

void
agent_columns_put_computer_id(struct buf *out, const struct value *name)
{
	/* A UUID has its first three numbers in network order, a GUID of
	 * Windows in little-endian order. */
	static const uint8_t guid_order[NUM_GUID_BYTES] = { 3, 2, 1, 0, 5, 4, 7,
		6, 8, 9, 10, 11, 12, 13, 14, 15 };
	const size_t start = out->n;
	uint8_t sum[DIGEST_SHA1_BYTES];
	uint8_t guid[NUM_GUID_BYTES];

	/* The line serves as memory for the text that is hashed. */
	buf_put(out, span_of(name_space, sizeof(name_space)));
	value_text(out, name);
	if (out->full)
		return;
	for (size_t i = start + sizeof(name_space); i < out->n; i++) {
		if (out->p[i] >= 'A' && out->p[i] <= 'Z')
			out->p[i] = (uint8_t)(out->p[i] - 'A' + 'a');
	}
	digest_sha1(span_skip(buf_span(out), start), sum);
	buf_cut(out, start);
	uint8_t *const w = buf_room(out, NUM_GUID_MAX);
	if (w == NULL)
		return;
	/* Set the UUID version to 5. */
	sum[6] = (uint8_t)((sum[6] & 0x0f) | 0x50);
	/* Set the UUID variant to that of RFC 9562. */
	sum[8] = (uint8_t)((sum[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(guid); i++)
		guid[i] = sum[guid_order[i]];
	out->n += (size_t)(num_guid(w, guid, false) - w);
}

void
agent_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev)
{
	if (!ev->options->system_columns)
		return;
	if (strcmp(column, "SourceSystem") == 0) {
		plan_next_member(p, column);
		plan_literal(p, "\"OpsManager\"");
	} else if (strcmp(column, "SourceComputerId") == 0 &&
		   schema_event_has(ev, SYSTEM_COMPUTER)) {
		plan_next_member(p, column);
		plan_literal(p, "\"");
		plan_value(p, ev->system->field[SYSTEM_COMPUTER],
		    agent_columns_put_computer_id);
		plan_literal(p, "\"");
	}
}
