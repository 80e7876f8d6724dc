/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/provenance.h"
#include "util/text.h"

void
provenance_compile_key(struct plan *p, const char *member)
{
	plan_optional(p);
	plan_literal(p, member);
	plan_op(p, PLAN_KEY);
	plan_literal(p, "\"");
	plan_keep_if_longer(p, strlen(member) + 1);
}

void
provenance_compile(struct plan *p, const struct schema_options *o)
{
	if (o->provenance == SCHEMA_PROVENANCE_NONE)
		return;
	provenance_compile_key(p, ",\"RecordKey_CF\":\"");
	if (o->provenance == SCHEMA_PROVENANCE_FULL)
		plan_op(p, PLAN_PROVENANCE);
}

static void
put_text(struct buf *out, const char *member, const char *text)
{
	buf_str(out, member);
	text_utf8_json(out, span_str(text));
	buf_byte(out, '"');
}

void
provenance_put(struct buf *out, const struct provenance *from)
{
	if (from->sha256[0] != '\0')
		put_text(out, ",\"SourceSha256_CF\":\"", from->sha256);
	put_text(out, ",\"SourceName_CF\":\"", from->name);
	buf_str(out, ",\"Chunk_CF\":");
	buf_u64(out, from->chunk);
	buf_str(out, ",\"Offset_CF\":");
	buf_u64(out, from->offset);
	buf_str(out, ",\"HeaderId_CF\":");
	buf_u64(out, from->header_id);
	buf_str(out, ",\"CrcOk_CF\":");
	buf_str(out, from->crc_ok ? "true" : "false");
	buf_str(out, ",\"Recovered_CF\":");
	buf_str(out, from->recovered ? "true" : "false");
	if (from->case_id != NULL)
		put_text(out, ",\"CaseId_CF\":\"", from->case_id);
}
