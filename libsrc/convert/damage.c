/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert/damage.h"
#include "util/json.h"
#include "util/num.h"

uint64_t
damage_chunk(uint64_t offset)
{
	return offset < CHUNK_FILE_HEADER
		   ? 0
		   : (offset - CHUNK_FILE_HEADER) / CHUNK_BYTES;
}

struct damage
damage_of_record(
    const struct chunk_record *h, const char *kind, const char *salvaged)
{
	return (struct damage){
		.kind = kind,
		.offset = h->offset,
		.length = h->size,
		.record = h->id,
		.salvaged = salvaged,
	};
}

static void
put_borrowed(struct buf *b, const struct damage *d)
{
	buf_str(b, ",\"templates\":[");
	for (size_t i = 0; i < d->n_recovered_templates; i++) {
		uint8_t guid[NUM_GUID_MAX];
		const uint8_t *const end =
		    num_guid(guid, d->recovered_templates[i]->guid, true);
		buf_str(b, i == 0 ? "\"" : ",\"");
		buf_put(b, span_of(guid, (size_t)(end - guid)));
		buf_byte(b, '"');
	}
	buf_byte(b, ']');
}

/* Write the record id; in lines of the kind "hidden" the member's name is
 * record_id. */
static void
put_record(struct buf *b, const struct damage *d)
{
	if (d->hidden_by == NULL && d->record != 0)
		buf_fmt(b, ",\"record\":%llu", (unsigned long long)d->record);
	if (d->hidden_by == NULL)
		return;
	buf_fmt(b,
	    ",\"record_id\":%llu,\"hidden_by\":{\"record_id\":%llu,"
	    "\"offset\":%llu}",
	    (unsigned long long)d->record,
	    (unsigned long long)d->hidden_by->record,
	    (unsigned long long)d->hidden_by->offset);
}

void
damage_put(struct buf *b, const struct damage *d, const char *reason)
{
	struct damage_head head;
	const size_t at = b->n;
	const size_t start = at + sizeof(head);

	memset(&head, 0, sizeof(head));
	head.offset = d->offset;
	head.length = d->length;
	head.kind = d->kind;
	head.salvaged = d->salvaged;
	buf_put(b, span_of(&head, sizeof(head)));
	buf_str(b, "{\"source\":");
	json_put(b, span_str(d->source));
	buf_fmt(b, ",\"kind\":\"%s\",\"chunk\":%llu", d->kind,
	    (unsigned long long)damage_chunk(d->offset));
	buf_fmt(b, ",\"offset\":%llu,\"length\":%llu",
	    (unsigned long long)d->offset, (unsigned long long)d->length);
	put_record(b, d);
	buf_str(b, ",\"reason\":");
	head.reason_at = (uint32_t)(b->n - start);
	json_put(b, span_str(reason));
	head.reason_n = (uint32_t)(b->n - start) - head.reason_at;
	if (d->note != NULL) {
		buf_str(b, ",\"path\":");
		json_put(b, d->note->path);
		buf_str(b, ",\"native\":");
		json_put(b, d->note->native);
		buf_str(b, ",\"libevtx\":");
		json_put(b, d->note->foreign);
	}
	if (d->n_recovered_templates != 0)
		put_borrowed(b, d);
	buf_str(b, ",\"salvaged\":");
	json_put(b, span_str(d->salvaged));
	buf_str(b, "}\n");
	head.line = (uint32_t)(b->n - start);
	if (b->full)
		buf_cut(b, at);
	else
		memcpy(b->p + at, &head, sizeof(head));
}

char *
damage_reason(struct span lines)
{
	struct damage_head head;
	struct cJSON *line = NULL;
	struct err e;

	if (lines.n == 0)
		return NULL;
	memcpy(&head, lines.p, sizeof(head));
	if (json_parse(span_of(lines.p + sizeof(head), head.line),
		"a line of damage", &line, &e) != RC_OK)
		return NULL;
	const char *const reason = json_text(line, "reason");
	char *const copy = reason == NULL ? NULL : strdup(reason);
	json_free(line);
	return copy;
}
