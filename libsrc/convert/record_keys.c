/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/record_keys.h"
#include "schema/event_key.h"
#include "util/digest_lanes.h"
#include "util/digest_texts.h"

#define TEXT_MAX ((size_t)16 << 20)
/* Bytes of text that may wait to be hashed; longer texts are hashed at once. */
#define TEXT_KEPT ((size_t)64 << 10)
#define WAITING_MAX 16U

/* The first n texts wait, with their places, until they are hashed; text[n] is
 * being written. */
struct record_keys {
	/* Result of digest_lanes_available(): texts are hashed in groups. */
	bool lanes;
	size_t n;
	struct buf text[WAITING_MAX];
	struct record_key_place place[WAITING_MAX];
};

enum rc
record_keys_create(struct record_keys **kp, struct err *e)
{
	struct record_keys *const k = calloc(1, sizeof(*k));

	*kp = k;
	if (k == NULL)
		return err_nomem(e);
	k->lanes = digest_lanes_available();
	for (size_t i = 0; i < WAITING_MAX; i++)
		buf_init(&k->text[i], TEXT_MAX);
	return RC_OK;
}

void
record_keys_destroy(struct record_keys *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < WAITING_MAX; i++)
		buf_reset(&k->text[i]);
	free(k);
}

struct buf *
record_keys_text(struct record_keys *k)
{
	struct buf *const text = &k->text[k->n];

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
	const bool kept = k->text[k->n].cap <= TEXT_KEPT;

	k->place[k->n++] = *at;
	return k->n < WAITING_MAX && kept ? RC_OK : record_keys_settle(k, l, e);
}

enum rc
record_keys_settle(struct record_keys *k, struct lines *l, struct err *e)
{
	const size_t n = k->n;
	struct digest_text texts[WAITING_MAX];

	for (size_t i = 0; i < n; i++)
		texts[i].text = buf_span(&k->text[i]);
	k->n = 0;
	const enum rc rc = digest_texts(texts, n, k->lanes, e);
	for (size_t i = 0; i < n; i++) {
		if (rc == RC_OK)
			fill_in(l, &k->place[i], texts[i].sum);
		if (k->text[i].cap > TEXT_KEPT)
			buf_reset(&k->text[i]);
	}
	return rc;
}
