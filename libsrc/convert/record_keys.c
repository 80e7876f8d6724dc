/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "convert/record_keys.h"
#include "schema/event_key.h"
#include "util/digest_lanes.h"
#include "util/digest_texts.h"

#define WAITING_MAX 32U
#define WAITING_BYTES ((size_t)64 << 10)
#define KEPT_MAX ((size_t)512 << 10)

/* The texts of n records wait in one buffer, each with its padding, until they
 * are hashed together. */
struct record_keys {
	bool lanes; /* result of digest_lanes_available() */
	size_t n;
	struct buf texts;
	size_t end; /* offset in `texts` after the last padding */
	struct {
		size_t start; /* offset in `texts` */
		size_t n;
		struct record_key_place place;
	} waiting[WAITING_MAX];
};

enum rc
record_keys_create(struct record_keys **kp, struct err *e)
{
	struct record_keys *const k = calloc(1, sizeof(*k));

	*kp = k;
	if (k == NULL)
		return err_nomem(e);
	k->lanes = digest_lanes_available();
	buf_init(&k->texts,
	    WAITING_BYTES + EVENT_KEY_TEXT_MAX + DIGEST_TEXTS_PADDING);
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
	buf_cut(&k->texts, k->end);
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
	const size_t n = k->texts.n - k->end;
	uint8_t *const padding = buf_room(&k->texts, DIGEST_TEXTS_PADDING);

	if (padding == NULL)
		return buf_fail(&k->texts, "canonical texts", e);
	k->texts.n += digest_texts_pad(padding, n);
	k->waiting[k->n].start = k->end;
	k->waiting[k->n].n = n;
	k->waiting[k->n++].place = *at;
	k->end = k->texts.n;
	return k->n < WAITING_MAX && k->texts.n <= WAITING_BYTES
		   ? RC_OK
		   : record_keys_settle(k, l, e);
}

enum rc
record_keys_settle(struct record_keys *k, struct lines *l, struct err *e)
{
	const size_t n = k->n;
	struct digest_text texts[WAITING_MAX];

	for (size_t i = 0; i < n; i++) {
		texts[i].text =
		    span_of(k->texts.p + k->waiting[i].start, k->waiting[i].n);
		texts[i].padded = true;
	}
	k->n = 0;
	k->end = 0;
	const enum rc rc = digest_texts(texts, n, k->lanes, e);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		fill_in(l, &k->waiting[i].place, texts[i].sum);
	if (k->texts.cap > KEPT_MAX)
		buf_reset(&k->texts);
	return rc;
}
