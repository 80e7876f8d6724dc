/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/record_keys.h"
#include "schema/event_key.h"
#include "util/digest_lanes.h"
#include "util/digest_texts.h"

#define WAITING_MAX 16U
#define WAITING_BYTES ((size_t)64 << 10)
#define KEPT_MAX ((size_t)512 << 10)

/* The texts of n records wait in one buffer, with the places of their keys,
 * until they are hashed together. ends[i] is the offset after text i. */
struct record_keys {
	bool lanes; /* result of digest_lanes_available() */
	size_t n;
	struct buf texts;
	size_t ends[WAITING_MAX];
	struct record_key_place places[WAITING_MAX];
};

enum rc
record_keys_create(struct record_keys **kp, struct err *e)
{
	struct record_keys *const k = calloc(1, sizeof(*k));

	*kp = k;
	if (k == NULL)
		return err_nomem(e);
	k->lanes = digest_lanes_available();
	buf_init(&k->texts, WAITING_BYTES + EVENT_KEY_TEXT_MAX);
	return RC_OK;
}

void
record_keys_destroy(struct record_keys *k)
{
	if (k == NULL)
		return;
	buf_reset(&k->texts);
	free(k);
}

struct buf *
record_keys_text(struct record_keys *k)
{
	buf_cut(&k->texts, k->n == 0 ? 0 : k->ends[k->n - 1]);
	return &k->texts;
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
	k->places[k->n] = *at;
	k->ends[k->n++] = k->texts.n;
	return k->n < WAITING_MAX && k->texts.n <= WAITING_BYTES
		   ? RC_OK
		   : record_keys_settle(k, l, e);
}

enum rc
record_keys_settle(struct record_keys *k, struct lines *l, struct err *e)
{
	const size_t n = k->n;
	struct digest_text texts[WAITING_MAX];
	size_t start = 0;

	for (size_t i = 0; i < n; i++) {
		texts[i].text = span_of(k->texts.p + start, k->ends[i] - start);
		start = k->ends[i];
	}
	k->n = 0;
	const enum rc rc = digest_texts(texts, n, k->lanes, e);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		fill_in(l, &k->places[i], texts[i].sum);
	if (k->texts.cap > KEPT_MAX)
		buf_reset(&k->texts);
	return rc;
}
