/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a staging that is added to: those that come again are copies.
 */
#include <string.h>

#include "convert/inner.h"
#include "schema/row_digest.h"
#include "stage/record_key.h"
#include "util/digest.h"

struct knowing {
	struct keyset *keys;
	const struct schema *schema;
};

static enum rc
know_line(void *arg, const struct scan_line *line, struct err *e)
{
	const struct knowing *const k = arg;
	const struct span hex =
	    record_key_find(line->text, k->schema == &schema_ecs);
	uint8_t bytes[sizeof(uint64_t[2])];
	enum keyset_answer answer;
	struct key_entry entry;

	if (hex.n == 0 || !digest_unhex(hex, bytes))
		return RC_OK;
	memcpy(entry.key, bytes, sizeof(entry.key));
	entry.row = row_digest_of_line(k->schema, line->text);
	return keyset_add(k->keys, &entry, &answer, e);
}

enum rc
convert_know_lines(struct run *r, struct err *e)
{
	struct knowing k = { r->keys, r->o->worker.record.schema };
	const struct scan_visit visit = { know_line, &k };

	return r->o->dedupe == DEDUPE_RUN ? writer_base_lines(r->out, &visit, e)
					  : RC_OK;
}
