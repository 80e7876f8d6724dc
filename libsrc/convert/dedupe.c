/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert/dedupe.h"

#define SPREAD UINT64_C(0x9E3779B97F4A7C15) /* 2^64 / golden ratio */

/* What has been moved so far: text[to, from) is free. */
struct cut {
	size_t from;
	size_t to;
	size_t patch; /* the next one that is not settled yet */
	size_t kept;  /* and how many were */
};

/* Places in a line that is kept move with it; those of others go. */
static void
settle_patches(struct lines *l, struct cut *c, size_t end, bool keep)
{
	for (; c->patch < l->n_patches && l->patches[c->patch].at < end;
	     c->patch++) {
		if (!keep)
			continue;
		struct line_patch *const to = &l->patches[c->kept++];
		*to = l->patches[c->patch];
		to->at -= c->from - c->to;
	}
}

static void
take(struct lines *l, struct cut *c, size_t end, bool keep)
{
	settle_patches(l, c, end, keep);
	if (keep && c->from != c->to)
		memmove(l->text.p + c->to, l->text.p + c->from, end - c->from);
	c->to += keep ? end - c->from : 0;
	c->from = end;
}

void
dedupe_count(struct account *a)
{
	if (a->emitted == 0) {
		a->recovered--;
		a->recovered_filtered++;
		return;
	}
	a->emitted--;
	a->duplicate++;
}

enum rc
dedupe_lines(struct keyset *seen, uint64_t of, struct lines *l, struct err *e)
{
	struct cut c = { 0, 0, 0, 0 };
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < l->n_keys; i++) {
		const size_t end =
		    i + 1 < l->n_keys ? l->keys[i + 1].at : l->text.n;
		bool again = false;
		l->keys[i].key.word[1] ^= of * SPREAD;
		if (!l->keys[i].none)
			rc = keyset_add(seen, &l->keys[i].key, &again, e);
		take(l, &c, end, !again);
		l->keys[i].again = again;
		if (again)
			dedupe_count(&l->account);
	}
	if (l->n_keys != 0) {
		buf_cut(&l->text, c.to);
		l->n_patches = c.kept;
	}
	return rc;
}
