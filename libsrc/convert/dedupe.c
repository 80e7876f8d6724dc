/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert/dedupe.h"

#define SPREAD UINT64_C(0x9E3779B97F4A7C15) /* 2^64 / golden ratio */

/* State while kept lines are moved over removed ones: the bytes text[to, from)
 * are unused. */
struct compaction {
	size_t from;
	size_t to;
	size_t patch; /* index of the next patch to move or drop */
	size_t kept;  /* number of patches that are kept */
};

/* Keep or remove the line from c->from to `end`, with its patches. */
static void
move_line(struct lines *l, struct compaction *c, size_t end, bool keep)
{
	for (; c->patch < l->n_patches && l->patches[c->patch].at < end;
	     c->patch++) {
		if (!keep)
			continue;
		struct line_patch *const to = &l->patches[c->kept++];
		*to = l->patches[c->patch];
		to->at -= c->from - c->to;
	}
	if (keep && c->from != c->to)
		memmove(l->text.p + c->to, l->text.p + c->from, end - c->from);
	c->to += keep ? end - c->from : 0;
	c->from = end;
}

void
dedupe_count(struct account *a, const struct line_key *line)
{
	a->conflicts += line->answer == KEYSET_CONFLICT;
	if (line->answer != KEYSET_AGAIN)
		return;
	if (a->emitted == 0) {
		a->recovered--;
		a->recovered_filtered++;
		return;
	}
	a->emitted--;
	a->duplicate++;
	a->other_channels -= line->other_channel;
}

/* Number of keys that are fetched into the processor's cache ahead of the
 * current one. */
#define AHEAD 8U

static void
prefetch(const struct keyset *seen, const struct lines *l, size_t i)
{
	if (i < l->n_keys)
		keyset_prefetch(seen, l->keys[i].entry.key);
}

enum rc
dedupe_lines(struct keyset *seen, uint64_t of, struct lines *l, struct err *e)
{
	struct compaction c = { 0, 0, 0, 0 };
	enum rc rc = RC_OK;

	/* Both words differ between sources: the first one alone says where a
	 * key is in the table. */
	for (size_t i = 0; i < l->n_keys; i++) {
		l->keys[i].entry.key[0] ^= of * SPREAD;
		l->keys[i].entry.key[1] ^= of * SPREAD;
	}
	for (size_t i = 0; i < AHEAD; i++)
		prefetch(seen, l, i);
	for (size_t i = 0; rc == RC_OK && i < l->n_keys; i++) {
		struct line_key *const k = &l->keys[i];
		const size_t end =
		    i + 1 < l->n_keys ? l->keys[i + 1].at : l->text.n;
		prefetch(seen, l, i + AHEAD);
		if (!k->none)
			rc = keyset_add(seen, &k->entry, &k->answer, e);
		move_line(l, &c, end, k->answer != KEYSET_AGAIN);
		dedupe_count(&l->account, k);
	}
	if (l->n_keys != 0) {
		buf_cut(&l->text, c.to);
		l->n_patches = c.kept;
	}
	return rc;
}
