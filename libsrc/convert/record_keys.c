/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/record_keys.h"
#include "schema/event_key.h"
#include "util/digest.h"

#define TEXT_MAX ((size_t)16 << 20)

struct record_keys {
	struct digest *digest[2];
	struct buf text[2];
	struct record_key_place waiting; /* of text[0] */
	bool waits;
};

enum rc
record_keys_create(struct record_keys **kp, struct err *e)
{
	struct record_keys *const k = calloc(1, sizeof(*k));

	*kp = NULL;
	if (k == NULL)
		return err_nomem(e);
	buf_init(&k->text[0], TEXT_MAX);
	buf_init(&k->text[1], TEXT_MAX);
	enum rc rc = digest_create(&k->digest[0], e);
	if (rc == RC_OK)
		rc = digest_create(&k->digest[1], e);
	if (rc != RC_OK) {
		record_keys_destroy(k);
		return rc;
	}
	*kp = k;
	return RC_OK;
}

void
record_keys_destroy(struct record_keys *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		digest_destroy(k->digest[i]);
		buf_reset(&k->text[i]);
	}
	free(k);
}

struct buf *
record_keys_text(struct record_keys *k)
{
	struct buf *const text = &k->text[k->waits ? 1 : 0];

	buf_cut(text, 0);
	return text;
}

static void
fill_in(struct lines *l, const struct record_key_place *at,
    const uint8_t sum[DIGEST_BYTES])
{
	char hex[PLAN_KEY_HEX + 1];

	if (at->key != SIZE_MAX)
		memcpy(l->keys[at->key].entry.key, sum, PLAN_KEY_HEX / 2);
	if (at->text == SIZE_MAX)
		return;
	event_key_hex(sum, hex);
	memcpy(l->text.p + at->text, hex, PLAN_KEY_HEX);
}

enum rc
record_keys_add(struct record_keys *k, struct lines *l,
    const struct record_key_place *at, struct err *e)
{
	uint8_t sums[2][DIGEST_BYTES];

	if (!k->waits) {
		k->waiting = *at;
		k->waits = true;
		return RC_OK;
	}
	const struct digest_part part[2] = {
		{ k->digest[0], buf_span(&k->text[0]) },
		{ k->digest[1], buf_span(&k->text[1]) },
	};
	k->waits = false;
	const enum rc rc = digest_both(part, sums, e);
	if (rc != RC_OK)
		return rc;
	fill_in(l, &k->waiting, sums[0]);
	fill_in(l, at, sums[1]);
	return RC_OK;
}

enum rc
record_keys_settle(struct record_keys *k, struct lines *l, struct err *e)
{
	uint8_t sum[DIGEST_BYTES];

	if (!k->waits)
		return RC_OK;
	k->waits = false;
	const enum rc rc = digest_once(buf_span(&k->text[0]), sum, e);
	if (rc == RC_OK)
		fill_in(l, &k->waiting, sum);
	return rc;
}
