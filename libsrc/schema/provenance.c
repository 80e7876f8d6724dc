/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "schema/provenance.h"
#include "util/num.h"
#include "util/text.h"

void
provenance_compile_key(struct plan *p, const char *member)
{
	plan_begin(p);
	plan_lit(p, member);
	plan_op(p, PLAN_KEY);
	plan_lit(p, "\"");
	plan_unless(p, strlen(member) + 1);
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
	buf_byte(out, '"');
	text_utf8_json(out, span_str(text));
	buf_byte(out, '"');
}

static void
put_number(struct buf *out, const char *member, uint64_t n)
{
	uint8_t digits[NUM_DEC_MAX];

	buf_str(out, member);
	buf_put(out, span_of(digits, (size_t)(num_u64(digits, n) - digits)));
}

static void
put_bool(struct buf *out, const char *member, bool yes)
{
	buf_str(out, member);
	buf_str(out, yes ? "true" : "false");
}

void
provenance_put(struct buf *out, const struct provenance *o)
{
	if (o->sha256[0] != '\0')
		put_text(out, ",\"SourceSha256_CF\":", o->sha256);
	put_text(out, ",\"SourceName_CF\":", o->name);
	put_number(out, ",\"Chunk_CF\":", o->chunk);
	put_number(out, ",\"Offset_CF\":", o->offset);
	put_number(out, ",\"HeaderId_CF\":", o->header_id);
	put_bool(out, ",\"CrcOk_CF\":", o->crc_ok);
	put_bool(out, ",\"Recovered_CF\":", o->recovered);
	if (o->case_id != NULL)
		put_text(out, ",\"CaseId_CF\":", o->case_id);
}
