/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a staging that is added to: those that come again are copies.
 */
#include <string.h>

#include "convert/inner.h"
#include "stage/linekey.h"
#include "util/digest.h"

struct knowing {
	struct keyset *keys;
	bool ecs;
};

static enum rc
know_line(void *arg, const struct scan_line *line, struct err *e)
{
	const struct knowing *const k = arg;
	const struct span hex = linekey_of(line->text, k->ecs);
	struct keyset_key key;
	uint8_t bytes[sizeof(key)];
	bool again;

	if (hex.n == 0 || !digest_unhex(hex, bytes))
		return RC_OK;
	memcpy(&key, bytes, sizeof(key));
	return keyset_add(k->keys, &key, &again, e);
}

enum rc
convert_know_lines(struct run *r, struct err *e)
{
	struct knowing k = { &r->keys, strcmp(r->m->schema, "ecs") == 0 };
	const struct scan_visit visit = { know_line, &k };

	return r->o->dedupe == DEDUPE_RUN ? writer_earlier(r->out, &visit, e)
					  : RC_OK;
}
