/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/agent_columns.h"
#include "schema/table_row.h"
#include "util/digest.h"
#include "util/num.h"

/* 6ba7b810-9dad-11d1-80b4-00c04fd430c8, the name space for DNS names. */
static const uint8_t name_space[NUM_GUID_BYTES] = { 0x6b, 0xa7, 0xb8, 0x10,
	0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30,
	0xc8 };

static void
swap(uint8_t *a, uint8_t *b)
{
	const uint8_t kept = *a;

	*a = *b;
	*b = kept;
}

/* A UUID has its first three numbers in network order, a GUID of Windows in
 * little-endian order. */
static void
make_guid(uint8_t *uuid)
{
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x50);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	swap(&uuid[0], &uuid[3]);
	swap(&uuid[1], &uuid[2]);
	swap(&uuid[4], &uuid[5]);
	swap(&uuid[6], &uuid[7]);
}

void
agent_columns_put_computer_id(struct buf *out, const struct value *name)
{
	uint8_t sum[DIGEST_SHA1_BYTES];
	const size_t start = out->n;

	/* The line is long enough for the text that the id is made of. */
	buf_put(out, span_of(name_space, sizeof(name_space)));
	value_text(out, name);
	if (out->full)
		return;
	for (size_t i = start + sizeof(name_space); i < out->n; i++) {
		if (out->p[i] >= 'A' && out->p[i] <= 'Z')
			out->p[i] = (uint8_t)(out->p[i] - 'A' + 'a');
	}
	digest_sha1(span_of(out->p + start, out->n - start), sum);
	buf_cut(out, start);
	uint8_t *const w = buf_room(out, NUM_GUID_MAX);
	if (w == NULL)
		return;
	make_guid(sum);
	out->n += (size_t)(num_guid(w, sum, false) - w);
}

void
agent_columns_compile(
    struct plan *p, const char *column, const struct schema_event *ev)
{
	const struct node *const computer = ev->head->field[SYSTEM_COMPUTER];

	if (!ev->options->system_columns)
		return;
	if (strcmp(column, "SourceSystem") == 0) {
		table_row_name(p, column);
		plan_lit(p, "\"OpsManager\"");
	} else if (strcmp(column, "SourceComputerId") == 0 &&
		   system_fields_value(
		       ev->head, SYSTEM_COMPUTER, ev->tree->values) != NULL) {
		table_row_name(p, column);
		plan_lit(p, "\"");
		plan_leaf(p, computer, agent_columns_put_computer_id);
		plan_lit(p, "\"");
	}
}
